/**
 * The list of changes that answers a CHANGE_NOTIFY. [MS-FSCC] 2.7.1
 *
 * @packageDocumentation
 */
import { align, struct, u32, writeUtf16 } from "../../bytes/index.js";
import { clearGap } from "./linked-entries.js";

/** [MS-FSCC] 2.7.1, Action */
export const FileAction = {
  ADDED: 1,
  REMOVED: 2,
  MODIFIED: 3,
  RENAMED_OLD_NAME: 4,
  RENAMED_NEW_NAME: 5,
  ADDED_STREAM: 6,
  REMOVED_STREAM: 7,
  MODIFIED_STREAM: 8,
} as const;
export type FileAction = (typeof FileAction)[keyof typeof FileAction];

/** Every entry but the first begins at a multiple of it, in bytes from the first. */
export const NOTIFY_ENTRY_ALIGNMENT = 4;

/** [MS-FSCC] 2.7.1. The name, from the watched directory on, follows. */
export const FileNotifyInformation = struct("FILE_NOTIFY_INFORMATION", 12, {
  nextEntryOffset: u32,
  action: u32,
  fileNameLength: u32,
});

/**
 * Writes one change, not yet linked to from the one before it: see `linkEntry`.
 *
 * @param at - where it begins: a multiple of {@link NOTIFY_ENTRY_ALIGNMENT} from the first entry
 * @returns its length in bytes, or 0 where it does not fit in, and nothing was written
 */
export function writeNotifyEntry(
  bytes: DataView,
  at: number,
  { action, name }: { readonly action: FileAction; readonly name: string },
): number {
  const size = FileNotifyInformation.size + 2 * name.length;
  if (at + size > bytes.byteLength) return 0;
  const entry = FileNotifyInformation.blank(bytes, at);
  entry.action = action;
  entry.fileNameLength = 2 * name.length;
  writeUtf16(bytes, at + FileNotifyInformation.size, name);
  clearGap(bytes, at + size, at + align(size, NOTIFY_ENTRY_ALIGNMENT));
  return size;
}
