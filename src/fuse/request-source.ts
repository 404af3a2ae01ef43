/**
 * How requests are waited for and read. `/dev/fuse` is a character device, which nothing in Node's interface
 * waits for; there are three ways round that, best first: `pipe-source.ts`, `poll-source.ts`, `blocking-source.ts`.
 *
 * @packageDocumentation
 */

/** What a source needs of its device. */
export interface RequestSink {
  /** Memory for the next request; asked before each read. */
  memory(): Buffer;
  /** A request lies in the memory that was asked for last; never called with less than one. */
  onRead(length: number): void;
  /** Nothing comes any more. Without an error: the file system was unmounted. */
  onEnd(error?: Error): void;
  /** Settles when nobody writes to the descriptor: only then may it be closed, lest its number name another file. */
  idle(): Promise<void>;
}

/** Waits for requests on one descriptor, which it closes in the end. */
export interface RequestSource {
  start(sink: RequestSink): void;
  close(): void;
}

/** What reading says when the file system was unmounted, and when its connection was aborted. */
const END_CODES: ReadonlySet<unknown> = new Set(["ENODEV", "ECONNABORTED"]);

/** What an error of reading means: undefined where it is the usual end. */
export function endOf(error: NodeJS.ErrnoException): Error | undefined {
  return END_CODES.has(error.code) ? undefined : error;
}
