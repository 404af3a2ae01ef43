import {
  deviceNumberOf,
  NtError,
  NtStatus,
  posixNameOf,
  ReparseTag,
  readReparsePoint,
  readSpecialFile,
  readSymbolicLink,
  specialFileOf,
  windowsNameOf,
  writeSpecialFile,
  writeSymbolicLink,
} from "../../nt/index.js";
import type { FuseStat } from "./fuse-operations.js";

/** A symbolic link as reparse data: `/` becomes `\`, and what begins with it leads to the root of the volume. WinFsp 4.8 */
export function linkData(target: string): Uint8Array {
  const name = target.split("/").map(windowsNameOf).join("\\");
  return writeSymbolicLink({
    substituteName: name,
    printName: name,
    isRelative: true,
  });
}

/** A pipe, socket or device as reparse data. */
export function specialData({ mode, rdev = 0 }: FuseStat): Uint8Array {
  return writeSpecialFile(specialFileOf(Number(mode), Number(rdev)));
}

/** What is to be made of reparse data. */
export type WantedNode =
  | { readonly kind: "link"; readonly target: string }
  | { readonly kind: "special"; readonly type: number; readonly rdev: number };

/**
 * What reparse data stands for.
 *
 * @throws NtError IO_REPARSE_TAG_NOT_HANDLED for what POSIX has no word for; ACCESS_DENIED for a link that leads out of
 *   the volume
 */
export function wantedNode(data: Uint8Array): WantedNode {
  const point = readReparsePoint(data);
  if (typeof point === "number") throw new NtError(point);
  if (point.tag === ReparseTag.SYMLINK) return wantedLink(data);
  const special = readSpecialFile(data);
  if (special === undefined) throw new NtError(NtStatus.IO_REPARSE_TAG_NOT_HANDLED);
  return { kind: "special", type: special.type, rdev: deviceNumberOf(special) };
}

/** What leads to another volume or server: `\??\C:\...`, `\\server\share\...`, `C:\...`. */
const ELSEWHERE = /^(?:\\(?:\?\?)?\\|[A-Za-z]:)/;

function wantedLink(data: Uint8Array): WantedNode {
  const link = readSymbolicLink(data);
  if (link === undefined) throw new NtError(NtStatus.IO_REPARSE_DATA_INVALID);
  const { substituteName } = link;
  if (ELSEWHERE.test(substituteName)) throw new NtError(NtStatus.ACCESS_DENIED);
  return { kind: "link", target: substituteName.split(/[\\/]/).map(posixNameOf).join("/") };
}
