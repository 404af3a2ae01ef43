/**
 * Listing the entries of a directory of a tree.
 *
 * @packageDocumentation
 */
import type { Awaitable, DirectoryEntry, FileInfo } from "../../fs/index.js";
import type { Directory } from "./directory.js";
import type { Node } from "./entry.js";
import type { EntryRecords } from "./entry-records.js";
import { isToldAtOnce } from "./tree-info.js";
import type { TreeLazy } from "./tree-lazy.js";
import { type Place, placeOf, type Visit } from "./walk.js";

/** The entries of a directory; at once where none of them takes time. */
export function listEntries(
  records: EntryRecords,
  directory: Directory,
  look: Visit & { readonly path: string },
): Iterable<DirectoryEntry> | AsyncIterable<DirectoryEntry> {
  const children = directory.list(look);
  if (children instanceof Promise) return entriesLater(records, children, directory, look);
  const list = [...children];
  return list.every(({ entry }) => isToldAtOnce(entry))
    ? entriesAtOnce(records, list, directory, look)
    : entriesLater(records, list, directory, look);
}

function* entriesAtOnce(
  records: EntryRecords,
  children: readonly { readonly name: string; readonly entry: Node | TreeLazy }[],
  directory: Directory,
  look: Visit & { readonly path: string },
): Generator<DirectoryEntry> {
  for (const child of children) {
    const { name } = child;
    const place = placeOf(directory, child, look) as Place; // nothing lazy is told at once
    yield { name, info: records.infoOfPlace(place, look) as FileInfo }; // nor a size that takes time
  }
}

async function* entriesLater(
  records: EntryRecords,
  children: Awaitable<Iterable<{ readonly name: string; readonly entry: Node | TreeLazy }>>,
  directory: Directory,
  look: Visit & { readonly path: string },
): AsyncGenerator<DirectoryEntry> {
  for (const child of await children) {
    const place = await placeOf(directory, child, look);
    yield { name: child.name, info: await records.infoOfPlace(place, look) };
  }
}
