import type { Awaitable } from "../../fs/index.js";
import { NtStatus } from "../../nt/index.js";
import type { TreeContext } from "./context.js";
import { type Data, loadData, RangesData } from "./data.js";
import { EditedData } from "./edited-data.js";
import { after, settle } from "./later.js";
import { refuse } from "./refusal.js";
import type { TreeFile } from "./tree-file.js";

/** The content of a file that is open, for all who share it; changes gather here until they are taken. */
export class LiveFile {
  readonly file: TreeFile;
  openCount = 0;
  /** Changed, and not yet given to the file's `write`. */
  isDirty = false;
  /** What a client has set aside, in bytes: nothing is, but it is told so. */
  reservedSize = 0;
  #data: Data | undefined;
  #loading: Promise<Data> | undefined;

  /** @param data - where it is there already */
  constructor(file: TreeFile, data: Data | undefined) {
    this.file = file;
    this.#data = data;
  }

  /** What is there now; undefined while it is being made, and where nobody wanted it. */
  get data(): Data | undefined {
    return this.#data;
  }

  /** The content; made for the first who asks, and the others wait for the same. */
  load(context: TreeContext): Awaitable<Data> {
    if (this.#data !== undefined) return this.#data;
    if (this.#loading !== undefined) return this.#loading;
    const loading = loadData(this.file, context);
    if (!(loading instanceof Promise)) {
      this.#data = loading;
      return loading;
    }
    this.#loading = loading.then(
      (data) => {
        this.#loading = undefined;
        this.#data ??= data;
        return this.#data;
      },
      (error: unknown) => {
        this.#loading = undefined;
        throw error;
      },
    );
    return this.#loading;
  }

  /** @returns once the bytes are taken */
  write(data: Uint8Array, at: number | undefined, context: TreeContext): Awaitable<void> {
    return after(this.#changeable(context), (content) => {
      const offset = at ?? content.size;
      if (content instanceof RangesData) return content.write(data, offset, context);
      content.write(data, offset);
      this.isDirty = true;
    });
  }

  setSize(size: number, context: TreeContext): Awaitable<void> {
    return after(this.#changeable(context), (content) => {
      if (content.size === size) return;
      if (content instanceof RangesData) return content.setSize(size, context);
      content.setSize(size);
      this.isDirty = true;
    });
  }

  /** Empties it, whatever it held: an empty file, too, is then given to `write`. */
  empty(context: TreeContext): Awaitable<void> {
    const { data } = this;
    if (this.file.source.kind === "ranges") return this.setSize(0, context);
    this.#data = new EditedData(new Uint8Array());
    this.isDirty = true;
    return data?.end(context);
  }

  /**
   * Gives what was changed to the file.
   *
   * @returns whether there was anything
   * @throws what `write` throws: then it counts as changed still
   */
  commit(context: TreeContext): Awaitable<boolean> {
    const { data, file } = this;
    if (data instanceof RangesData) return after(data.flush(context), () => false);
    if (!this.isDirty || data === undefined) return false;
    this.isDirty = false; // what is written while the callback runs counts again
    const content = data.whole(context);
    return after(content, (bytes) => this.#give(file, bytes, context));
  }

  async #give(file: TreeFile, bytes: Uint8Array, context: TreeContext): Promise<boolean> {
    try {
      await settle(file.options.write?.(bytes, context));
    } catch (error) {
      this.isDirty = true;
      throw error;
    }
    if (file.source.kind === "bytes") file.source = { kind: "bytes", bytes };
    return true;
  }

  #changeable(context: TreeContext): Awaitable<EditedData | RangesData> {
    if (!this.file.isWritable) refuse(NtStatus.ACCESS_DENIED);
    return after(this.load(context), (data) => {
      if (data instanceof EditedData || data instanceof RangesData) return data;
      return after(data.whole(context), (content) => {
        if (this.#data instanceof EditedData) return this.#data; // somebody was faster
        const edited = new EditedData(content);
        this.#data = edited;
        return edited;
      });
    });
  }
}
