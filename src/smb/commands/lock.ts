import type { Read } from "../../bytes/index.js";
import type { Open, RangeLock } from "../../kernel/index.js";
import { NtStatus } from "../../nt/index.js";
import {
  Dialect,
  type LockElement,
  type LockRequest,
  LockResponse,
  readLocks,
  SMB2_GLOBAL_CAP_MULTI_CHANNEL,
  SMB2_LOCKFLAG_EXCLUSIVE_LOCK,
  SMB2_LOCKFLAG_FAIL_IMMEDIATELY,
  SMB2_LOCKFLAG_SHARED_LOCK,
  SMB2_LOCKFLAG_UNLOCK,
} from "../../wire/smb2/index.js";
import type { Call, Outcome } from "../call.js";
import type { Connection } from "../connection.js";
import { OpenPipe } from "../smb-open.js";

type Element = Read<typeof LockElement>;

/** [MS-SMB2] 3.3.5.14 */
export function lock(call: Call, request: Read<typeof LockRequest>): Outcome {
  const { lockSequence } = request;
  const open = call.findOpen(request.persistentFileId, request.volatileFileId);
  if (open === undefined) return NtStatus.FILE_CLOSED;
  const { target } = open;
  const elements = readLocks(request);
  const [first] = elements;
  if (first === undefined) return NtStatus.INVALID_PARAMETER;
  if (target instanceof OpenPipe) return NtStatus.INVALID_DEVICE_REQUEST;
  const isVerified = hasLockSequences(call.connection);
  if (isVerified && open.lockSequences.isReplay(lockSequence)) return respond(call);

  const finish = (status: NtStatus): NtStatus => {
    if (status !== NtStatus.SUCCESS) return status;
    if (isVerified) open.lockSequences.add(lockSequence);
    return respond(call);
  };
  const isUnlock = (first.flags & SMB2_LOCKFLAG_UNLOCK) !== 0;
  const outcome = isUnlock ? unlockAll(target, elements) : lockAll(call, target, elements);
  return outcome instanceof Promise ? outcome.then(finish) : finish(outcome);
}

function respond(call: Call): NtStatus {
  call.respond(LockResponse);
  return NtStatus.SUCCESS;
}

/**
 * Whether a client may repeat a LOCK that it has lost the answer to. Handles that outlive a connection
 * are not offered, so it is several connections alone that make it. [MS-SMB2] 3.3.5.14
 */
function hasLockSequences({ negotiated, dialect }: Connection): boolean {
  if (negotiated === undefined || dialect === undefined || dialect < Dialect.SMB_3_0) return false;
  return (negotiated.serverCapabilities & SMB2_GLOBAL_CAP_MULTI_CHANNEL) !== 0;
}

/** One after the other; what was unlocked before one that cannot be stays so. [MS-SMB2] 3.3.5.14.1 */
function unlockAll(file: Open, elements: readonly Element[]): NtStatus {
  for (const { offset, length, flags } of elements) {
    if (flags !== SMB2_LOCKFLAG_UNLOCK) return NtStatus.INVALID_PARAMETER;
    const status = file.unlock({ offset, length });
    if (status !== NtStatus.SUCCESS) return status;
  }
  return NtStatus.SUCCESS;
}

/** All, or none. Only who wants a single lock may wait for it. [MS-SMB2] 3.3.5.14.2 */
function lockAll(call: Call, file: Open, elements: readonly Element[]): Outcome {
  const locks: RangeLock[] = [];
  let mayWait = false;
  for (const { offset, length, flags } of elements) {
    const kind = flags & ~SMB2_LOCKFLAG_FAIL_IMMEDIATELY;
    const isExclusive = kind === SMB2_LOCKFLAG_EXCLUSIVE_LOCK;
    if (!isExclusive && kind !== SMB2_LOCKFLAG_SHARED_LOCK) return NtStatus.INVALID_PARAMETER;
    mayWait ||= (flags & SMB2_LOCKFLAG_FAIL_IMMEDIATELY) === 0;
    locks.push({ offset, length, isExclusive });
  }
  const [only, ...others] = locks;
  if (!mayWait || only === undefined) return file.lock(locks);
  if (others.length > 0) return NtStatus.INVALID_PARAMETER;
  if (!call.isLast) return lockAmidChain(file, only);
  return file.lockOrWait(only, (cancel) => {
    call.wait(cancel);
  });
}

/** What comes next in its message cannot wait for what may take for ever. [MS-SMB2] 3.3.5.2.7 */
function lockAmidChain(file: Open, lock: RangeLock): NtStatus {
  const status = file.lock([lock]);
  return status === NtStatus.LOCK_NOT_GRANTED ? NtStatus.INTERNAL_ERROR : status;
}
