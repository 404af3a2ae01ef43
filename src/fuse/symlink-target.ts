/**
 * Where symbolic links lead, for programs and on the volume. WinFsp 4.8
 *
 * @packageDocumentation
 */
import { posixNameOf, type SymbolicLink, windowsNameOf } from "../nt/index.js";

/**
 * A path of a POSIX link, as the volume keeps it: character by character, so that it comes back as it was. An absolute one
 * leads, for clients of SMB, from the root of the volume.
 */
export function linkToStore(target: string): SymbolicLink {
  const substituteName = target.split("/").map(windowsNameOf).join("\\");
  return { substituteName, printName: substituteName, isRelative: true };
}

/** What starts a path that leads to a drive or another server, `\??\C:\dir`. */
const OBJECT_MANAGER_PREFIX = /^\\\?\?\\/;

/** The path of a link, as programs read it. What Windows made for another volume is shown as people are shown it. */
export function targetToShow({ substituteName, printName }: SymbolicLink): string {
  const isElsewhere = OBJECT_MANAGER_PREFIX.test(substituteName);
  const path = isElsewhere && printName !== "" ? printName : substituteName;
  return path.split("\\").map(posixNameOf).join("/");
}
