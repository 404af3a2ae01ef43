/**
 * One packet of every layout of FUSE. The bytes were written by a C program with the kernel's own header (7.38),
 * but for STATX and COPY_FILE_RANGE_64, which are younger; each field holds its place in its structure.
 *
 * @packageDocumentation
 */
import * as fuse from "../wire/fuse/index.js";
import { type GoldenPacket, golden } from "./golden-packet.js";

export const fusePackets: readonly GoldenPacket[] = [
  golden(
    fuse.AccessIn,
    `
      01000000 00000000                     # mask, padding
    `,
    { mask: 1 },
  ),
  golden(
    fuse.Attr,
    `
      0100000000000000 0200000000000000     # ino, size
      0300000000000000 0400000000000000     # blocks, atime
      0500000000000000 0600000000000000     # mtime, ctime
      07000000 08000000 09000000 0a000000   # atimensec, mtimensec, ctimensec, mode
      0b000000 0c000000 0d000000 0e000000   # nlink, uid, gid, rdev
      0f000000 10000000                     # blksize, flags
    `,
    {
      ino: 1,
      size: 2,
      blocks: 3,
      atime: 4,
      mtime: 5,
      ctime: 6,
      atimensec: 7,
      mtimensec: 8,
      ctimensec: 9,
      mode: 10,
      nlink: 11,
      uid: 12,
      gid: 13,
      rdev: 14,
      blksize: 15,
      flags: 16,
    },
  ),
  golden(
    fuse.AttrOut,
    `
      0100000000000000 02000000 00000000    # attrValid, attrValidNsec, dummy
      0400000000000000 0500000000000000     # ino, size
      0600000000000000 0700000000000000     # blocks, atime
      0800000000000000 0900000000000000     # mtime, ctime
      0a000000 0b000000 0c000000 0d000000   # atimensec, mtimensec, ctimensec, mode
      0e000000 0f000000 10000000 11000000   # nlink, uid, gid, rdev
      12000000 13000000                     # blksize, flags
    `,
    {
      attrValid: 1,
      attrValidNsec: 2,
      ino: 4,
      size: 5,
      blocks: 6,
      atime: 7,
      mtime: 8,
      ctime: 9,
      atimensec: 10,
      mtimensec: 11,
      ctimensec: 12,
      mode: 13,
      nlink: 14,
      uid: 15,
      gid: 16,
      rdev: 17,
      blksize: 18,
      flags: 19,
    },
  ),
  golden(
    fuse.BatchForgetIn,
    `
      01000000 00000000                     # count, dummy
    `,
    { count: 1 },
  ),
  golden(
    fuse.BmapIn,
    `
      0100000000000000 02000000 00000000    # block, blocksize, padding
    `,
    { block: 1, blocksize: 2 },
  ),
  golden(
    fuse.BmapOut,
    `
      0100000000000000                      # block
    `,
    { block: 1 },
  ),
  golden(
    fuse.CopyFileRangeIn,
    `
      0100000000000000 0200000000000000     # fhIn, offIn
      0300000000000000 0400000000000000     # nodeIdOut, fhOut
      0500000000000000 0600000000000000     # offOut, len
      0700000000000000                      # flags
    `,
    { fhIn: 1, offIn: 2, nodeIdOut: 3, fhOut: 4, offOut: 5, len: 6, flags: 7 },
  ),
  golden(
    fuse.CopyFileRangeOut,
    `
      0100000000000000                      # bytesCopied
    `,
    { bytesCopied: 1 },
  ),
  golden(
    fuse.CreateIn,
    `
      01000000 02000000 03000000 04000000   # flags, mode, umask, openFlags
    `,
    { flags: 1, mode: 2, umask: 3, openFlags: 4 },
  ),
  golden(
    fuse.Dirent,
    `
      0100000000000000 0200000000000000     # ino, off
      03000000 04000000                     # namelen, type
    `,
    { ino: 1, off: 2, namelen: 3, type: 4 },
  ),
  golden(
    fuse.EntryOut,
    `
      0100000000000000 0200000000000000     # nodeId, generation
      0300000000000000 0400000000000000     # entryValid, attrValid
      05000000 06000000 0700000000000000    # entryValidNsec, attrValidNsec, ino
      0800000000000000 0900000000000000     # size, blocks
      0a00000000000000 0b00000000000000     # atime, mtime
      0c00000000000000 0d000000 0e000000    # ctime, atimensec, mtimensec
      0f000000 10000000 11000000 12000000   # ctimensec, mode, nlink, uid
      13000000 14000000 15000000 16000000   # gid, rdev, blksize, flags
    `,
    {
      nodeId: 1,
      generation: 2,
      entryValid: 3,
      attrValid: 4,
      entryValidNsec: 5,
      attrValidNsec: 6,
      ino: 7,
      size: 8,
      blocks: 9,
      atime: 10,
      mtime: 11,
      ctime: 12,
      atimensec: 13,
      mtimensec: 14,
      ctimensec: 15,
      mode: 16,
      nlink: 17,
      uid: 18,
      gid: 19,
      rdev: 20,
      blksize: 21,
      flags: 22,
    },
  ),
  golden(
    fuse.FallocateIn,
    `
      0100000000000000 0200000000000000     # fh, offset
      0300000000000000 04000000 00000000    # length, mode, padding
    `,
    { fh: 1, offset: 2, length: 3, mode: 4 },
  ),
  golden(
    fuse.FlushIn,
    `
      0100000000000000 00000000 00000000    # fh, unused, padding
      0400000000000000                      # lockOwner
    `,
    { fh: 1, lockOwner: 4n },
  ),
  golden(
    fuse.ForgetIn,
    `
      0100000000000000                      # nlookup
    `,
    { nlookup: 1 },
  ),
  golden(
    fuse.ForgetOne,
    `
      0100000000000000 0200000000000000     # nodeId, nlookup
    `,
    { nodeId: 1, nlookup: 2 },
  ),
  golden(
    fuse.FsyncIn,
    `
      0100000000000000 02000000 00000000    # fh, fsyncFlags, padding
    `,
    { fh: 1, fsyncFlags: 2 },
  ),
  golden(
    fuse.GetattrIn,
    `
      01000000 00000000 0300000000000000    # getattrFlags, dummy, fh
    `,
    { getattrFlags: 1, fh: 3 },
  ),
  golden(
    fuse.GetxattrIn,
    `
      01000000 00000000                     # size, padding
    `,
    { size: 1 },
  ),
  golden(
    fuse.GetxattrOut,
    `
      01000000 00000000                     # size, padding
    `,
    { size: 1 },
  ),
  golden(
    fuse.InHeader,
    `
      01000000 02000000 0300000000000000    # len, opcode, unique
      0400000000000000 05000000 06000000    # nodeId, uid, gid
      07000000 0800 0000                    # pid, totalExtlen, padding
    `,
    { len: 1, opcode: 2, unique: 3, nodeId: 4, uid: 5, gid: 6, pid: 7, totalExtlen: 8 },
  ),
  golden(
    fuse.InitIn,
    `
      01000000 02000000 03000000 04000000   # major, minor, maxReadahead, flags
      05000000                              # flags2
      0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000# unused
    `,
    { major: 1, minor: 2, maxReadahead: 3, flags: 4, flags2: 5 },
  ),
  golden(
    fuse.InitInShort,
    `
      01000000 02000000 03000000 04000000   # major, minor, maxReadahead, flags
    `,
    { major: 1, minor: 2, maxReadahead: 3, flags: 4 },
  ),
  golden(
    fuse.InitOut,
    `
      01000000 02000000 03000000 04000000   # major, minor, maxReadahead, flags
      0500 0600 07000000 08000000 0900 0a00 # maxBackground, congestionThreshold, maxWrite, timeGran, maxPages, mapAlignment
      0b000000 00000000 0000                # flags2, maxStackDepth, requestTimeout
      00000000000000000000000000000000000000000000# unused
    `,
    {
      major: 1,
      minor: 2,
      maxReadahead: 3,
      flags: 4,
      maxBackground: 5,
      congestionThreshold: 6,
      maxWrite: 7,
      timeGran: 8,
      maxPages: 9,
      mapAlignment: 10,
      flags2: 11,
    },
  ),
  golden(
    fuse.InterruptIn,
    `
      0100000000000000                      # unique
    `,
    { unique: 1 },
  ),
  golden(
    fuse.IoctlIn,
    `
      0100000000000000 02000000 03000000    # fh, flags, cmd
      0400000000000000 05000000 06000000    # arg, inSize, outSize
    `,
    { fh: 1, flags: 2, cmd: 3, arg: 4n, inSize: 5, outSize: 6 },
  ),
  golden(
    fuse.IoctlOut,
    `
      01000000 02000000 03000000 04000000   # result, flags, inIovs, outIovs
    `,
    { result: 1, flags: 2, inIovs: 3, outIovs: 4 },
  ),
  golden(
    fuse.LinkIn,
    `
      0100000000000000                      # oldNodeId
    `,
    { oldNodeId: 1 },
  ),
  golden(
    fuse.LkIn,
    `
      0100000000000000 0200000000000000     # fh, owner
      0300000000000000 0400000000000000     # start, end
      05000000 06000000 07000000 00000000   # type, pid, lkFlags, padding
    `,
    { fh: 1, owner: 2n, start: 3n, end: 4n, type: 5, pid: 6, lkFlags: 7 },
  ),
  golden(
    fuse.LkOut,
    `
      0100000000000000 0200000000000000     # start, end
      03000000 04000000                     # type, pid
    `,
    { start: 1n, end: 2n, type: 3, pid: 4 },
  ),
  golden(
    fuse.LseekIn,
    `
      0100000000000000 0200000000000000     # fh, offset
      03000000 00000000                     # whence, padding
    `,
    { fh: 1, offset: 2, whence: 3 },
  ),
  golden(
    fuse.LseekOut,
    `
      0100000000000000                      # offset
    `,
    { offset: 1 },
  ),
  golden(
    fuse.MkdirIn,
    `
      01000000 02000000                     # mode, umask
    `,
    { mode: 1, umask: 2 },
  ),
  golden(
    fuse.MknodIn,
    `
      01000000 02000000 03000000 00000000   # mode, rdev, umask, padding
    `,
    { mode: 1, rdev: 2, umask: 3 },
  ),
  golden(
    fuse.NotifyDeleteOut,
    `
      0100000000000000 0200000000000000     # parent, child
      03000000 00000000                     # namelen, padding
    `,
    { parent: 1, child: 2, namelen: 3 },
  ),
  golden(
    fuse.NotifyInvalEntryOut,
    `
      0100000000000000 02000000 03000000    # parent, namelen, flags
    `,
    { parent: 1, namelen: 2, flags: 3 },
  ),
  golden(
    fuse.NotifyInvalInodeOut,
    `
      0100000000000000 0200000000000000     # ino, off
      0300000000000000                      # len
    `,
    { ino: 1, off: 2, len: 3 },
  ),
  golden(
    fuse.NotifyPollWakeupOut,
    `
      0100000000000000                      # kh
    `,
    { kh: 1 },
  ),
  golden(
    fuse.NotifyRetrieveIn,
    `
      0000000000000000 0200000000000000     # dummy1, offset
      03000000 00000000 0000000000000000    # size, dummy2, dummy3
      0000000000000000                      # dummy4
    `,
    { offset: 2, size: 3 },
  ),
  golden(
    fuse.NotifyRetrieveOut,
    `
      0100000000000000 0200000000000000     # notifyUnique, nodeId
      0300000000000000 04000000 00000000    # offset, size, padding
    `,
    { notifyUnique: 1, nodeId: 2, offset: 3, size: 4 },
  ),
  golden(
    fuse.NotifyStoreOut,
    `
      0100000000000000 0200000000000000     # nodeId, offset
      03000000 00000000                     # size, padding
    `,
    { nodeId: 1, offset: 2, size: 3 },
  ),
  golden(
    fuse.OpenIn,
    `
      01000000 02000000                     # flags, openFlags
    `,
    { flags: 1, openFlags: 2 },
  ),
  golden(
    fuse.OpenOut,
    `
      0100000000000000 02000000 00000000    # fh, openFlags, backingId
    `,
    { fh: 1, openFlags: 2 },
  ),
  golden(
    fuse.OutHeader,
    `
      01000000 02000000 0300000000000000    # len, error, unique
    `,
    { len: 1, error: 2, unique: 3 },
  ),
  golden(
    fuse.PollIn,
    `
      0100000000000000 0200000000000000     # fh, kh
      03000000 04000000                     # flags, events
    `,
    { fh: 1, kh: 2, flags: 3, events: 4 },
  ),
  golden(
    fuse.PollOut,
    `
      01000000 00000000                     # revents, padding
    `,
    { revents: 1 },
  ),
  golden(
    fuse.ReadIn,
    `
      0100000000000000 0200000000000000     # fh, offset
      03000000 04000000 0500000000000000    # size, readFlags, lockOwner
      06000000 00000000                     # flags, padding
    `,
    { fh: 1, offset: 2, size: 3, readFlags: 4, lockOwner: 5n, flags: 6 },
  ),
  golden(
    fuse.ReleaseIn,
    `
      0100000000000000 02000000 03000000    # fh, flags, releaseFlags
      0400000000000000                      # lockOwner
    `,
    { fh: 1, flags: 2, releaseFlags: 3, lockOwner: 4n },
  ),
  golden(
    fuse.Rename2In,
    `
      0100000000000000 02000000 00000000    # newdir, flags, padding
    `,
    { newdir: 1, flags: 2 },
  ),
  golden(
    fuse.RenameIn,
    `
      0100000000000000                      # newdir
    `,
    { newdir: 1 },
  ),
  golden(
    fuse.SetattrIn,
    `
      01000000 00000000 0300000000000000    # valid, padding, fh
      0400000000000000 0500000000000000     # size, lockOwner
      0600000000000000 0700000000000000     # atime, mtime
      0800000000000000 09000000 0a000000    # ctime, atimensec, mtimensec
      0b000000 0c000000 00000000 0e000000   # ctimensec, mode, unused4, uid
      0f000000 00000000                     # gid, unused5
    `,
    {
      valid: 1,
      fh: 3,
      size: 4,
      lockOwner: 5n,
      atime: 6,
      mtime: 7,
      ctime: 8,
      atimensec: 9,
      mtimensec: 10,
      ctimensec: 11,
      mode: 12,
      uid: 14,
      gid: 15,
    },
  ),
  golden(
    fuse.SetxattrIn,
    `
      01000000 02000000 03000000 00000000   # size, flags, setxattrFlags, padding
    `,
    { size: 1, flags: 2, setxattrFlags: 3 },
  ),
  golden(
    fuse.SetxattrInShort,
    `
      01000000 02000000                     # size, flags
    `,
    { size: 1, flags: 2 },
  ),
  golden(
    fuse.StatfsOut,
    `
      0100000000000000 0200000000000000     # blocks, bfree
      0300000000000000 0400000000000000     # bavail, files
      0500000000000000 06000000 07000000    # ffree, bsize, namelen
      08000000 00000000                     # frsize, padding
      000000000000000000000000000000000000000000000000# spare
    `,
    { blocks: 1, bfree: 2, bavail: 3, files: 4, ffree: 5, bsize: 6, namelen: 7, frsize: 8 },
  ),
  golden(
    fuse.StatxIn,
    `
      01000000 00000000 0300000000000000    # getattrFlags, reserved, fh
      04000000 05000000                     # sxFlags, sxMask
    `,
    { getattrFlags: 1, fh: 3, sxFlags: 4, sxMask: 5 },
  ),
  golden(
    fuse.StatxOut,
    `
      0100000000000000 02000000 03000000    # attrValid, attrValidNsec, flags
      00000000000000000000000000000000      # spare
      05000000 06000000 0700000000000000    # mask, blksize, attributes
      08000000 09000000 0a000000 0b00 0000  # nlink, uid, gid, mode, spare0
      0d00000000000000 0e00000000000000     # ino, size
      0f00000000000000 1000000000000000     # blocks, attributesMask
      1100000000000000 12000000 00000000    # atime, atimensec, atimeReserved
      1400000000000000 15000000 00000000    # btime, btimensec, btimeReserved
      1700000000000000 18000000 00000000    # ctime, ctimensec, ctimeReserved
      1a00000000000000 1b000000 00000000    # mtime, mtimensec, mtimeReserved
      1d000000 1e000000 1f000000 20000000   # rdevMajor, rdevMinor, devMajor, devMinor
      00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000# spare2
    `,
    {
      attrValid: 1,
      attrValidNsec: 2,
      flags: 3,
      mask: 5,
      blksize: 6,
      attributes: 7,
      nlink: 8,
      uid: 9,
      gid: 10,
      mode: 11,
      ino: 13,
      size: 14,
      blocks: 15,
      attributesMask: 16,
      atime: 17,
      atimensec: 18,
      btime: 20,
      btimensec: 21,
      ctime: 23,
      ctimensec: 24,
      mtime: 26,
      mtimensec: 27,
      rdevMajor: 29,
      rdevMinor: 30,
      devMajor: 31,
      devMinor: 32,
    },
  ),
  golden(
    fuse.SyncfsIn,
    `
      0000000000000000                      # padding
    `,
    {},
  ),
  golden(
    fuse.WriteIn,
    `
      0100000000000000 0200000000000000     # fh, offset
      03000000 04000000 0500000000000000    # size, writeFlags, lockOwner
      06000000 00000000                     # flags, padding
    `,
    { fh: 1, offset: 2, size: 3, writeFlags: 4, lockOwner: 5n, flags: 6 },
  ),
  golden(
    fuse.WriteOut,
    `
      01000000 00000000                     # size, padding
    `,
    { size: 1 },
  ),
];
