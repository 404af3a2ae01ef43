import type { BigIntStats } from "node:fs";

/** What the host tells of a file: as much of Node's `BigIntStats` as is asked for here. */
export type HostStats = Pick<
  BigIntStats,
  | "dev"
  | "ino"
  | "mode"
  | "nlink"
  | "uid"
  | "gid"
  | "size"
  | "blocks"
  | "atimeNs"
  | "mtimeNs"
  | "ctimeNs"
  | "birthtimeNs"
  | "isFile"
  | "isDirectory"
  | "isSymbolicLink"
>;

/** Bytes of `struct statx`, of linux/stat.h: the same on all machines. */
export const STATX_BYTES = 256;

/** Where its fields are, in units of 4 bytes. Numbers of 8 bytes have their lower half where the machine has it. */
const AT = {
  nlink: 4,
  uid: 5,
  gid: 6,
  mode: 7, // 2 bytes, and 2 of padding
  ino: 8,
  size: 10,
  blocks: 12,
  atime: 16,
  birthtime: 20,
  ctime: 24,
  mtime: 28,
  devMajor: 34,
  devMinor: 35,
} as const;

const NS_PER_SECOND = 1_000_000_000n;
const FILE_TYPE = 0o170_000;
const REGULAR_FILE = 0o100_000;
const DIRECTORY = 0o040_000;
const SYMBOLIC_LINK = 0o120_000;

/** A `struct statx` in memory, by the units that its fields have. */
export class StatxBuffer {
  readonly bytes = new Uint8Array(STATX_BYTES);
  readonly halves = new Uint16Array(this.bytes.buffer);
  readonly words = new Uint32Array(this.bytes.buffer);
  readonly longs = new BigUint64Array(this.bytes.buffer);
  readonly signed = new BigInt64Array(this.bytes.buffer);
}

/** What statx(2) has told: a third of what Node's own takes to make. */
export class StatxStats implements HostStats {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly nlink: bigint;
  readonly uid: bigint;
  readonly gid: bigint;
  readonly size: bigint;
  readonly blocks: bigint;
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly birthtimeNs: bigint;
  readonly #mode: number;

  /** @param from - copied, as the next call writes over it */
  constructor(from: StatxBuffer) {
    const { words } = from;
    this.dev = deviceOf(words[AT.devMajor] ?? 0, words[AT.devMinor] ?? 0);
    this.ino = longAt(from, AT.ino);
    this.nlink = BigInt(words[AT.nlink] ?? 0);
    this.uid = BigInt(words[AT.uid] ?? 0);
    this.gid = BigInt(words[AT.gid] ?? 0);
    this.size = longAt(from, AT.size);
    this.blocks = longAt(from, AT.blocks);
    this.atimeNs = timeAt(from, AT.atime);
    this.mtimeNs = timeAt(from, AT.mtime);
    this.ctimeNs = timeAt(from, AT.ctime);
    this.birthtimeNs = timeAt(from, AT.birthtime);
    this.#mode = from.halves[AT.mode * 2] ?? 0;
  }

  get mode(): bigint {
    return BigInt(this.#mode);
  }

  isFile(): boolean {
    return (this.#mode & FILE_TYPE) === REGULAR_FILE;
  }

  isDirectory(): boolean {
    return (this.#mode & FILE_TYPE) === DIRECTORY;
  }

  isSymbolicLink(): boolean {
    return (this.#mode & FILE_TYPE) === SYMBOLIC_LINK;
  }
}

function longAt({ longs }: StatxBuffer, at: number): bigint {
  return longs[at >>> 1] ?? 0n;
}

/** `struct statx_timestamp`: seconds, which may be before 1970, and nanoseconds after them. */
function timeAt({ signed, words }: StatxBuffer, at: number): bigint {
  return (signed[at >>> 1] ?? 0n) * NS_PER_SECOND + BigInt(words[at + 2] ?? 0);
}

/** As `makedev` of the C library and Node have it, so that numbers by both ways are the same. */
function deviceOf(major: number, minor: number): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)];
  return (
    ((high & 0xffff_f000n) << 32n) |
    ((high & 0xfffn) << 8n) |
    ((low & 0xffff_ff00n) << 12n) |
    (low & 0xffn)
  );
}
