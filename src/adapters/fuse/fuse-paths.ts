/**
 * Paths as FUSE has them, `/a/b`, and as the kernel has them, `\a\b`. WinFsp 4.8
 *
 * @packageDocumentation
 */
import { posixNameOf, splitPath, windowsNameOf } from "../../nt/index.js";

/** @param path - of the kernel */
export function fusePathOf(path: string): string {
  return `/${splitPath(path).map(posixNameOf).join("/")}`;
}

/** @param path - of FUSE */
export function kernelPathOf(path: string): string {
  const names = path.split("/").filter((name) => name !== "");
  return `\\${names.map(windowsNameOf).join("\\")}`;
}

/** A name in a directory. */
export function joinFusePath(directory: string, name: string): string {
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}

/** The directory that a path lies in; the root lies in itself. */
export function parentFusePath(path: string): string {
  const cut = path.lastIndexOf("/");
  return cut <= 0 ? "/" : path.slice(0, cut);
}

/** The last name; empty for the root. */
export function lastFuseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
