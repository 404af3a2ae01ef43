/**
 * The list of a file's streams. [MS-FSCC] 2.4.43
 *
 * @packageDocumentation
 */
import { align, struct, u32, u64, writeUtf16 } from "../../bytes/index.js";
import { clearGap } from "./linked-entries.js";

/** One stream. */
export interface StreamEntryFields {
  /** Without `:` and type; empty for the unnamed stream. */
  readonly name: string;
  /** In bytes. */
  readonly streamSize: number;
  /** In bytes. */
  readonly allocationSize: number;
}

/** Every entry but the first begins at a multiple of it, in bytes from the first. */
export const STREAM_ENTRY_ALIGNMENT = 8;

/** [MS-FSCC] 2.4.43. The name follows. */
export const FileStreamInformation = struct("FileStreamInformation", 24, {
  nextEntryOffset: u32,
  streamNameLength: u32,
  streamSize: u64,
  streamAllocationSize: u64,
});

/**
 * Writes one entry, under its full name (`:name:$DATA`), not yet linked to: see `linkEntry`.
 *
 * @param at - where it begins: a multiple of {@link STREAM_ENTRY_ALIGNMENT} from the first entry
 * @returns its length in bytes, or 0 where it does not fit in, and nothing was written
 */
export function writeStreamEntry(bytes: DataView, at: number, stream: StreamEntryFields): number {
  const fullName = `:${stream.name}:$DATA`;
  const size = FileStreamInformation.size + 2 * fullName.length;
  if (at + size > bytes.byteLength) return 0;
  const entry = FileStreamInformation.blank(bytes, at);
  entry.streamNameLength = 2 * fullName.length;
  entry.streamSize = stream.streamSize;
  entry.streamAllocationSize = stream.allocationSize;
  writeUtf16(bytes, at + FileStreamInformation.size, fullName);
  clearGap(bytes, at + size, at + align(size, STREAM_ENTRY_ALIGNMENT));
  return size;
}
