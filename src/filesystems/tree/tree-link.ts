import { splitPath } from "../../nt/index.js";
import { checkTimes, type EntryOptions } from "./entry-options.js";
import { MAX_LINK_TARGET_UNITS } from "./limits.js";

/** How a link is to be. */
export interface LinkOptions extends EntryOptions {
  /** The target is a directory; false unless told. Windows wants to know it. */
  readonly isDirectory?: boolean | undefined;
}

/** A symbolic link of a tree; made by {@link link}. */
export class TreeLink {
  readonly target: string;
  /** @internal */
  readonly options: LinkOptions;

  /** Made by {@link link}. */
  constructor(target: string, options: LinkOptions) {
    checkTimes(options);
    if (target === "" || target.length > MAX_LINK_TARGET_UNITS) {
      throw new Error(`a link has a target of 1 to ${MAX_LINK_TARGET_UNITS} characters`);
    }
    this.target = target;
    this.options = options;
  }
}

/**
 * A symbolic link, which clients follow themselves.
 *
 * @param target - `/` or `\` between names; from the directory that the link is in, or from the root of
 *   the tree where it begins with `/`
 */
export function link(target: string, options: LinkOptions = {}): TreeLink {
  return new TreeLink(target, options);
}

/** [MS-FSCC] 2.1.2.1 */
export const IO_REPARSE_TAG_SYMLINK = 0xa000_000c;

/** [MS-FSCC] 2.1.2.4: the target is seen from the directory of the link. */
const SYMLINK_FLAG_RELATIVE = 1;

/** Before PathBuffer, and how much of it ReparseDataLength does not count, in bytes. [MS-FSCC] 2.1.2.4 */
const HEADER_SIZE = 20;
const UNCOUNTED_SIZE = 8;

/**
 * The Symbolic Link Reparse Data Buffer. [MS-FSCC] 2.1.2.4
 *
 * @param path - of the link, from the root of the volume, `\` between names
 */
export function reparseDataOf({ target }: TreeLink, path: string): Uint8Array {
  const name = Buffer.from(relativeTarget(target, path), "utf16le");
  const data = Buffer.alloc(HEADER_SIZE + 2 * name.length);
  let at = data.writeUInt32LE(IO_REPARSE_TAG_SYMLINK); // ReparseTag
  at = data.writeUInt16LE(data.length - UNCOUNTED_SIZE, at); // ReparseDataLength
  at = data.writeUInt16LE(0, at); // Reserved
  at = data.writeUInt16LE(0, at); // SubstituteNameOffset
  at = data.writeUInt16LE(name.length, at); // SubstituteNameLength
  at = data.writeUInt16LE(name.length, at); // PrintNameOffset
  at = data.writeUInt16LE(name.length, at); // PrintNameLength
  at = data.writeUInt32LE(SYMLINK_FLAG_RELATIVE, at); // Flags
  at += name.copy(data, at);
  name.copy(data, at);
  return data;
}

/** Clients know nothing of the root of a tree, so it is told as so many steps up. */
function relativeTarget(target: string, path: string): string {
  const names = target.replaceAll("/", "\\");
  if (!names.startsWith("\\")) return names;
  const stepsUp = splitPath(path)
    .slice(1)
    .map(() => "..");
  return [...stepsUp, ...names.split("\\").filter((name) => name !== "")].join("\\") || ".";
}
