/**
 * Requests by a pipe handle of libuv's, which opens any descriptor and waits for it by epoll: no thread, no native code.
 *
 * It rests on two things that Node does not document, the class of such handles and the option `handle` of
 * `net.Socket`; so both are tried before they are relied on. See docs/decisions.
 *
 * @packageDocumentation
 */
import { type ConnectOpts, Socket, type SocketConstructorOpts } from "node:net";
import type { Duplex } from "node:stream";
import { endOf, type RequestSink, type RequestSource } from "./request-source.js";

/** libuv's pipe handle as far as it is used here. */
interface PipeHandle {
  /** Takes over a descriptor and makes it non-blocking; 0 or a negative errno. */
  open(fd: number): number;
}

type PipeClass = new (type: number) => PipeHandle;

/** A pipe of no special use: PipeConstants.SOCKET. */
const SOCKET = 0;

/**
 * @param fd - closed by what is returned
 * @param pipe - any pipe to a child process: its handle has the class that is needed
 * @returns undefined where this Node does not have what it takes; `fd` is then as it was
 */
export function pipeSource(
  fd: number,
  pipe: Duplex | NodeJS.WritableStream,
): RequestSource | undefined {
  const handle = openHandle(fd, pipe);
  return handle === undefined ? undefined : new PipeSource(handle);
}

function openHandle(fd: number, pipe: object): PipeHandle | undefined {
  const { _handle: sample } = pipe as { _handle?: unknown };
  if (typeof sample !== "object" || sample === null) return undefined;
  const Pipe = sample.constructor as PipeClass;
  if (Pipe.name !== "Pipe") return undefined;
  const handle = new Pipe(SOCKET);
  if (typeof handle.open !== "function") return undefined;
  return handle.open(fd) === 0 ? handle : undefined;
}

class PipeSource implements RequestSource {
  readonly #handle: PipeHandle;
  #socket: RequestSocket | undefined;

  constructor(handle: PipeHandle) {
    this.#handle = handle;
  }

  start(sink: RequestSink): void {
    const options: SocketConstructorOpts & ConnectOpts & { handle: PipeHandle } = {
      handle: this.#handle,
      readable: true,
      writable: false,
      onread: {
        buffer: () => sink.memory(),
        callback: (length) => {
          sink.onRead(length);
          return true;
        },
      },
    };
    const socket = new RequestSocket(options, sink);
    this.#socket = socket;
    socket.on("error", () => undefined); // told by `close`
    socket.once("close", () => {
      const { endError } = socket;
      sink.onEnd(endError === undefined ? undefined : endOf(endError));
    });
    socket.resume();
  }

  close(): void {
    this.#socket?.destroy();
  }
}

/** A socket that does not close its descriptor while somebody may still write to it. */
class RequestSocket extends Socket {
  endError: Error | undefined;
  readonly #sink: RequestSink;

  constructor(options: SocketConstructorOpts, sink: RequestSink) {
    super(options);
    this.#sink = sink;
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.endError = error ?? undefined;
    void this.#sink.idle().then(() => {
      super._destroy(error, callback);
    });
  }
}
