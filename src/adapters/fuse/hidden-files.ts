import type { Caller } from "../../fs/index.js";
import type { FuseCalls } from "./fuse-calls.js";

/** How libfuse calls files whose name is gone while they are open. */
const PREFIX = "/.fuse_hidden";

/** Files whose names are gone while they are open: each has another in the root until it is closed, which nobody sees. */
export class HiddenFiles {
  readonly #calls: FuseCalls;
  readonly #paths = new Set<string>();
  readonly #series = Math.floor(Math.random() * 2 ** 32)
    .toString(16)
    .padStart(8, "0");
  #count = 0;

  constructor(calls: FuseCalls) {
    this.#calls = calls;
  }

  /** A path in the root that nothing has. */
  newPath(): string {
    this.#count++;
    return `${PREFIX}${this.#series}${this.#count.toString(16).padStart(8, "0")}`;
  }

  has(path: string): boolean {
    return this.#paths.size > 0 && this.#paths.has(path);
  }

  /** Takes the name from a file. @returns the path that it has instead */
  async hide(path: string, caller: Caller): Promise<string> {
    const hidden = this.newPath();
    this.#paths.add(hidden);
    try {
      await this.#calls.rename(path, hidden, caller);
    } catch (error) {
      this.#paths.delete(hidden);
      throw error;
    }
    return hidden;
  }

  /** Gives a file its name back. */
  async restore(hidden: string, path: string, caller: Caller): Promise<void> {
    await this.#calls.rename(hidden, path, caller);
    this.#paths.delete(hidden);
  }

  /** Removes a file that nobody has open any more. */
  async remove(hidden: string, caller: Caller): Promise<void> {
    await this.#calls.unlink(hidden, caller);
    this.#paths.delete(hidden);
  }

  /** The same of a directory, which has to be empty. */
  async removeDirectory(hidden: string, caller: Caller): Promise<void> {
    await this.#calls.rmdir(hidden, caller);
    this.#paths.delete(hidden);
  }
}
