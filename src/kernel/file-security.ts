/**
 * The security descriptor of an open file, and what it comes to. [MS-FSA] 2.1.5.13, 2.1.5.16
 *
 * @packageDocumentation
 */
import type { Caller } from "../fs/index.js";
import {
  FILE_ALL_ACCESS,
  FILE_NOTIFY_CHANGE_SECURITY,
  mergeSecurity,
  NtStatus,
  OWNER_SECURITY_INFORMATION,
  type SecurityDescriptor,
  selectSecurity,
  tryReadSecurityDescriptor,
  writeSecurityDescriptor,
} from "../nt/index.js";
import { mayMakeOwner } from "./access-check.js";
import { CHANGING_ACCESS } from "./changing-access.js";
import type { Open } from "./open.js";
import { guard, ok, type Result, refused } from "./result.js";
import { rightsToQuery, rightsToSet } from "./security-rights.js";

/** The parts of the security descriptor that are asked for, self-relative. */
export async function getSecurity(
  open: Open,
  securityInformation: number,
): Promise<Result<Uint8Array>> {
  const needed = rightsToQuery(securityInformation);
  if ((open.grantedAccess & needed) !== needed) return refused(NtStatus.ACCESS_DENIED);
  if (open.volume.fileSystem.getSecurity === undefined) return refused(NtStatus.NOT_SUPPORTED);
  const whole = await storedDescriptor(open);
  if (!whole.ok) return whole;
  return guard(() => writeSecurityDescriptor(selectSecurity(whole.value, securityInformation)));
}

/**
 * Replaces the parts of the security descriptor that are named; the others stay.
 *
 * @returns MEDIA_WRITE_PROTECTED where the volume, or the way to it, is read-only: the right to replace a SACL is of a
 *   privilege, and is not withheld with the rights that descriptors give
 */
export async function setSecurity(
  open: Open,
  securityInformation: number,
  modification: Uint8Array,
  caller: Caller,
): Promise<Result<void>> {
  const { volume } = open;
  const { fileSystem } = volume;
  const needed = rightsToSet(securityInformation);
  if ((open.grantedAccess & needed) !== needed) return refused(NtStatus.ACCESS_DENIED);
  if (volume.params.isReadOnly || (open.view.withheldAccess & CHANGING_ACCESS) !== 0) {
    return refused(NtStatus.MEDIA_WRITE_PROTECTED);
  }
  if (fileSystem.getSecurity === undefined || fileSystem.setSecurity === undefined) {
    return refused(NtStatus.NOT_SUPPORTED);
  }
  const wanted = tryReadSecurityDescriptor(modification);
  if (wanted === undefined) return refused(NtStatus.INVALID_SECURITY_DESCR);
  const isOwnerSet = (securityInformation & OWNER_SECURITY_INFORMATION) !== 0;
  if (isOwnerSet && (wanted.owner === undefined || !mayMakeOwner(caller, wanted.owner))) {
    return refused(NtStatus.INVALID_OWNER);
  }
  const old = await storedDescriptor(open);
  if (!old.ok) return old;
  const set = await guard(() => {
    const merged = writeSecurityDescriptor(mergeSecurity(old.value, wanted, securityInformation));
    return fileSystem.setSecurity?.(open.file, merged, caller);
  });
  if (set.ok) {
    volume.notifyHub.modified(open.link, FILE_NOTIFY_CHANGE_SECURITY, open.directoryLeaseId);
  }
  return set;
}

async function storedDescriptor(open: Open): Promise<Result<SecurityDescriptor>> {
  const { fileSystem } = open.volume;
  const stored = await guard(
    () => fileSystem.getSecurity?.(open.file, open.caller) ?? new Uint8Array(),
  );
  if (!stored.ok) return stored;
  const whole = tryReadSecurityDescriptor(stored.value);
  return whole === undefined ? refused(NtStatus.INVALID_SECURITY_DESCR) : ok(whole);
}

/** All rights that the caller could have had on the file. [MS-FSA] 2.1.4.14 */
export async function getMaximumAccess(open: Open): Promise<Result<number>> {
  const { volume, caller, view } = open;
  const { fileSystem } = volume;
  const descriptor = await guard(() => fileSystem.getSecurity?.(open.file, caller));
  if (!descriptor.ok) return descriptor;
  const maximum = volume.maximumAccess(descriptor.value, caller);
  return ok(maximum & FILE_ALL_ACCESS & ~view.withheldAccess);
}
