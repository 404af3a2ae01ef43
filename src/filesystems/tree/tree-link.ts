import { splitPath, writeSymbolicLink } from "../../nt/index.js";
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
 * A symbolic link. Clients follow it themselves, or the server does where it is told to (`followsSymlinks`).
 *
 * @param target - `/` or `\` between names; from the directory that the link is in, or from the root of
 *   the tree where it begins with `/`
 */
export function link(target: string, options: LinkOptions = {}): TreeLink {
  return new TreeLink(target, options);
}

/**
 * What a client is told of a link. [MS-FSCC] 2.1.2.4
 *
 * @param path - of the link, from the root of the volume, `\` between names
 */
export function reparseDataOf({ target }: TreeLink, path: string): Uint8Array {
  const name = relativeTarget(target, path);
  return writeSymbolicLink({ substituteName: name, printName: name, isRelative: true });
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
