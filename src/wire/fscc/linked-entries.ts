/**
 * Lists whose entries each say where the next begins: directories, streams, changes, extended
 * attributes. [MS-FSCC] 2.4, NextEntryOffset
 *
 * @packageDocumentation
 */

/** Makes the entry at `previousAt` lead to the one at `at`. NextEntryOffset is its first field. */
export function linkEntry(bytes: DataView, previousAt: number, at: number): void {
  bytes.setUint32(previousAt, at - previousAt, true);
}

/** Clears what lies between an entry's end and the place of the next, so that nothing old leaks. */
export function clearGap(bytes: DataView, end: number, nextAt: number): void {
  const until = Math.min(nextAt, bytes.byteLength);
  for (let i = end; i < until; i++) bytes.setUint8(i, 0);
}
