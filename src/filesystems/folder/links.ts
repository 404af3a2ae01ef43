/**
 * Symbolic links of the host as reparse points, and back. WinFsp 4.8
 *
 * @packageDocumentation
 */
import {
  posixNameOf,
  ReparseTag,
  readReparsePoint,
  readSymbolicLink,
  writeSymbolicLink,
} from "../../nt/index.js";
import { type HostPath, windowsNameOfHost } from "./host-names.js";

/** Before the name of a place that is on no volume of ours: the kernel does not go there. */
const ELSEWHERE = "\\??\\";

/** A symbolic link as reparse data. One that is absolute on the host is told as it is, and leads elsewhere. */
export function reparseDataOfLink(target: Buffer): Uint8Array {
  const names = target.toString("latin1").split("/");
  const shown = names.map((name) => windowsNameOfHost(Buffer.from(name, "latin1"))).join("\\");
  const isRelative = !shown.startsWith("\\");
  if (isRelative) return writeSymbolicLink({ substituteName: shown, printName: shown, isRelative });
  return writeSymbolicLink({ substituteName: ELSEWHERE + shown, printName: shown, isRelative });
}

/**
 * The target, on the host, of a link that a client sets; undefined where the host has none that would say
 * the same: then it is kept as it is.
 */
export function targetOfReparseData(data: Uint8Array): HostPath | undefined {
  const point = readReparsePoint(data);
  if (typeof point === "number" || point.tag !== ReparseTag.SYMLINK) return undefined;
  const link = readSymbolicLink(data);
  if (link === undefined) return undefined;
  const { substituteName, isRelative } = link;
  if (isRelative && !/^[\\/]/.test(substituteName)) return hostTarget(substituteName);
  if (!substituteName.startsWith(`${ELSEWHERE}\\`)) return undefined;
  return hostTarget(substituteName.slice(ELSEWHERE.length));
}

/** Names one by one, as each may have what stands for characters that Windows has no use for. */
function hostTarget(target: string): string | undefined {
  const names = target.split(/[\\/]/).map(posixNameOf);
  return names.some((name) => name.includes("/") || name.includes("\0"))
    ? undefined
    : names.join("/");
}
