/**
 * Making files and directories by a directory's `create`.
 *
 * @packageDocumentation
 */
import type { Awaitable, CreateParams } from "../../fs/index.js";
import { foldName, joinPath, NtStatus } from "../../nt/index.js";
import { contextOf } from "./context.js";
import { Directory } from "./directory.js";
import type { EntryRecords } from "./entry-records.js";
import { madeFileId } from "./file-id.js";
import { after, orUndo, settle } from "./later.js";
import { refuse } from "./refusal.js";
import { childOf, type Place, placeOf, type Visit } from "./walk.js";

/** Has directories make names: each once at a time. */
export class EntryMaker {
  readonly #records: EntryRecords;
  /** Folded paths that a `create` is making. */
  readonly #making = new Set<string>();
  /** Entries that callbacks have made. */
  #madeCount = 0;

  constructor(records: EntryRecords) {
    this.#records = records;
  }

  /** Has the directory make a name. */
  make(
    directory: Directory,
    about: { name: string; params: CreateParams; look: Visit & { readonly path: string } },
  ): Awaitable<Place> {
    const { name, params, look } = about;
    const { create } = directory.options;
    if (create === undefined) return refuse(NtStatus.ACCESS_DENIED);
    const path = joinPath(look.path, name);
    const key = foldName(path);
    if (this.#making.has(key)) return refuse(NtStatus.OBJECT_NAME_COLLISION);
    this.#making.add(key);
    const { isDirectory } = params;
    const making = { ...contextOf(look.caller, path), isDirectory };
    const done = () => {
      this.#making.delete(key);
    };
    const made = orUndo(
      () =>
        after(settle(create(name, making)), (entry) => {
          done();
          this.#records.memories.paths.forget(path);
          if (entry !== undefined) {
            const fileId = madeFileId(++this.#madeCount);
            return placeOf(directory, directory.add(name, entry, fileId), look);
          }
          directory.forgetNames();
          return childOf(directory, name, look);
        }),
      done,
    );
    return after(made, (place) => {
      if (place === undefined) {
        throw new Error(`${making.path}: create has returned no entry, and none is listed`);
      }
      if (place.node instanceof Directory === isDirectory) return place;
      throw new Error(`${making.path}: create has made a ${isDirectory ? "file" : "directory"}`);
    });
  }
}
