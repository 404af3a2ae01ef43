import { chain, delegate } from "../delegation/index.js";
import type { FileSystem } from "../fs/index.js";

/** A file system, and how many opens of it are not closed. */
export interface Balanced {
  readonly fileSystem: FileSystem;
  readonly state: { readonly opens: number };
}

/** Counts the opens of a file system that are not closed. */
export function balanced(fileSystem: FileSystem): Balanced {
  const state = { opens: 0 };
  const count = (by: number) => (answer: unknown) => {
    state.opens += by;
    return answer;
  };
  const tapped = delegate(fileSystem, (operation, method) => {
    if (operation === "close") return (...args) => chain(method(...args), count(-1));
    const isOpening =
      operation === "open" || operation === "create" || operation === "openByFileId";
    return isOpening ? (...args) => chain(method(...args), count(1)) : method;
  });
  return { fileSystem: tapped, state };
}
