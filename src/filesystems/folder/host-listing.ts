/**
 * What Linux tells of a directory at once, many names with a call: `struct linux_dirent64`, of getdents64(2).
 *
 * @packageDocumentation
 */
import { closeSync, constants } from "node:fs";
import { endianness } from "node:os";
import type { ReadEntries } from "./host-calls.js";
import { openHeld } from "./host-files.js";
import { windowsNameOfHost } from "./host-names.js";
import { LISTING_BUFFER_SIZE } from "./limits.js";

/** One name in a directory of the host. */
export interface HostEntry {
  /** For the kernel. */
  readonly name: string;
  readonly ino: bigint;
  /** One of {@link HostKind}. */
  readonly kind: number;
}

/** Kinds of files, of dirent.h: bits 12 to 15 of the mode. */
export const HostKind = { UNKNOWN: 0, DIRECTORY: 4, FILE: 8, LINK: 10 } as const;

const INO_AT = 0;
const LENGTH_AT = 16;
const KIND_AT = 18;
const NAME_AT = 19;

const IS_LITTLE_ENDIAN = endianness() === "LE";

/** Nothing waits between a call and the copy of what it gave. */
let buffer: Buffer | undefined;

/**
 * All names in a directory that is held, but `.` and `..`, as they were in the moment of the call.
 *
 * @throws Error as getdents64(2)
 */
export function listHost(readEntries: ReadEntries, fd: number): Iterable<HostEntry> {
  buffer ??= Buffer.allocUnsafeSlow(LISTING_BUFFER_SIZE);
  const runs: Buffer[] = [];
  const reading = openHeld(fd, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    for (;;) {
      const length = readEntries(reading, buffer);
      if (length === 0) break;
      runs.push(Buffer.from(buffer.subarray(0, length)));
    }
  } finally {
    closeSync(reading);
  }
  return entriesOf(runs);
}

function* entriesOf(runs: readonly Buffer[]): Generator<HostEntry, void, undefined> {
  for (const run of runs) {
    const view = new DataView(run.buffer, run.byteOffset, run.length);
    for (let at = 0; at < run.length; ) {
      const length = view.getUint16(at + LENGTH_AT, IS_LITTLE_ENDIAN);
      const start = at + NAME_AT;
      const end = endOfName(run, start);
      if (!isDots(run, start, end)) {
        yield {
          name: nameOf(run, start, end),
          ino: view.getBigUint64(at + INO_AT, IS_LITTLE_ENDIAN),
          kind: view.getUint8(at + KIND_AT),
        };
      }
      at += length;
    }
  }
}

function endOfName(bytes: Buffer, at: number): number {
  let end = at;
  while (end < bytes.length && bytes[end] !== 0) end++;
  return end;
}

const DOT = 0x2e;

function isDots(bytes: Buffer, start: number, end: number): boolean {
  if (bytes[start] !== DOT) return false;
  return end === start + 1 || (end === start + 2 && bytes[start + 1] === DOT);
}

/** Characters that are a byte on the host, and themselves on Windows: most names have no others. */
const IS_PLAIN = Uint8Array.from({ length: 256 }, (_each, code) => {
  return code > 0x1f && code < 0x80 && !'"*:<>?|\\'.includes(String.fromCharCode(code)) ? 1 : 0;
});

function nameOf(bytes: Buffer, start: number, end: number): string {
  for (let i = start; i < end; i++) {
    if (IS_PLAIN[bytes[i] ?? 0] === 0) return windowsNameOfHost(bytes.subarray(start, end));
  }
  return bytes.toString("latin1", start, end);
}
