import type { ContentSource } from "./content.js";
import type { Directory } from "./directory.js";
import type { Tree } from "./tree.js";
import type { TreeFile } from "./tree-file.js";
import type { TreeLazy } from "./tree-lazy.js";
import type { TreeLink } from "./tree-link.js";

/** What can be in a directory; content, and functions that give content, are files. */
export type TreeEntry = Tree | TreeFile | TreeLink | TreeLazy | ContentSource;

/** What can be opened. */
export type Node = Directory | TreeFile | TreeLink;

/** An entry as a directory keeps it. */
export type StoredEntry = Node | TreeLazy;
