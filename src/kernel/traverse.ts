import type { Caller } from "../fs/index.js";
import {
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_ATTRIBUTE_REPARSE_POINT,
  FILE_TRAVERSE,
  NtStatus,
  type ParsedName,
} from "../nt/index.js";
import { guard } from "./result.js";
import { type Steps, settled } from "./steps.js";
import type { Volume } from "./volume.js";

/**
 * Whether a caller may pass through every directory on the way to a name. For callers without the
 * privilege not to be asked, which all users have and anonymous callers do not. WinFsp 3.3, B
 *
 * @returns OBJECT_PATH_NOT_FOUND where something on the way is missing or no directory; ACCESS_DENIED
 *   where a directory does not let the caller through
 */
export function* checkTraverse({
  volume,
  name,
  caller,
}: {
  readonly volume: Volume;
  readonly name: ParsedName;
  readonly caller: Caller;
}): Steps<NtStatus> {
  const { fileSystem } = volume;
  if (fileSystem.getSecurityByName === undefined) return NtStatus.SUCCESS;
  for (let depth = 0; depth < name.components.length; depth++) {
    const path = `\\${name.components.slice(0, depth).join("\\")}`;
    const found = yield* settled(guard(() => fileSystem.getSecurityByName?.(path, caller)));
    if (!found.ok) return NtStatus.OBJECT_PATH_NOT_FOUND;
    if (found.value === undefined || found.value.reparseAt !== undefined) return NtStatus.SUCCESS;
    const { fileAttributes, securityDescriptor } = found.value;
    if ((fileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) !== 0) return NtStatus.SUCCESS; // no way through
    if ((fileAttributes & FILE_ATTRIBUTE_DIRECTORY) === 0) return NtStatus.OBJECT_PATH_NOT_FOUND;
    const maximum = volume.maximumAccess(securityDescriptor, caller);
    if ((maximum & FILE_TRAVERSE) === 0) return NtStatus.ACCESS_DENIED;
  }
  return NtStatus.SUCCESS;
}
