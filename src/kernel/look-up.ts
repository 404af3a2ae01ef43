/**
 * What a name stands for, before it is opened. WinFsp 3.3, C
 *
 * @packageDocumentation
 */
import type { Awaitable, Caller, SecurityByName } from "../fs/index.js";
import { NtStatus } from "../nt/index.js";
import { type Creation, pathOf } from "./creation.js";
import { guard, ok, type Result, refused } from "./result.js";
import { type Steps, settled } from "./steps.js";
import { type OnReparsePoint, onReparsePoint, reparsePointInTheWay } from "./symlinks.js";
import type { Volume } from "./volume.js";

/** What the name stands for. A file system without security is asked by opening, later. */
export function* lookUp(creation: Creation): Steps<Result<SecurityByName> | OnReparsePoint> {
  const { volume, request, name, caller } = creation;
  const { fileSystem } = volume;
  const found =
    fileSystem.getSecurityByName === undefined
      ? yield* probe(creation)
      : yield* settled(
          guard(() => fileSystem.getSecurityByName?.(pathOf(name), caller) ?? NO_SECURITY),
        );
  if (!found.ok) {
    const isStream = name.stream !== undefined && volume.capabilities.hasReparsePoints;
    return isStream ? yield* lookUpFileOfStream(creation, found.status) : found;
  }
  const reparseAt = reparsePointInTheWay(name, request.createOptions, found.value);
  return reparseAt === undefined ? found : onReparsePoint(reparseAt);
}

/** A stream that is missing may be where the file leads, that is a symbolic link. WinFsp 3.3 */
function* lookUpFileOfStream(
  { volume, request, name, caller }: Creation,
  status: NtStatus,
): Steps<Result<never> | OnReparsePoint> {
  const file = yield* settled(lookUpPath(volume, name.path, caller));
  if (!file.ok) return refused(status);
  const reparseAt = reparsePointInTheWay(name, request.createOptions, file.value);
  return reparseAt === undefined ? refused(status) : onReparsePoint(reparseAt);
}

/** What is known of a name where the file system keeps no security: nothing, and all may do all. */
export const NO_SECURITY: SecurityByName = { fileAttributes: 0 };

/** Whether the name is there, of a file system that can only open. */
function* probe({ volume, name, caller }: Creation): Steps<Result<SecurityByName>> {
  const { fileSystem } = volume;
  const params = { createOptions: 0, grantedAccess: 0 };
  const opened = yield* settled(guard(() => fileSystem.open(pathOf(name), params, caller)));
  if (!opened.ok) return opened;
  yield* settled(guard(() => fileSystem.close?.(opened.value.file)));
  return ok({ fileAttributes: opened.value.info.fileAttributes });
}

/** The same of another path, as it is. */
export function lookUpPath(
  volume: Volume,
  path: string,
  caller: Caller,
): Awaitable<Result<SecurityByName>> {
  const { fileSystem } = volume;
  return guard(() => fileSystem.getSecurityByName?.(path, caller) ?? NO_SECURITY);
}
