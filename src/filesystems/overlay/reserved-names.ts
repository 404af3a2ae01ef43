/**
 * Names in the upper layer that no client sees, nor may use. The prefix is that of AUFS and of OCI images.
 *
 * - `.wh.NAME`: what the lower layers have by the name `NAME` is hidden, for good. What the upper layer has
 *   by that name shows all the same; if it is a directory, nothing of the lower layers is merged with it.
 * - `.wh..wh.h` and 64 digits: the same of a name that is too long for a prefix, by its SHA-256.
 * - `.wh..wh.t` and anything: a copy that is being made.
 *
 * @packageDocumentation
 */
import { createHash } from "node:crypto";
import {
  foldName,
  joinPath,
  lastName,
  parentPath,
  splitPath,
  splitStreamPath,
} from "../../nt/index.js";

const PREFIX = ".wh.";
const HASHED_PREFIX = ".wh..wh.h";
const TEMPORARY_PREFIX = ".wh..wh.t";
const FOLDED_PREFIX = foldName(PREFIX);

/** Whether a name is none that clients have. */
export function isReserved(name: string): boolean {
  return name.startsWith(".") && foldName(name.slice(0, PREFIX.length)) === FOLDED_PREFIX;
}

/** Whether a name on a path is reserved. */
export function hasReserved(path: string): boolean {
  return path.includes("\\.") && splitPath(splitStreamPath(path).filePath).some(isReserved);
}

/**
 * The name that hides another.
 *
 * @param maxUnits - the longest name that the upper layer takes
 */
export function whiteoutName(name: string, maxUnits: number): string {
  if (PREFIX.length + name.length <= maxUnits) return PREFIX + name;
  const hash = createHash("sha256").update(foldName(name), "utf16le").digest("hex");
  return HASHED_PREFIX + hash;
}

/** The path of what hides a path. */
export function whiteoutPath(path: string, maxUnits: number): string {
  return joinPath(parentPath(path), whiteoutName(lastName(path), maxUnits));
}

/** The path of a copy that is being made, in the directory where it will be. */
export function temporaryPath(path: string, unique: string): string {
  return joinPath(parentPath(path), TEMPORARY_PREFIX + unique);
}
