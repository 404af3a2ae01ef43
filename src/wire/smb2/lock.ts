/**
 * LOCK. [MS-SMB2] 2.2.26, 2.2.27
 *
 * @packageDocumentation
 */
import { constant, type Read, struct, u16, u32, u64Exact, WireError } from "../../bytes/index.js";
import { MAX_LOCKS } from "./limits.js";

/** [MS-SMB2] 2.2.26.1, Flags */
export const SMB2_LOCKFLAG_SHARED_LOCK = 0x0000_0001;
export const SMB2_LOCKFLAG_EXCLUSIVE_LOCK = 0x0000_0002;
export const SMB2_LOCKFLAG_UNLOCK = 0x0000_0004;
export const SMB2_LOCKFLAG_FAIL_IMMEDIATELY = 0x0000_0010;

/** [MS-SMB2] 2.2.26. The locks follow. */
export const LockRequest = struct("SMB2 LOCK Request", 24, {
  structureSize: constant(u16, 48), // one lock is counted in
  lockCount: u16,
  lockSequence: u32, // LockSequenceNumber, the low 4 bits, and LockSequenceIndex
  persistentFileId: u64Exact,
  volatileFileId: u64Exact,
});

/** [MS-SMB2] 2.2.26.1. Ranges are exact: programs lock up to the last of 2^64 bytes. */
export const LockElement = struct("SMB2 LOCK_ELEMENT", 24, {
  offset: u64Exact,
  length: u64Exact,
  flags: u32,
  reserved: u32,
});

/** [MS-SMB2] 2.2.27 */
export const LockResponse = struct("SMB2 LOCK Response", 4, {
  structureSize: constant(u16, 4),
  reserved: u16,
});

/**
 * The locks that follow a request.
 *
 * @throws WireError when there are too many, or they do not all lie inside of the message
 */
export function readLocks({
  bytes,
  at,
  lockCount,
}: Read<typeof LockRequest>): Read<typeof LockElement>[] {
  if (lockCount > MAX_LOCKS) throw new WireError(`SMB2 LOCK Request: ${lockCount} locks`);
  const first = at + LockRequest.size;
  return Array.from({ length: lockCount }, (_, i) =>
    LockElement.read(bytes, first + i * LockElement.size),
  );
}
