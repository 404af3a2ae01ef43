import type { Awaitable, DirectoryEntry } from "../fs/index.js";
import type { Result } from "./result.js";

/** The next entry; undefined at the end. */
export type Found = Result<DirectoryEntry | undefined>;

/** One way through a directory. */
export interface Walk {
  next(): Found | Promise<Found>;
  end(): Awaitable<void>;
}
