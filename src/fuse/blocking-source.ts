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
  readonly #abort: () => void;
  #hasEnded = false;

  /** @param abort - ends the connection, as far as that can be done: the read that is outstanding ends with it */
  constructor(fd: number, abort: () => void) {
    this.#fd = fd;
    this.#abort = abort;
  }

  start(sink: RequestSink): void {
    const memory = sink.memory();
    read(this.#fd, memory, 0, memory.length, null, (error, length) => {
      if (error === null && length > 0) sink.onRead(length);
      const isOver = error === null ? length === 0 : !isPassing(error);
      if (isOver) this.#end(sink, error === null ? undefined : endOf(error));
      else this.start(sink);
    });
  }

  /**
   * Nothing ends the read that is outstanding but a request, the unmount, or the end of the connection. Where that cannot be
   * ended either, as an ordinary user without fusectl, the end comes when the last program closes its files.
   */
  close(): void {
    if (!this.#hasEnded) this.#abort(); // later it could be another's, by the same number
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
