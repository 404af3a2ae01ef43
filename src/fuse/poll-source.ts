/**
 * Requests by libuv's poll, which koffi passes on, and read(2): fewer steps for each request than by a pipe handle, but it
 * needs koffi.
 *
 * @packageDocumentation
 */
import { closeSync } from "node:fs";
import { constants } from "node:os";
import { MAX_REQUESTS_A_TURN } from "./limits.js";
import { type LinuxCalls, systemError } from "./linux-calls.js";
import { endOf, type RequestSink, type RequestSource } from "./request-source.js";

const { EAGAIN, EINTR, ENOENT } = constants.errno;

/** Waits for requests on `fd`, which it makes non-blocking and closes in the end. */
export class PollSource implements RequestSource {
  readonly #fd: number;
  readonly #calls: LinuxCalls;
  #sink: RequestSink | undefined;
  /** Referenced from here: the garbage collector would stop it. */
  #poll: { close(): void } | undefined;

  constructor(fd: number, calls: LinuxCalls) {
    this.#fd = fd;
    this.#calls = calls;
    calls.setNonBlocking(fd);
  }

  start(sink: RequestSink): void {
    this.#sink = sink;
    this.#poll = this.#calls.poll(this.#fd, () => {
      // What is thrown in here is swallowed by koffi: it is thrown again where it is seen.
      try {
        this.#drain(sink);
      } catch (error) {
        process.nextTick(() => {
          throw error;
        });
      }
    });
  }

  close(): void {
    if (this.#sink !== undefined) this.#end(this.#sink, undefined);
  }

  #drain(sink: RequestSink): void {
    for (let i = 0; i < MAX_REQUESTS_A_TURN && this.#poll !== undefined; i++) {
      const length = this.#calls.read(this.#fd, sink.memory());
      if (length > 0) {
        sink.onRead(length);
        continue;
      }
      if (length === -EAGAIN) return;
      // ENOENT: the request was taken back between being announced and being read.
      if (length === -EINTR || length === -ENOENT) continue;
      this.#end(sink, length === 0 ? undefined : endOf(systemError("read", -length)));
    }
  }

  #end(sink: RequestSink, error: Error | undefined): void {
    if (this.#poll === undefined) return;
    this.#poll.close();
    this.#poll = undefined;
    void sink.idle().then(() => {
      closeSync(this.#fd);
      sink.onEnd(error);
    });
  }
}
