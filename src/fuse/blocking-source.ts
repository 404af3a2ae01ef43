/**
 * Requests by `fs.read` on a descriptor that blocks: a thread of libuv's pool waits for each. Slow, but there is nothing that
 * it needs. One read is outstanding, never more: the pool has four threads, and all of Node's files and names need them.
 *
 * @packageDocumentation
 */
import { closeSync, read } from "node:fs";
import { endOf, type RequestSink, type RequestSource } from "./request-source.js";

/** Waits for requests on `fd`, which has to block, and which it closes in the end. */
export class BlockingSource implements RequestSource {
  readonly #fd: number;
  #hasEnded = false;

  constructor(fd: number) {
    this.#fd = fd;
  }

  start(sink: RequestSink): void {
    const memory = sink.memory();
    read(this.#fd, memory, 0, memory.length, null, (error, length) => {
      if (this.#hasEnded) return;
      if (error === null && length > 0) sink.onRead(length);
      const isOver = error === null ? length === 0 : !isPassing(error);
      if (isOver) this.#end(sink, error === null ? undefined : endOf(error));
      else this.start(sink);
    });
  }

  /** Nothing can end the read that is outstanding but the unmount, which has to come before this. */
  close(): void {
    this.#hasEnded = true;
  }

  #end(sink: RequestSink, error: Error | undefined): void {
    this.#hasEnded = true;
    void sink.idle().then(() => {
      closeSync(this.#fd);
      sink.onEnd(error);
    });
  }
}

/** ENOENT: the request was taken back between being announced and being read. */
function isPassing({ code }: NodeJS.ErrnoException): boolean {
  return code === "EINTR" || code === "EAGAIN" || code === "ENOENT";
}
