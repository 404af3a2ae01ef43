import type { Awaitable, DirectoryEntry, DirectoryName } from "../fs/index.js";
import type { Result } from "./result.js";

/** The next entry; undefined at the end. */
export type Found<Entry extends DirectoryName = DirectoryEntry> = Result<Entry | undefined>;

/** One way through a directory. */
export interface Walk<Entry extends DirectoryName = DirectoryEntry> {
  next(): Found<Entry> | Promise<Found<Entry>>;
  end(): Awaitable<void>;
}
