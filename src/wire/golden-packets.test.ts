import { describe, expect, it } from "vitest";
import { WireError } from "../bytes/index.js";
import {
  FILE_NOTIFY_CHANGE_ATTRIBUTES,
  FILE_NOTIFY_CHANGE_DIR_NAME,
  FILE_NOTIFY_CHANGE_FILE_NAME,
  FILE_NOTIFY_CHANGE_LAST_WRITE,
  SYMLINK_FLAG_RELATIVE,
} from "../nt/index.js";
import { fusePackets } from "../testing/golden-fuse-packets.js";
import { type GoldenPacket, golden } from "../testing/golden-packet.js";
import { hex } from "../testing/hex.js";
import * as fscc from "./fscc/index.js";
import * as fuse from "./fuse/index.js";
import * as smb2 from "./smb2/index.js";

/** A run of counted bytes: 00 01 02 ... */
const counted = (length: number) => Uint8Array.from({ length }, (_, i) => i);
const COUNTED_16 = "000102030405060708090a0b0c0d0e0f";
const COUNTED_24 = `${COUNTED_16}1011121314151617`;
const guid = counted(16);

const FILE_ID = "0100000000000000 0700000000000000"; // Persistent, Volatile
const fileId = { persistentFileId: 1n, volatileFileId: 7n };

const TIMES = `
  0080 3ed5 deb1 9d01                 # Creation: 1970-01-01
  0180 3ed5 deb1 9d01                 # LastAccess
  0280 3ed5 deb1 9d01                 # LastWrite
  0380 3ed5 deb1 9d01                 # Change
`;
const EPOCH = 116_444_736_000_000_000n;
const times = {
  creationTicks: EPOCH,
  lastAccessTicks: EPOCH + 1n,
  lastWriteTicks: EPOCH + 2n,
  changeTicks: EPOCH + 3n,
};

const smb2Packets: readonly GoldenPacket[] = [
  golden(
    smb2.SyncHeader,
    `
      fe534d42 4000 0100                  # ProtocolId, StructureSize, CreditCharge
      220000c0 0500 1000                  # Status, Command, Credits
      09000000 80000000                   # Flags, NextCommand
      0500000000000000                    # MessageId
      fffe0000 03000000                   # Reserved, TreeId
      2900000000040000                    # SessionId
      ${COUNTED_16}                       # Signature
    `,
    {
      creditCharge: 1,
      status: 0xc000_0022,
      command: smb2.Command.CREATE,
      credits: 16,
      flags: smb2.SMB2_FLAGS_SERVER_TO_REDIR | smb2.SMB2_FLAGS_SIGNED,
      nextCommand: 128,
      messageId: 5,
      processId: 0xfeff,
      treeId: 3,
      sessionId: 0x400_0000_0029,
      signature: counted(16),
    },
  ),
  golden(
    smb2.AsyncHeader,
    `
      fe534d42 4000 0000                  # ProtocolId, StructureSize, CreditCharge
      03010000 0f00 0100                  # Status, Command, Credits
      03000000 00000000                   # Flags, NextCommand
      0900000000000000                    # MessageId
      0800000000000000                    # AsyncId
      2900000000040000                    # SessionId
      ${COUNTED_16}                       # Signature
    `,
    {
      status: 0x103,
      command: smb2.Command.CHANGE_NOTIFY,
      flags: smb2.SMB2_FLAGS_SERVER_TO_REDIR | smb2.SMB2_FLAGS_ASYNC_COMMAND,
      messageId: 9,
      asyncId: 8,
    },
  ),
  golden(
    smb2.NotificationHeader,
    `
      fe534d42 4000 0000                  # ProtocolId, StructureSize, CreditCharge
      00000000 1200 0000                  # Status, Command, Credits
      01000000 00000000                   # Flags, NextCommand
      ffffffffffffffff                    # MessageId
      00000000 00000000                   # Reserved, TreeId
      0000000000000000                    # SessionId
      00000000000000000000000000000000    # Signature
    `,
    { command: smb2.Command.OPLOCK_BREAK, messageId: 0xffff_ffff_ffff_ffffn },
  ),
  golden(
    smb2.TransformHeader,
    `
      fd534d42                            # ProtocolId
      ${COUNTED_16}                       # Signature
      ${COUNTED_16}                       # Nonce
      68000000 0000 0100                  # OriginalMessageSize, Reserved, Flags
      2900000000040000                    # SessionId
    `,
    { originalMessageSize: 104, flags: 1, nonce: counted(16), sessionId: 0x400_0000_0029 },
  ),
  golden(
    smb2.ErrorResponse,
    `
      0900 00 00 00000000                 # StructureSize, ErrorContextCount, Reserved, ByteCount
    `,
    { errorContextCount: 0, byteCount: 0 },
  ),
  golden(
    smb2.ErrorContext,
    `
      04000000 00000000                   # ErrorDataLength, ErrorId
    `,
    { errorDataLength: 4, errorId: 0 },
  ),
  golden(
    smb2.Smb1NegotiateRequest,
    `
      ff534d42 72 00000000                # Protocol, Command, Status
      18 53c8 0000                        # Flags, Flags2, PIDHigh
      0000000000000000 0000               # SecurityFeatures, Reserved
      ffff fffe 0000 0000                 # TID, PIDLow, UID, MID
      00 2200                             # WordCount, ByteCount
    `,
    { flags: 0x18, flags2: 0xc853, treeId: 0xffff, byteCount: 34 },
  ),
  golden(
    smb2.NegotiateRequest,
    `
      2400 0500 0100 0000                 # StructureSize, DialectCount, SecurityMode, Reserved
      7f000000                            # Capabilities
      ${COUNTED_16}                       # ClientGuid
      70000000 0200 0000                  # NegotiateContext: Offset, Count; Reserved2
    `,
    {
      dialectCount: 5,
      securityMode: smb2.SMB2_NEGOTIATE_SIGNING_ENABLED,
      capabilities: 0x7f,
      clientGuid: guid,
      negotiateContextOffset: 112,
      negotiateContextCount: 2,
    },
  ),
  golden(
    smb2.NegotiateResponse,
    `
      4100 0300 1103 0200                 # StructureSize, SecurityMode, Dialect, ContextCount
      ${COUNTED_16}                       # ServerGuid
      07000000                            # Capabilities
      00008000 00008000 00008000          # MaxTransactSize, MaxReadSize, MaxWriteSize
      00803ed5deb19d01 0000000000000000   # SystemTime, ServerStartTime
      8000 4a00 d0000000                  # SecurityBuffer: Offset, Length; NegotiateContextOffset
    `,
    {
      securityMode: 3,
      dialectRevision: smb2.Dialect.SMB_3_1_1,
      negotiateContextCount: 2,
      serverGuid: guid,
      capabilities: 7,
      maxTransactSize: 8_388_608,
      systemTicks: EPOCH,
      securityBufferOffset: 128,
      securityBufferLength: 74,
      negotiateContextOffset: 208,
    },
  ),
  golden(
    smb2.ValidateNegotiateInfoRequest,
    `
      7f000000                            # Capabilities
      ${COUNTED_16}                       # Guid
      0100 0400                           # SecurityMode, DialectCount
    `,
    { capabilities: 0x7f, clientGuid: guid, securityMode: 1, dialectCount: 4 },
  ),
  golden(
    smb2.ValidateNegotiateInfoResponse,
    `
      07000000                            # Capabilities
      ${COUNTED_16}                       # Guid
      0300 0203                           # SecurityMode, Dialect
    `,
    { capabilities: 7, securityMode: 3, dialect: smb2.Dialect.SMB_3_0_2 },
  ),
  golden(
    smb2.NegotiateContextHeader,
    `
      0100 2600 00000000                  # ContextType, DataLength, Reserved
    `,
    { contextType: 1, dataLength: 38 },
  ),
  golden(
    smb2.SessionSetupRequest,
    `
      1900 00 01 01000000 00000000        # StructureSize, Flags, SecurityMode, Capabilities, Channel
      5800 4a00                           # SecurityBuffer: Offset, Length
      2900000000040000                    # PreviousSessionId
    `,
    {
      securityMode: 1,
      securityBufferOffset: 88,
      securityBufferLength: 74,
      previousSessionId: 0x400_0000_0029,
    },
  ),
  golden(
    smb2.SessionSetupResponse,
    `
      0900 0100 4800 0900                 # StructureSize, SessionFlags, SecurityBuffer
    `,
    {
      sessionFlags: smb2.SMB2_SESSION_FLAG_IS_GUEST,
      securityBufferOffset: 72,
      securityBufferLength: 9,
    },
  ),
  golden(smb2.LogoffRequest, "0400 0000", {}),
  golden(smb2.LogoffResponse, "0400 0000", {}),
  golden(
    smb2.TreeConnectRequest,
    `
      0900 0000 4800 2600                 # StructureSize, Flags, Path: Offset, Length
    `,
    { flags: 0, pathOffset: 72, pathLength: 38 },
  ),
  golden(
    smb2.TreeConnectResponse,
    `
      1000 01 00 30080000                 # StructureSize, ShareType, Reserved, ShareFlags
      10000000 ff011f00                   # Capabilities, MaximalAccess
    `,
    {
      shareType: smb2.ShareType.DISK,
      shareFlags: smb2.SMB2_SHAREFLAG_NO_CACHING | smb2.SMB2_SHAREFLAG_ACCESS_BASED_DIRECTORY_ENUM,
      capabilities: smb2.SMB2_SHARE_CAP_CONTINUOUS_AVAILABILITY,
      maximalAccess: 0x001f_01ff,
    },
  ),
  golden(smb2.TreeDisconnectRequest, "0400 0000", {}),
  golden(smb2.TreeDisconnectResponse, "0400 0000", {}),
  golden(
    smb2.CreateRequest,
    `
      3900 00 ff 02000000                 # StructureSize, SecurityFlags, Oplock, Impersonation
      0000000000000000 0000000000000000   # SmbCreateFlags, Reserved
      89001200 80000000 07000000          # DesiredAccess, FileAttributes, ShareAccess
      01000000 40000000                   # CreateDisposition, CreateOptions
      7800 1000 88000000 38000000         # Name: Offset, Length; CreateContexts: Offset, Length
    `,
    {
      requestedOplockLevel: smb2.OplockLevel.LEASE,
      impersonationLevel: smb2.ImpersonationLevel.IMPERSONATION,
      desiredAccess: 0x0012_0089,
      fileAttributes: 0x80,
      shareAccess: 7,
      createDisposition: 1,
      createOptions: 0x40,
      nameOffset: 120,
      nameLength: 16,
      createContextsOffset: 136,
      createContextsLength: 56,
    },
  ),
  golden(
    smb2.CreateResponse,
    `
      5900 08 00 02000000                 # StructureSize, OplockLevel, Flags, CreateAction
      ${TIMES}
      0010000000000000 0500000000000000   # AllocationSize, EndofFile
      20000000 00000000                   # FileAttributes, Reserved2
      ${FILE_ID}
      98000000 20000000                   # CreateContexts: Offset, Length
    `,
    {
      oplockLevel: smb2.OplockLevel.EXCLUSIVE,
      createAction: 2,
      ...times,
      allocationSize: 4096,
      endOfFile: 5,
      fileAttributes: 0x20,
      ...fileId,
      createContextsOffset: 152,
      createContextsLength: 32,
    },
  ),
  golden(
    smb2.CreateContextHeader,
    `
      20000000 1000 0400 0000 1800        # Next, Name: Offset, Length; Reserved, DataOffset
      08000000                            # DataLength
    `,
    { next: 32, nameOffset: 16, nameLength: 4, dataOffset: 24, dataLength: 8 },
  ),
  golden(smb2.MaximalAccessRequest, "00803ed5deb19d01 # Timestamp", { timestampTicks: EPOCH }),
  golden(
    smb2.MaximalAccessResponse,
    `
      00000000 ff011f00                   # QueryStatus, MaximalAccess
    `,
    { queryStatus: 0, maximalAccess: 0x001f_01ff },
  ),
  golden(
    smb2.QueryOnDiskIdResponse,
    `
      0500000000000000 efbeadde00000000   # DiskFileId, VolumeId
      00000000000000000000000000000000    # Reserved
    `,
    { diskFileId: 5n, volumeId: 0xdead_beefn },
  ),
  golden(smb2.AllocationSizeRequest, "0000100000000000", { allocationSize: 1_048_576 }),
  golden(smb2.TimewarpRequest, "00803ed5deb19d01", { timestampTicks: EPOCH }),
  golden(
    smb2.LeaseContext,
    `
      ${COUNTED_16}                       # LeaseKey
      07000000 00000000 0000000000000000  # LeaseState, LeaseFlags, LeaseDuration
    `,
    { leaseKey: guid, leaseState: 7 },
  ),
  golden(
    smb2.LeaseContextV2,
    `
      ${COUNTED_16}                       # LeaseKey
      03000000 04000000 0000000000000000  # LeaseState, Flags, LeaseDuration
      ${COUNTED_16}                       # ParentLeaseKey
      0200 0000                           # Epoch, Reserved
    `,
    {
      leaseKey: guid,
      leaseState: smb2.SMB2_LEASE_READ_CACHING | smb2.SMB2_LEASE_HANDLE_CACHING,
      leaseFlags: smb2.SMB2_LEASE_FLAG_PARENT_LEASE_KEY_SET,
      parentLeaseKey: guid,
      epoch: 2,
    },
  ),
  golden(smb2.DurableHandleRequest, COUNTED_16, { durableRequest: guid }),
  golden(smb2.DurableHandleResponse, "0000000000000000", {}),
  golden(smb2.DurableHandleReconnect, FILE_ID, fileId),
  golden(
    smb2.DurableHandleRequestV2,
    `
      60ea0000 02000000 0000000000000000  # Timeout, Flags, Reserved
      ${COUNTED_16}                       # CreateGuid
    `,
    { timeoutMs: 60_000, flags: smb2.SMB2_DHANDLE_FLAG_PERSISTENT, createGuid: guid },
  ),
  golden(smb2.DurableHandleResponseV2, "60ea0000 00000000", { timeoutMs: 60_000, flags: 0 }),
  golden(
    smb2.DurableHandleReconnectV2,
    `
      ${FILE_ID}
      ${COUNTED_16} 00000000              # CreateGuid, Flags
    `,
    { ...fileId, createGuid: guid },
  ),
  golden(
    smb2.CloseRequest,
    `
      1800 0100 00000000                  # StructureSize, Flags, Reserved
      ${FILE_ID}
    `,
    { flags: smb2.SMB2_CLOSE_FLAG_POSTQUERY_ATTRIB, ...fileId },
  ),
  golden(
    smb2.CloseResponse,
    `
      3c00 0100 00000000                  # StructureSize, Flags, Reserved
      ${TIMES}
      0010000000000000 0500000000000000   # AllocationSize, EndofFile
      20000000                            # FileAttributes
    `,
    { flags: 1, ...times, allocationSize: 4096, endOfFile: 5, fileAttributes: 0x20 },
  ),
  golden(
    smb2.FlushRequest,
    `
      1800 ffff 00000000                  # StructureSize, Reserved1, Reserved2
      ffffffffffffffff ffffffffffffffff   # FileId of the request before
    `,
    {
      reserved1: 0xffff,
      persistentFileId: smb2.ALL_ONES_FILE_ID,
      volatileFileId: smb2.ALL_ONES_FILE_ID,
    },
  ),
  golden(smb2.FlushResponse, "0400 0000", {}),
  golden(
    smb2.ReadRequest,
    `
      3100 50 00 00000100                 # StructureSize, Padding, Flags, Length
      0000020000000000                    # Offset
      ${FILE_ID}
      01000000 00000000 00000000          # MinimumCount, Channel, RemainingBytes
      0000 0000                           # ReadChannelInfo: Offset, Length
    `,
    { padding: 80, length: 65_536, offset: 131_072, ...fileId, minimumCount: 1 },
  ),
  golden(
    smb2.ReadResponse,
    `
      1100 50 00 04000000                 # StructureSize, DataOffset, Reserved, DataLength
      00000000 00000000                   # DataRemaining, Flags
    `,
    { dataOffset: 80, dataLength: 4, dataRemaining: 0 },
  ),
  golden(
    smb2.WriteRequest,
    `
      3100 7000 00000100                  # StructureSize, DataOffset, Length
      0000020000000000                    # Offset
      ${FILE_ID}
      00000000 00000000 0000 0000         # Channel, RemainingBytes, WriteChannelInfo
      01000000                            # Flags
    `,
    {
      dataOffset: 112,
      length: 65_536,
      offset: 131_072,
      ...fileId,
      flags: smb2.SMB2_WRITEFLAG_WRITE_THROUGH,
    },
  ),
  golden(
    smb2.WriteResponse,
    `
      1100 0000 00000100 00000000         # StructureSize, Reserved, Count, Remaining
      0000 0000                           # WriteChannelInfo: Offset, Length
    `,
    { count: 65_536 },
  ),
  golden(
    smb2.LockRequest,
    `
      3000 0200 12000000                  # StructureSize, LockCount, LockSequence
      ${FILE_ID}
    `,
    { lockCount: 2, lockSequence: 0x12, ...fileId },
  ),
  golden(
    smb2.LockElement,
    `
      ffffffffffffffff 0100000000000000   # Offset, Length
      12000000 00000000                   # Flags, Reserved
    `,
    {
      offset: 0xffff_ffff_ffff_ffffn,
      length: 1n,
      flags: smb2.SMB2_LOCKFLAG_EXCLUSIVE_LOCK | smb2.SMB2_LOCKFLAG_FAIL_IMMEDIATELY,
    },
  ),
  golden(smb2.LockResponse, "0400 0000", {}),
  golden(smb2.EchoRequest, "0400 0000", {}),
  golden(smb2.EchoResponse, "0400 0000", {}),
  golden(smb2.CancelRequest, "0400 0000", {}),
  golden(
    smb2.IoctlRequest,
    `
      3900 0000 17c01100                  # StructureSize, Reserved, CtlCode
      ${FILE_ID}
      78000000 48000000 00000000          # Input: Offset, Count; MaxInputResponse
      00000000 00000000 00040000          # Output: Offset, Count; MaxOutputResponse
      01000000 00000000                   # Flags, Reserved2
    `,
    {
      ctlCode: smb2.Fsctl.PIPE_TRANSCEIVE,
      ...fileId,
      inputOffset: 120,
      inputCount: 72,
      maxOutputResponse: 1024,
      flags: smb2.SMB2_0_IOCTL_IS_FSCTL,
    },
  ),
  golden(
    smb2.IoctlResponse,
    `
      3100 0000 17c01100                  # StructureSize, Reserved, CtlCode
      ${FILE_ID}
      70000000 00000000                   # Input: Offset, Count
      70000000 44000000                   # Output: Offset, Count
      00000000 00000000                   # Flags, Reserved2
    `,
    { ctlCode: smb2.Fsctl.PIPE_TRANSCEIVE, ...fileId, outputOffset: 112, outputCount: 68 },
  ),
  golden(
    smb2.SrvRequestResumeKeyResponse,
    `
      ${COUNTED_24}                       # ResumeKey
      00000000 00000000                   # ContextLength, Context
    `,
    { resumeKey: counted(24), contextLength: 0 },
  ),
  golden(
    smb2.SrvCopychunkCopy,
    `
      ${COUNTED_24}                       # SourceKey
      02000000 00000000                   # ChunkCount, Reserved
    `,
    { sourceKey: counted(24), chunkCount: 2 },
  ),
  golden(
    smb2.SrvCopychunk,
    `
      0000100000000000 0000200000000000   # SourceOffset, TargetOffset
      00001000 00000000                   # Length, Reserved
    `,
    { sourceOffset: 1_048_576, targetOffset: 2_097_152, length: 1_048_576 },
  ),
  golden(
    smb2.SrvCopychunkResponse,
    `
      00010000 00001000 00000001          # ChunksWritten, ChunkBytesWritten, TotalBytesWritten
    `,
    { chunksWritten: 256, chunkBytesWritten: 1_048_576, totalBytesWritten: 16_777_216 },
  ),
  golden(
    smb2.SrvSnapshotArray,
    `
      02000000 00000000 66000000          # NumberOfSnapShots, ...Returned, SnapShotArraySize
    `,
    { numberOfSnapshots: 2, numberOfSnapshotsReturned: 0, snapshotArraySize: 102 },
  ),
  golden(smb2.NetworkResiliencyRequest, "60ea0000 00000000", { timeoutMs: 60_000 }),
  golden(
    smb2.SymbolicLinkErrorResponse,
    `
      20000000 53594d4c 0c0000a0          # SymLinkLength, SymLinkErrorTag, ReparseTag
      1400 0800                           # ReparseDataLength, UnparsedPathLength
      0000 0400 0400 0500                 # SubstituteName, PrintName: Offset, Length
      01000000                            # Flags
    `,
    {
      symLinkLength: 32,
      reparseDataLength: 20,
      unparsedPathLength: 8,
      substituteNameLength: 4,
      printNameOffset: 4,
      printNameLength: 5,
      flags: SYMLINK_FLAG_RELATIVE,
    },
  ),
  golden(
    smb2.SockaddrIn,
    `
      01bd 7f000001                       # Port, IPv4Address
      0000000000000000                    # Reserved
    `,
    { address: Uint8Array.of(127, 0, 0, 1) },
  ),
  golden(
    smb2.SockaddrIn6,
    `
      01bd 00000000                       # Port, FlowInfo
      ${COUNTED_16}                       # IPv6Address
      05000000                            # ScopeId
    `,
    { address: counted(16), scopeId: 5 },
  ),
  golden(
    smb2.NetworkInterfaceInfo,
    `
      00000000 02000000 01000000 00000000 # Next, IfIndex, Capability, Reserved
      00ca9a3b00000000                    # LinkSpeed
      0200 01bd 7f000001                  # Family, Port, IPv4Address
      ${"00".repeat(120)}
    `,
    {
      ifIndex: 2,
      capability: smb2.RSS_CAPABLE,
      linkSpeed: 1_000_000_000,
      family: smb2.AddressFamily.INTER_NETWORK,
    },
  ),
  golden(
    smb2.QueryDirectoryRequest,
    `
      2100 25 01 00000000                 # StructureSize, InformationClass, Flags, FileIndex
      ${FILE_ID}
      6000 0200 00000100                  # FileName: Offset, Length; OutputBufferLength
    `,
    {
      fileInformationClass: fscc.FileInformationClass.FileIdBothDirectoryInformation,
      flags: smb2.SMB2_RESTART_SCANS,
      ...fileId,
      fileNameOffset: 96,
      fileNameLength: 2,
      outputBufferLength: 65_536,
    },
  ),
  golden(
    smb2.QueryDirectoryResponse,
    `
      0900 4800 00010000                  # StructureSize, OutputBuffer: Offset, Length
    `,
    { outputBufferOffset: 72, outputBufferLength: 256 },
  ),
  golden(
    smb2.ChangeNotifyRequest,
    `
      2000 0100 20000000                  # StructureSize, Flags, OutputBufferLength
      ${FILE_ID}
      17000000 00000000                   # CompletionFilter, Reserved
    `,
    {
      flags: smb2.SMB2_WATCH_TREE,
      outputBufferLength: 32,
      ...fileId,
      completionFilter:
        FILE_NOTIFY_CHANGE_FILE_NAME |
        FILE_NOTIFY_CHANGE_DIR_NAME |
        FILE_NOTIFY_CHANGE_ATTRIBUTES |
        FILE_NOTIFY_CHANGE_LAST_WRITE,
    },
  ),
  golden(smb2.ChangeNotifyResponse, "0900 4800 20000000", {
    outputBufferOffset: 72,
    outputBufferLength: 32,
  }),
  golden(
    smb2.QueryInfoRequest,
    `
      2900 01 12 00100000                 # StructureSize, InfoType, Class, OutputBufferLength
      0000 0000 00000000                  # InputBufferOffset, Reserved, InputBufferLength
      00000000 01000000                   # AdditionalInformation, Flags
      ${FILE_ID}
    `,
    {
      infoType: smb2.InfoType.FILE,
      fileInfoClass: fscc.FileInformationClass.FileAllInformation,
      outputBufferLength: 4096,
      flags: smb2.SL_RESTART_SCAN,
      ...fileId,
    },
  ),
  golden(smb2.QueryInfoResponse, "0900 4800 66000000", {
    outputBufferOffset: 72,
    outputBufferLength: 102,
  }),
  golden(
    smb2.SetInfoRequest,
    `
      2100 03 00 48000000                 # StructureSize, InfoType, Class, BufferLength
      6000 0000 04000000                  # BufferOffset, Reserved, AdditionalInformation
      ${FILE_ID}
    `,
    {
      infoType: smb2.InfoType.SECURITY,
      bufferLength: 72,
      bufferOffset: 96,
      additionalInformation: 4,
      ...fileId,
    },
  ),
  golden(smb2.SetInfoResponse, "0200", {}),
  ...[smb2.OplockBreakNotification, smb2.OplockBreakAcknowledgment, smb2.OplockBreakResponse].map(
    (layout) =>
      golden(
        layout,
        `
        1800 01 00 00000000               # StructureSize, OplockLevel, Reserved, Reserved2
        ${FILE_ID}
      `,
        { oplockLevel: smb2.OplockLevel.II, ...fileId },
      ),
  ),
  golden(smb2.OplockBreakHead, "2400", { structureSize: smb2.LeaseBreakAcknowledgment.size }),
  golden(
    smb2.LeaseBreakNotification,
    `
      2c00 0300 01000000                  # StructureSize, NewEpoch, Flags
      ${COUNTED_16}                       # LeaseKey
      07000000 03000000                   # CurrentLeaseState, NewLeaseState
      00000000 00000000 00000000          # BreakReason, AccessMaskHint, ShareMaskHint
    `,
    {
      newEpoch: 3,
      flags: smb2.SMB2_NOTIFY_BREAK_LEASE_FLAG_ACK_REQUIRED,
      leaseKey: guid,
      currentLeaseState: 7,
      newLeaseState: 3,
    },
  ),
  ...[smb2.LeaseBreakAcknowledgment, smb2.LeaseBreakResponse].map((layout) =>
    golden(
      layout,
      `
        2400 0000 00000000                # StructureSize, Reserved, Flags
        ${COUNTED_16}                     # LeaseKey
        03000000 0000000000000000         # LeaseState, LeaseDuration
      `,
      { leaseKey: guid, leaseState: 3 },
    ),
  ),
];

const BASIC = `
  00803ed5deb19d01                        # Creation: 1970-01-01
  0000000000000000                        # LastAccess: leave it
  ffffffffffffffff feffffffffffffff       # LastWrite: no more updates, Change: updates again
  20000000 00000000                       # FileAttributes, Reserved
`;
const basic = {
  creationTicks: EPOCH,
  lastAccessTicks: fscc.TIME_UNCHANGED,
  lastWriteTicks: fscc.TIME_UPDATES_OFF,
  changeTicks: fscc.TIME_UPDATES_ON,
  fileAttributes: 0x20,
};
const STANDARD = `
  0010000000000000 0500000000000000       # AllocationSize, EndOfFile
  02000000 01 00 0000                     # NumberOfLinks, DeletePending, Directory, Reserved
`;
const standard = {
  allocationSize: 4096,
  endOfFile: 5,
  numberOfLinks: 2,
  deletePending: 1,
  directory: 0,
};

/** What the entries of all directory classes but the names alone begin with. */
const ENTRY = `
  70000000 00000000                       # NextEntryOffset, FileIndex
  ${TIMES}
  0500000000000000 0010000000000000       # EndOfFile, AllocationSize
  20000000 0a000000                       # FileAttributes, FileNameLength
`;
const entry = {
  nextEntryOffset: 112,
  ...times,
  endOfFile: 5,
  allocationSize: 4096,
  fileAttributes: 0x20,
  fileNameLength: 10,
};
const SHORT_NAME = `
  04 00                                   # ShortNameLength, Reserved
  41004200 ${"00".repeat(20)}             # ShortName
`;

const fsccPackets: readonly GoldenPacket[] = [
  golden(fscc.FileDirectoryInformation, ENTRY, entry),
  golden(fscc.FileFullDirectoryInformation, `${ENTRY} 0c0000a0 # EaSize`, {
    ...entry,
    eaSize: 0xa000_000c,
  }),
  golden(fscc.FileBothDirectoryInformation, `${ENTRY} 07000000 ${SHORT_NAME}`, {
    ...entry,
    eaSize: 7,
    shortNameLength: 4,
  }),
  golden(
    fscc.FileIdBothDirectoryInformation,
    `
      ${ENTRY} 07000000 ${SHORT_NAME}
      0000 efcdab8967452301               # Reserved2, FileId
    `,
    { ...entry, eaSize: 7, shortNameLength: 4, fileId: 0x0123_4567_89ab_cdefn },
  ),
  golden(
    fscc.FileIdFullDirectoryInformation,
    `
      ${ENTRY} 07000000
      00000000 efcdab8967452301           # Reserved, FileId
    `,
    { ...entry, eaSize: 7, fileId: 0x0123_4567_89ab_cdefn },
  ),
  golden(
    fscc.FileIdExtdDirectoryInformation,
    `
      ${ENTRY} 07000000
      0c0000a0                            # ReparsePointTag
      efcdab8967452301 0000000000000000   # FileId, low half and high
    `,
    { ...entry, eaSize: 7, reparsePointTag: 0xa000_000c, fileId: 0x0123_4567_89ab_cdefn },
  ),
  golden(
    fscc.FileIdExtdBothDirectoryInformation,
    `
      ${ENTRY} 07000000
      0c0000a0                            # ReparsePointTag
      efcdab8967452301 0000000000000000   # FileId, low half and high
      00 00 ${"00".repeat(24)}            # ShortNameLength, Reserved, ShortName
    `,
    { ...entry, eaSize: 7, reparsePointTag: 0xa000_000c, fileId: 0x0123_4567_89ab_cdefn },
  ),
  golden(
    fscc.FileNamesInformation,
    `
      18000000 00000000 0a000000          # NextEntryOffset, FileIndex, FileNameLength
    `,
    { nextEntryOffset: 24, fileNameLength: 10 },
  ),
  golden(fscc.FileBasicInformation, BASIC, basic),
  golden(fscc.FileStandardInformation, STANDARD, standard),
  golden(fscc.FileInternalInformation, "efcdab8967452301", {
    indexNumber: 0x0123_4567_89ab_cdefn,
  }),
  golden(fscc.FileEaInformation, "07000000", { eaSize: 7 }),
  golden(fscc.FileAccessInformation, "ff011f00", { accessFlags: 0x001f_01ff }),
  golden(fscc.FilePositionInformation, "0000000001000000", { currentByteOffset: 2 ** 32 }),
  golden(fscc.FileModeInformation, "06000000", { mode: 6 }),
  golden(fscc.FileAlignmentInformation, "00000000", { alignmentRequirement: 0 }),
  golden(fscc.FileNameInformation, "0c000000", { fileNameLength: 12 }),
  golden(
    fscc.FileAllInformation,
    `
      ${BASIC} ${STANDARD}
      efcdab8967452301 07000000 ff011f00  # IndexNumber, EaSize, AccessFlags
      0500000000000000 06000000 00000000  # CurrentByteOffset, Mode, AlignmentRequirement
      0c000000                            # FileNameLength
    `,
    {
      ...basic,
      ...standard,
      indexNumber: 0x0123_4567_89ab_cdefn,
      eaSize: 7,
      accessFlags: 0x001f_01ff,
      currentByteOffset: 5,
      mode: 6,
      alignmentRequirement: 0,
      fileNameLength: 12,
    },
  ),
  golden(
    fscc.FileCompressionInformation,
    `
      0500000000000000 0000 00 00 00      # Size, Format, UnitShift, ChunkShift, ClusterShift
      000000                              # Reserved
    `,
    { compressedFileSize: 5, compressionFormat: 0 },
  ),
  golden(
    fscc.FileNetworkOpenInformation,
    `
      ${TIMES}
      0010000000000000 0500000000000000   # AllocationSize, EndOfFile
      20000000 00000000                   # FileAttributes, Reserved
    `,
    { ...times, allocationSize: 4096, endOfFile: 5, fileAttributes: 0x20 },
  ),
  golden(fscc.FileAttributeTagInformation, "20040000 0c0000a0", {
    fileAttributes: 0x420,
    reparseTag: 0xa000_000c,
  }),
  golden(
    fscc.FileIdInformation,
    `
      efbeadde00000000                    # VolumeSerialNumber
      efcdab8967452301 0000000000000000   # FileId
    `,
    { volumeSerialNumber: 0xdead_beef, fileId: 0x0123_4567_89ab_cdefn, fileIdHigh: 0n },
  ),
  golden(fscc.FilePipeInformation, "01000000 00000000", { readMode: 1, completionMode: 0 }),
  golden(
    fscc.FilePipeLocalInformation,
    `
      01000000 02000000 ffffffff 01000000 # Type, Configuration, MaximumInstances, Current...
      00100000 44000000                   # InboundQuota, ReadDataAvailable
      00100000 00100000                   # OutboundQuota, WriteQuotaAvailable
      03000000 01000000                   # NamedPipeState, NamedPipeEnd
    `,
    {
      namedPipeType: 1,
      maximumInstances: 0xffff_ffff,
      readDataAvailable: 68,
      namedPipeState: 3,
      namedPipeEnd: 1,
    },
  ),
  ...[fscc.FileRenameInformation, fscc.FileLinkInformation].map((layout) =>
    golden(
      layout,
      `
        01 00000000000000                 # ReplaceIfExists, Reserved
        0000000000000000 0a000000         # RootDirectory, FileNameLength
      `,
      { replaceIfExists: 1, rootDirectory: 0n, fileNameLength: 10 },
    ),
  ),
  golden(
    fscc.FileRenameInformationEx,
    `
      03000000 00000000                   # Flags, Reserved
      0000000000000000 0a000000           # RootDirectory, FileNameLength
    `,
    {
      flags: fscc.FILE_RENAME_REPLACE_IF_EXISTS | fscc.FILE_RENAME_POSIX_SEMANTICS,
      fileNameLength: 10,
    },
  ),
  golden(fscc.FileDispositionInformation, "01", { deletePending: 1 }),
  golden(fscc.FileDispositionInformationEx, "03000000", {
    flags: fscc.FILE_DISPOSITION_DELETE | fscc.FILE_DISPOSITION_POSIX_SEMANTICS,
  }),
  golden(fscc.FileAllocationInformation, "0010000000000000", { allocationSize: 4096 }),
  golden(fscc.FileEndOfFileInformation, "0500000000000000", { endOfFile: 5 }),
  golden(fscc.FileValidDataLengthInformation, "0500000000000000", { validDataLength: 5 }),
  golden(
    fscc.FileStreamInformation,
    `
      28000000 0e000000                   # NextEntryOffset, StreamNameLength
      0500000000000000 0010000000000000   # StreamSize, StreamAllocationSize
    `,
    { nextEntryOffset: 40, streamNameLength: 14, streamSize: 5, streamAllocationSize: 4096 },
  ),
  golden(fscc.FileLinksInformation, "40000000 02000000", { bytesNeeded: 64, entriesReturned: 2 }),
  golden(
    fscc.FileLinkEntryInformation,
    `
      20000000 00000000                   # NextEntryOffset, padding
      0500000000000000 03000000           # ParentFileId, FileNameLength in UTF-16 units
    `,
    { nextEntryOffset: 32, parentFileId: 5n, fileNameLength: 3 },
  ),
  golden(fscc.FileNotifyInformation, "10000000 05000000 04000000", {
    nextEntryOffset: 16,
    action: fscc.FileAction.RENAMED_NEW_NAME,
    fileNameLength: 4,
  }),
  golden(
    fscc.FileFullEaInformation,
    `
      00000000 80 04 0500                 # NextEntryOffset, Flags, EaNameLength, EaValueLength
    `,
    { flags: fscc.FILE_NEED_EA, eaNameLength: 4, eaValueLength: 5 },
  ),
  golden(fscc.FileGetEaInformation, "00000000 04", { nextEntryOffset: 0, eaNameLength: 4 }),
  golden(
    fscc.FileFsVolumeInformation,
    `
      00803ed5deb19d01                    # VolumeCreationTime
      efbeadde 08000000 00 00             # VolumeSerialNumber, LabelLength, SupportsObjects
    `,
    { volumeCreationTicks: EPOCH, volumeSerialNumber: 0xdead_beef, volumeLabelLength: 8 },
  ),
  golden(fscc.FileFsLabelInformation, "08000000", { volumeLabelLength: 8 }),
  golden(
    fscc.FileFsSizeInformation,
    `
      0000100000000000 0000080000000000   # TotalAllocationUnits, ActualAvailable...
      08000000 00020000                   # SectorsPerAllocationUnit, BytesPerSector
    `,
    {
      totalAllocationUnits: 1_048_576,
      actualAvailableAllocationUnits: 524_288,
      sectorsPerAllocationUnit: 8,
      bytesPerSector: 512,
    },
  ),
  golden(fscc.FileFsDeviceInformation, "07000000 20000000", {
    deviceType: fscc.FILE_DEVICE_DISK,
    characteristics: fscc.FILE_DEVICE_IS_MOUNTED,
  }),
  golden(
    fscc.FileFsAttributeInformation,
    `
      06000400 ff000000 08000000          # Attributes, MaximumComponentNameLength, NameLength
    `,
    {
      fileSystemAttributes:
        fscc.FILE_CASE_PRESERVED_NAMES | fscc.FILE_UNICODE_ON_DISK | fscc.FILE_NAMED_STREAMS,
      maximumComponentNameLength: 255,
      fileSystemNameLength: 8,
    },
  ),
  golden(
    fscc.FileFsControlInformation,
    `
      0000000000000000 0000000000000000   # FreeSpaceStartFiltering, FreeSpaceThreshold
      0000000000000000                    # FreeSpaceStopFiltering
      ffffffffffffffff ffffffffffffffff   # DefaultQuotaThreshold, DefaultQuotaLimit
      00000000 00000000                   # FileSystemControlFlags, Padding
    `,
    { defaultQuotaThreshold: 0xffff_ffff_ffff_ffffn, fileSystemControlFlags: 0 },
  ),
  golden(
    fscc.FileFsFullSizeInformation,
    `
      0000100000000000                    # TotalAllocationUnits
      0000040000000000 0000080000000000   # CallerAvailable..., ActualAvailable...
      08000000 00020000                   # SectorsPerAllocationUnit, BytesPerSector
    `,
    {
      totalAllocationUnits: 1_048_576,
      callerAvailableAllocationUnits: 262_144,
      actualAvailableAllocationUnits: 524_288,
      sectorsPerAllocationUnit: 8,
      bytesPerSector: 512,
    },
  ),
  golden(fscc.FileFsLabelInformation, "06000000 # VolumeLabelLength", { volumeLabelLength: 6 }),
  golden(fscc.FileFsObjectIdInformation, `${COUNTED_16} ${"00".repeat(48)}`, { objectId: guid }),
  golden(
    fscc.FileFsSectorSizeInformation,
    `
      00020000                            # LogicalBytesPerSector
      00100000 00100000 00100000          # PhysicalBytesPerSector: three of them
      03000000 00000000 00000000          # Flags, Sector and Partition alignment
    `,
    {
      logicalBytesPerSector: 512,
      physicalBytesPerSectorForPerformance: 4096,
      flags: fscc.SSINFO_FLAGS_ALIGNED_DEVICE | fscc.SSINFO_FLAGS_PARTITION_ALIGNED_ON_DEVICE,
    },
  ),
  golden(fscc.FileObjectIdBuffer, `${COUNTED_16} ${"00".repeat(48)}`, { objectId: guid }),
  golden(fscc.FileAllocatedRangeBuffer, "0010000000000000 0020000000000000", {
    fileOffset: 4096,
    length: 8192,
  }),
  golden(fscc.FileZeroDataInformation, "0010000000000000 0020000000000000", {
    fileOffset: 4096,
    beyondFinalZero: 8192,
  }),
  golden(fscc.FileSetSparseBuffer, "01", { setSparse: 1 }),
  golden(fscc.CompressionFormatBuffer, "0200", { compressionFormat: 2 }),
  golden(
    fscc.DuplicateExtentsData,
    `
      ${FILE_ID}                          # SourceFileID
      0010000000000000 0020000000000000   # SourceFileOffset, TargetFileOffset
      0030000000000000                    # ByteCount
    `,
    {
      sourcePersistentFileId: 1n,
      sourceVolatileFileId: 7n,
      sourceFileOffset: 4096,
      targetFileOffset: 8192,
      byteCount: 12_288,
    },
  ),
  golden(
    fscc.PipePeekBuffer,
    `
      03000000 44000000 01000000 44000000 # State, ReadDataAvailable, Messages, MessageLength
    `,
    { namedPipeState: 3, readDataAvailable: 68, numberOfMessages: 1, messageLength: 68 },
  ),
  golden(
    fscc.PipeWaitBuffer,
    `
      8096980000000000 0c000000 01 00     # Timeout, NameLength, TimeoutSpecified, Padding
    `,
    { timeoutTicks: 10_000_000n, nameLength: 12, timeoutSpecified: 1 },
  ),
];

const packets = [...smb2Packets, ...fsccPackets, ...fusePackets];

describe.each(packets)("$name", ({ name, layout, packet, fields }) => {
  it("is all of its packet", () => {
    expect(packet.byteLength).toBe(layout.size);
  });

  it("is read off the wire", () => {
    expect(layout.read(packet, 0)).toMatchObject(fields);
  });

  it("is written as it was read, and no old bytes are left behind", () => {
    const used = hex("ff".repeat(layout.size));
    const fromWire = layout.read(packet, 0);
    const written = layout.blank(used, 0);
    for (const key of Object.keys(layout.fields)) {
      Reflect.set(written, key, Reflect.get(fromWire, key));
    }
    expect(used).toEqual(packet);
  });

  it("is refused when it is cut short", () => {
    const cut = new DataView(packet.buffer, 0, packet.byteLength - 1);
    expect(() => layout.read(cut, 0)).toThrow(new WireError(`${name}: cut short`));
  });

  it("is refused when a constant is another", () => {
    let at = 0;
    for (const [key, field] of Object.entries(layout.fields)) {
      if (field.constant !== undefined) {
        const broken = new DataView(packet.buffer.slice(0));
        broken.setUint8(at, broken.getUint8(at) ^ 0x80);
        expect(() => layout.read(broken, 0)).toThrow(new WireError(`${name}: bad ${key}`));
      }
      at += field.size;
    }
  });
});

describe("golden packets", () => {
  it("there is one of every layout", () => {
    const layouts = [smb2, fscc, fuse]
      .flatMap((door) => Object.values<unknown>(door))
      .filter(
        (exported) => typeof exported === "object" && exported !== null && "fields" in exported,
      );
    const covered = new Set<unknown>(packets.map(({ layout }) => layout));
    expect(layouts.filter((layout) => !covered.has(layout))).toEqual([]);
  });

  it("every command's StructureSize is checked", () => {
    const commands = packets.filter(({ name }) => /^SMB2 [A-Z_]+ (Request|Response)$/.test(name));
    const withSize = commands.filter(({ layout }) => "structureSize" in layout.fields);
    expect(withSize.length).toBeGreaterThanOrEqual(37);
  });
});
