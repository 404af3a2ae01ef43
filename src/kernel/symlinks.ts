/**
 * Reparse points in the way of a create: symbolic links are followed, or told of. WinFsp 1.5, 3.15
 *
 * @packageDocumentation
 */
import type { Caller, SecurityByName } from "../fs/index.js";
import {
  FILE_ATTRIBUTE_REPARSE_POINT,
  FILE_OPEN_REPARSE_POINT,
  NtStatus,
  type ParsedName,
  parseName,
  ReparseTag,
  readReparsePoint,
  readSymbolicLink,
  type SymbolicLink,
} from "../nt/index.js";
import { MAX_SYMLINK_HOPS } from "./limits.js";
import { guard, ok, type Result, refused } from "./result.js";
import { type Steps, settled } from "./steps.js";
import type { Volume } from "./volume.js";

/** A symbolic link that the client must follow itself. [MS-SMB2] 2.2.2.2.1 */
export interface StoppedOnSymlink {
  readonly ok: false;
  /** STOPPED_ON_SYMLINK */
  readonly status: NtStatus;
  readonly symbolicLink: SymbolicLink;
  /** UTF-16 units at the end of the name that lie behind the link. */
  readonly unparsedUnits: number;
}

/** A name that goes through a reparse point, or ends at one that is not to be opened itself. */
export interface OnReparsePoint {
  readonly ok: false;
  readonly status: NtStatus;
  /** How many names from the root lead to it, itself included. */
  readonly reparseAt: number;
}

/** How many names lead to the reparse point in the way of a create; undefined where there is none. */
export function reparsePointInTheWay(
  { components }: ParsedName,
  createOptions: number,
  found: SecurityByName,
): number | undefined {
  if (found.reparseAt !== undefined) return found.reparseAt;
  if ((found.fileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) === 0) return undefined;
  return (createOptions & FILE_OPEN_REPARSE_POINT) === 0 ? components.length : undefined;
}

/** The outcome of a create that must go on elsewhere. */
export function onReparsePoint(reparseAt: number): OnReparsePoint {
  return { ok: false, status: NtStatus.REPARSE, reparseAt };
}

/** A create on its way, and the reparse point that it has come to. */
export interface Passage {
  readonly volume: Volume;
  readonly name: ParsedName;
  readonly caller: Caller;
  /** As in {@link OnReparsePoint}. */
  readonly reparseAt: number;
  /** Links that were followed before this one. */
  readonly hops: number;
  readonly followsSymlinks: boolean;
}

/**
 * Where a create goes on that has come to a reparse point: the name that it stands for, where the volume
 * follows symbolic links itself and this one leads to somewhere in it; else that it stops here.
 *
 * @returns REPARSE_POINT_NOT_RESOLVED after too many links; IO_REPARSE_TAG_NOT_HANDLED for what is no
 *   symbolic link
 */
export function* passReparsePoint(passage: Passage): Steps<Result<ParsedName> | StoppedOnSymlink> {
  const { volume, name, caller, reparseAt, hops, followsSymlinks } = passage;
  if (hops >= MAX_SYMLINK_HOPS) return refused(NtStatus.REPARSE_POINT_NOT_RESOLVED);
  const { fileSystem } = volume;
  const path = `\\${name.components.slice(0, reparseAt).join("\\")}`;
  const data = yield* settled(guard(() => fileSystem.getReparsePointByName?.(path, caller)));
  if (!data.ok) return data;
  if (data.value === undefined) return ok(name); // it is none any more: look again
  const point = readReparsePoint(data.value);
  if (typeof point === "number") return refused(point);
  if (point.tag !== ReparseTag.SYMLINK) return refused(NtStatus.IO_REPARSE_TAG_NOT_HANDLED);
  const link = readSymbolicLink(data.value);
  if (link === undefined) return refused(NtStatus.IO_REPARSE_DATA_INVALID);
  const rest = restOf(name, reparseAt);
  const target = followsSymlinks ? targetOf(link, name.components, reparseAt) : undefined;
  if (target === undefined) {
    const status = NtStatus.STOPPED_ON_SYMLINK;
    return { ok: false, status, symbolicLink: link, unparsedUnits: rest.length };
  }
  const parsed = parseName(target + rest, volume.params.maxComponentUnits);
  return typeof parsed === "number" ? refused(parsed) : ok(parsed);
}

/** What of a name lies behind its first names. */
function restOf({ components, stream, wantsDirectory }: ParsedName, count: number): string {
  const names = components.slice(count).map((component) => `\\${component}`);
  const streamPart = stream === undefined ? "" : `:${stream}`;
  return names.join("") + streamPart + (wantsDirectory ? "\\" : "");
}

/** The path that a link stands for; undefined where it leads out of the volume. */
function targetOf(
  { substituteName, isRelative }: SymbolicLink,
  components: readonly string[],
  reparseAt: number,
): string | undefined {
  const isAbsolute = /^[\\/]/.test(substituteName);
  if (isAbsolute && ELSEWHERE.test(substituteName)) return undefined;
  if (!isAbsolute && !isRelative) return undefined;
  const path = isAbsolute ? [] : components.slice(0, reparseAt - 1);
  for (const part of substituteName.split(/[\\/]/)) {
    if (part === "" || part === ".") continue;
    if (part !== "..") path.push(part);
    else if (path.pop() === undefined) return undefined;
  }
  return `\\${path.join("\\")}`;
}

/** What leads to another volume or server: `\??\C:\...`, `\\server\share\...`. */
const ELSEWHERE = /^[\\/](?:\?\?)?[\\/]/;
