import { writeSync, writev } from "node:fs";
import { constants } from "node:os";
import { Wakefulness } from "../kernel/index.js";
import { InHeader, type NotifyCode, OutHeader } from "../wire/fuse/index.js";
import {
  type DeviceMemory,
  deviceMemory,
  type FuseDevice,
  type FuseDeviceHandler,
} from "./fuse-device.js";
import { DEVICE_MEMORY_SIZE, MAX_WRITE } from "./limits.js";
import { MemoryPool } from "./memory-pool.js";
import type { RequestSource } from "./request-source.js";

/** What a write says where nobody waits for it any more: the caller was interrupted; all was unmounted. */
const IN_VAIN: ReadonlySet<unknown> = new Set(["ENOENT", "ENODEV", "ENOTCONN", "ECONNABORTED"]);

/** `/dev/fuse`, after a mount. */
export class KernelDevice implements FuseDevice {
  readonly maxWrite = MAX_WRITE;
  readonly answer = deviceMemory(DEVICE_MEMORY_SIZE);
  readonly #fd: number;
  readonly #source: RequestSource;
  readonly #pool = new MemoryPool();
  readonly #status = deviceMemory(OutHeader.size);
  #request = this.#pool.take();
  readonly #wakefulness: Wakefulness | undefined;
  #hasStarted = false;
  #isOpen = true;
  #notifications = Promise.resolve();
  #end: (error: Error | undefined) => void = () => undefined;
  /** Settles when the file system was unmounted and the descriptor is closed; rejects where an error has ended it. */
  readonly ended: Promise<void>;

  /**
   * @param fd - written to from here
   * @param source - reads it, and closes it
   */
  constructor(fd: number, source: RequestSource, { staysAwake }: { staysAwake: boolean }) {
    this.#fd = fd;
    this.#source = source;
    this.#wakefulness = staysAwake ? new Wakefulness() : undefined;
    this.ended = new Promise((resolve, reject) => {
      this.#end = (error) => {
        if (error === undefined) resolve();
        else reject(error);
      };
    });
  }

  start(handler: FuseDeviceHandler): void {
    this.#hasStarted = true;
    this.#source.start({
      memory: () => this.#request.bytes,
      onRead: (length) => {
        handler.onRequest(this.#request, length);
        this.#wakefulness?.stir();
      },
      onEnd: (error) => {
        this.#isOpen = false;
        handler.onEnd(error);
        this.#end(error);
      },
      idle: () => {
        this.#isOpen = false;
        return this.#notifications;
      },
    });
  }

  /** Where nobody serves the device: answers all with EIO, so that what waits for it does not wait for ever. */
  refuseAll(): void {
    if (this.#hasStarted) return;
    this.start({
      onRequest: ({ view }) => {
        this.reply(InHeader.read(view, 0).unique, constants.errno.EIO);
      },
      onEnd: () => undefined,
    });
  }

  reply(unique: number, error: number): void {
    this.#write(this.#status, { unique, error: -error, length: 0 });
  }

  replyWith(unique: number, memory: DeviceMemory, length: number): void {
    this.#write(memory, { unique, error: 0, length });
  }

  notify(code: NotifyCode, body: Uint8Array): Promise<boolean> {
    const told = this.#notifications.then(() => this.#tell(code, body));
    this.#notifications = told.then(() => undefined);
    return told;
  }

  keep(): DeviceMemory {
    const kept = this.#request;
    this.#request = this.#pool.take();
    return kept;
  }

  take(): DeviceMemory {
    return this.#pool.take();
  }

  giveBack(memory: DeviceMemory): void {
    this.#pool.giveBack(memory);
  }

  close(): void {
    this.refuseAll(); // what was never started has a descriptor all the same
    this.#source.close();
  }

  #write(
    memory: DeviceMemory,
    { unique, error, length }: { unique: number; error: number; length: number },
  ): void {
    if (!this.#isOpen) return;
    const size = OutHeader.size + length;
    const header = OutHeader.at(memory.view, 0);
    header.len = size;
    header.error = error;
    header.unique = unique;
    try {
      writeSync(this.#fd, memory.bytes, 0, size);
    } catch (failure) {
      if (!isInVain(failure)) throw failure;
    }
  }

  #tell(code: NotifyCode, body: Uint8Array): Promise<boolean> {
    if (!this.#isOpen) return Promise.resolve(false);
    const head = deviceMemory(OutHeader.size);
    const header = OutHeader.blank(head.view, 0);
    header.len = OutHeader.size + body.length;
    header.error = code;
    return new Promise((resolve) => {
      writev(this.#fd, [head.bytes, body], (error) => {
        resolve(error === null);
      });
    });
  }
}

function isInVain(failure: unknown): boolean {
  return failure instanceof Error && "code" in failure && IN_VAIN.has(failure.code);
}
