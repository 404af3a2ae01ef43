export type { ByteRanges, Bytes, ContentSource, FileContent } from "./content.js";
export type { TreeContext, View } from "./context.js";
export type {
  DirectoryOptions,
  EntriesSource,
  Making,
  Renaming,
  TreeEntries,
  TreePair,
} from "./directory.js";
export type { TreeEntry } from "./entry.js";
export type { EntryOptions, Time } from "./entry-options.js";
export type { Later } from "./later.js";
export { dir, Tree, type TreeOptions, type TreeVolumeOptions } from "./tree.js";
export type { TreeChange } from "./tree-change.js";
export { type FileOptions, file, json, type Source, TreeFile } from "./tree-file.js";
export { type LazyOptions, lazy, TreeLazy } from "./tree-lazy.js";
export { type LinkOptions, link, TreeLink } from "./tree-link.js";
