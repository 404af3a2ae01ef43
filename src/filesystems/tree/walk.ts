/**
 * From paths to what they lead to.
 *
 * @packageDocumentation
 */
import type { Awaitable, Caller } from "../../fs/index.js";
import { joinPath, NtStatus, splitPath } from "../../nt/index.js";
import { type Child, Directory, storedEntry } from "./directory.js";
import type { Node, StoredEntry } from "./entry.js";
import { after } from "./later.js";
import { MAX_LAZY_STEPS } from "./limits.js";
import { refuse } from "./refusal.js";
import { TreeLazy } from "./tree-lazy.js";
import { TreeLink } from "./tree-link.js";

/** Where a path has led to. */
export interface Place {
  readonly node: Node;
  /** With the names as they are stored. */
  readonly path: string;
  /** The directory that it is in; undefined for the root. */
  readonly directory: Directory | undefined;
  /** Empty for the root. */
  readonly name: string;
  /** The entry's own; undefined where its path gives it one. */
  readonly fileId: bigint | undefined;
}

/** A link in the middle of a path: how many names from the root lead to it, itself included. */
export interface Stop {
  readonly reparseAt: number;
}

/** Who goes, and when. */
export interface Visit {
  readonly caller: Caller;
  readonly nowMs: number;
}

/**
 * Goes along a path. The last name is not followed.
 *
 * @throws NtError OBJECT_NAME_NOT_FOUND where the last name is missing, OBJECT_PATH_NOT_FOUND where one
 *   before it is, or is no directory
 */
export function walk(root: Directory, path: string, visit: Visit): Awaitable<Place | Stop> {
  const place = { node: root, path: "\\", directory: undefined, name: "", fileId: undefined };
  return step(place, { names: splitPath(path), visit }, 0);
}

interface Route {
  readonly names: readonly string[];
  readonly visit: Visit;
}

function step(place: Place, route: Route, depth: number): Awaitable<Place | Stop> {
  const { names, visit } = route;
  const name = names[depth];
  if (name === undefined) return place;
  const { node, path } = place;
  if (node instanceof TreeLink) return { reparseAt: depth };
  if (!(node instanceof Directory)) return refuse(NtStatus.OBJECT_PATH_NOT_FOUND);
  return after(childOf(node, name, { ...visit, path }), (child) => {
    if (child !== undefined) return step(child, route, depth + 1);
    const isLast = depth === names.length - 1;
    return refuse(isLast ? NtStatus.OBJECT_NAME_NOT_FOUND : NtStatus.OBJECT_PATH_NOT_FOUND);
  });
}

/** One name of a directory, and what it stands for; undefined where there is none. */
export function childOf(
  directory: Directory,
  name: string,
  look: Visit & { readonly path: string },
): Awaitable<Place | undefined> {
  return after(directory.lookUp(name, look), (child) =>
    child === undefined ? undefined : placeOf(directory, child, look),
  );
}

/** A child with what its entry comes to. @param look - `path` is the directory's */
export function placeOf(
  directory: Directory,
  { name, entry, fileId }: Child,
  look: Visit & { readonly path: string },
): Awaitable<Place> {
  const path = joinPath(look.path, name);
  if (!(entry instanceof TreeLazy)) return { node: entry, path, directory, name, fileId };
  return after(nodeOf(entry, { ...look, path }, 0), (node) => {
    return { node, path, directory, name, fileId };
  });
}

function nodeOf(
  entry: StoredEntry,
  look: Visit & { readonly path: string },
  steps: number,
): Awaitable<Node> {
  if (!(entry instanceof TreeLazy)) return entry;
  if (steps >= MAX_LAZY_STEPS) {
    throw new Error(`${look.path}: more than ${MAX_LAZY_STEPS} lazy entries lead to one another`);
  }
  return after(entry.resolve(look.caller, look.path, look.nowMs), (value) =>
    nodeOf(storedEntry(value, look.path), look, steps + 1),
  );
}
