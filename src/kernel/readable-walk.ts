import type { Awaitable, DirectoryEntry, DirectoryName } from "../fs/index.js";
import { FILE_READ_ATTRIBUTES, FILE_READ_DATA, FILE_READ_EA, READ_CONTROL } from "../nt/index.js";
import type { Found, Walk } from "./directory-walk.js";
import type { Open } from "./open.js";
import { guard } from "./result.js";

/**
 * What a caller must be granted by an entry itself to see it: all of GENERIC_READ but SYNCHRONIZE.
 * [MS-SMB2] 3.3.5.18; smbtorture smb2.acls.ACCESSBASED
 */
const READABLE = FILE_READ_DATA | FILE_READ_EA | FILE_READ_ATTRIBUTES | READ_CONTROL;

/** Another walk, without the entries that the caller may not read. */
export class ReadableWalk<Entry extends DirectoryName = DirectoryEntry> implements Walk<Entry> {
  readonly #open: Open;
  readonly #walk: Walk<Entry>;

  constructor(open: Open, walk: Walk<Entry>) {
    this.#open = open;
    this.#walk = walk;
  }

  /** Where everything answers at once, so does this, however many entries are passed over. */
  next(): Found<Entry> | Promise<Found<Entry>> {
    for (;;) {
      const found = this.#walk.next();
      if (found instanceof Promise) return this.#later(found);
      if (!found.ok || found.value === undefined) return found;
      const isReadable = this.#isReadable(found.value);
      if (isReadable instanceof Promise) return this.#later(found, isReadable);
      if (isReadable) return found;
    }
  }

  end(): Awaitable<void> {
    return this.#walk.end();
  }

  async #later(
    first: Found<Entry> | Promise<Found<Entry>>,
    isFirstReadable?: Promise<boolean>,
  ): Promise<Found<Entry>> {
    let isReadable: Awaitable<boolean> | undefined = isFirstReadable;
    for (let next = first; ; next = this.#walk.next()) {
      const found = await next;
      if (!found.ok || found.value === undefined) return found;
      if (await (isReadable ?? this.#isReadable(found.value))) return found;
      isReadable = undefined;
    }
  }

  /** What went meanwhile, or cannot be looked at, is not there to be seen. */
  #isReadable({ name }: DirectoryName): Awaitable<boolean> {
    if (name === "." || name === "..") return true; // who lists a directory has it open
    const { volume, caller, path } = this.#open;
    const { fileSystem } = volume;
    if (fileSystem.getSecurityByName === undefined) return true;
    const entryPath = path === "\\" ? `\\${name}` : `${path}\\${name}`;
    const asked = guard(() => fileSystem.getSecurityByName?.(entryPath, caller));
    const judge = (found: Awaited<typeof asked>): boolean => {
      if (!found.ok) return false;
      const maximum = volume.maximumAccess(found.value?.securityDescriptor, caller);
      return (maximum & READABLE) === READABLE;
    };
    return asked instanceof Promise ? asked.then(judge) : judge(asked);
  }
}
