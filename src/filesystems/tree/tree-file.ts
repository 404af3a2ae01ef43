import {
  type ByteRanges,
  type ContentSource,
  type FileContent,
  gather,
  isByteRanges,
  isFileContent,
  isStream,
  openContent,
  toBytes,
} from "./content.js";
import type { TreeContext, View } from "./context.js";
import { checkTimes, type EntryOptions } from "./entry-options.js";
import type { Later } from "./later.js";
import { localFile } from "./local-file.js";

/** How a file is to be. */
export interface FileOptions extends EntryOptions {
  /**
   * The size of content that a function makes, in bytes, for listings and for opens that need not wait until
   * all is made. Fewer bytes are followed by zeros; more are an error. `"made"`: whoever wants to know the
   * size, listings too, has the content made.
   */
  readonly size?: number | "made" | ((context: TreeContext) => Later<number>) | undefined;
  /** How long made content serves later opens, in ms; 0 unless told: each open makes its own. */
  readonly cacheMs?: number | undefined;
  /** Who shares made content; `"session"` unless told. */
  readonly view?: View | undefined;
  /**
   * Gets the whole content when the last client that changed it closes the file, or has it flushed. What it
   * throws is the outcome: of a flush for the client; of a close the server's `error` event tells.
   */
  readonly write?: ((content: Uint8Array, context: TreeContext) => Later<void>) | undefined;
}

/** Where the bytes of a file come from. */
export type Source =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "ranges"; readonly ranges: ByteRanges }
  | { readonly kind: "made"; readonly make: (context: TreeContext) => Later<FileContent> };

/** A file of a tree; made by {@link file}. */
export class TreeFile {
  /** @internal */
  source: Source;
  /** @internal */
  readonly options: FileOptions;

  /** Made by {@link file}. */
  constructor(content: ContentSource, options: FileOptions) {
    checkTimes(options);
    this.source = sourceOf(content);
    this.options = options;
    if (options.write !== undefined && this.source.kind === "ranges") {
      throw new Error("byte ranges are written by their own write: leave the option write out");
    }
  }

  /** @internal */
  get isWritable(): boolean {
    const { source, options } = this;
    return (
      options.write !== undefined || (source.kind === "ranges" && source.ranges.write !== undefined)
    );
  }

  /**
   * What the program has written is the same for everybody.
   *
   * @internal
   */
  get view(): View {
    const { source, options } = this;
    if (options.view !== undefined) return options.view;
    const isSame =
      source.kind === "bytes" ||
      (source.kind === "ranges" && typeof source.ranges.size === "number");
    return isSame ? "everybody" : "session";
  }
}

/**
 * A file.
 *
 * @param content - text, bytes, a stream, a URL, `{ size, read }`, or a function that gives one of them,
 *   now or later; it is called when the file is opened
 */
export function file(content: ContentSource, options: FileOptions = {}): TreeFile {
  return new TreeFile(content, options);
}

/**
 * A file that holds a value as JSON.
 *
 * @param value - or a function that gives it, called when the file is opened
 */
export function json(value: unknown, options: FileOptions = {}): TreeFile {
  if (typeof value !== "function") return new TreeFile(jsonText(value), options);
  const give = value as (context: TreeContext) => Later<unknown>; // what a function gives is JSON, whatever it is
  return new TreeFile(async (context) => jsonText(await give(context)), options);
}

function jsonText(value: unknown): string {
  const text = JSON.stringify(value, undefined, 2) as string | undefined; // functions and undefined have none
  if (text === undefined) throw new Error(`${typeof value} cannot be written as JSON`);
  return `${text}\n`;
}

function sourceOf(content: ContentSource): Source {
  if (typeof content === "function") return { kind: "made", make: content };
  if (!isFileContent(content)) {
    throw new Error(
      "a file is made of text, bytes, a stream, a URL, { size, read }, or a function that gives one of them",
    );
  }
  if (typeof content === "string" || content instanceof Uint8Array) {
    return { kind: "bytes", bytes: toBytes(content) };
  }
  if (content instanceof URL) {
    if (content.protocol === "file:") return { kind: "ranges", ranges: localFile(content) };
    return { kind: "made", make: () => content };
  }
  if (isStream(content)) return { kind: "made", make: onlyOnce(content) };
  return { kind: "ranges", ranges: content };
}

/** A stream can be read once: what it held serves all opens. */
function onlyOnce(content: AsyncIterable<string | Uint8Array>) {
  let bytes: Promise<Uint8Array> | undefined;
  return (context: TreeContext): Promise<Uint8Array> => {
    bytes ??= Promise.resolve(openContent(content, context)).then((opened) =>
      gather(opened, context),
    );
    return bytes;
  };
}

/** Whether a value is content of a file, or a function that gives it. */
export function isContentSource(value: unknown): value is ContentSource {
  return typeof value === "function" || isFileContent(value) || isByteRanges(value);
}
