/**
 * Pipes, sockets and devices of POSIX systems as reparse points. [MS-FSCC] 2.1.2.6
 *
 * @packageDocumentation
 */
import { constant, struct, u16, u32, u64Exact, viewOf } from "../bytes/index.js";
import { S_IFBLK, S_IFCHR, S_IFIFO, S_IFMT, S_IFSOCK } from "./posix-permissions.js";
import { ReparseTag } from "./reparse-point.js";

/** A file that is neither file, directory nor symbolic link. */
export interface SpecialFile {
  /** S_IFCHR, S_IFBLK, S_IFIFO or S_IFSOCK. */
  readonly type: number;
  /** Of a device; 0 of others. */
  readonly major: number;
  readonly minor: number;
}

/** [MS-FSCC] 2.1.2.6. Of a device, its numbers follow. */
const NfsReparseData = struct("NFS REPARSE_DATA_BUFFER", 16, {
  reparseTag: constant(u32, ReparseTag.NFS),
  reparseDataLength: u16,
  reserved: u16,
  type: u64Exact,
});

const DeviceNumbers = struct("NFS device numbers", 8, { major: u32, minor: u32 });

/** Their names in ASCII, backwards, as the specification has them. */
const TYPES: readonly (readonly [type: number, nfsType: bigint])[] = [
  [S_IFCHR, 0x52_4843n],
  [S_IFBLK, 0x4b_4c42n],
  [S_IFIFO, 0x4f46_4946n],
  [S_IFSOCK, 0x4b43_4f53n],
];

const HEADER_SIZE = 8;

function isDevice(type: number): boolean {
  return type === S_IFCHR || type === S_IFBLK;
}

/** @param mode - its type is looked at @param rdev - as Linux has it: makedev(3) */
export function specialFileOf(mode: number, rdev: number): SpecialFile {
  const type = mode & S_IFMT;
  if (!isDevice(type)) return { type, major: 0, minor: 0 };
  const major = (rdev >>> 8) & 0xfff;
  const minor = (rdev & 0xff) | ((rdev >>> 12) & 0xf_ff00);
  return { type, major, minor };
}

/** The number of a device, as Linux has it: 12 bits and 20 in 32. makedev(3) */
export function deviceNumberOf({ major, minor }: SpecialFile): number {
  return (((minor & 0xf_ff00) << 12) | ((major & 0xfff) << 8) | (minor & 0xff)) >>> 0;
}

/** A special file as reparse data. */
export function writeSpecialFile(file: SpecialFile): Uint8Array {
  const nfsType = TYPES.find(([type]) => type === file.type)?.[1] ?? 0n;
  const size = NfsReparseData.size + (isDevice(file.type) ? DeviceNumbers.size : 0);
  const data = new Uint8Array(size);
  const header = NfsReparseData.blank(viewOf(data), 0);
  header.reparseDataLength = size - HEADER_SIZE;
  header.type = nfsType;
  if (isDevice(file.type)) {
    const numbers = DeviceNumbers.blank(viewOf(data), NfsReparseData.size);
    numbers.major = file.major;
    numbers.minor = file.minor;
  }
  return data;
}

/** Reads a special file from reparse data; undefined where it is none. */
export function readSpecialFile(data: Uint8Array): SpecialFile | undefined {
  const view = viewOf(data);
  if (data.length < NfsReparseData.size || view.getUint32(0, true) !== ReparseTag.NFS) {
    return undefined;
  }
  const { type: nfsType } = NfsReparseData.read(view, 0);
  const type = TYPES.find(([, known]) => known === nfsType)?.[0];
  if (type === undefined) return undefined;
  if (!isDevice(type)) return { type, major: 0, minor: 0 };
  if (data.length < NfsReparseData.size + DeviceNumbers.size) return undefined;
  const { major, minor } = DeviceNumbers.read(view, NfsReparseData.size);
  return { type, major, minor };
}
