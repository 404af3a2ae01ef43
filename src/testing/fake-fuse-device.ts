import {
  type DeviceMemory,
  deviceMemory,
  type FuseDevice,
  type FuseDeviceHandler,
} from "../fuse/fuse-device.js";
import { InHeader, type NotifyCode, type Opcode, OutHeader } from "../wire/fuse/index.js";

/** An answer, as the kernel would see it. */
export interface FuseAnswer {
  /** 0, or an errno, positive. */
  readonly error: number;
  /** A copy: what stands behind the header. */
  readonly body: Buffer;
}

/** A notification, as the kernel would see it. */
export interface FuseNotification {
  readonly code: NotifyCode;
  readonly body: Buffer;
}

/** Who asks, and of what. */
export interface FuseRequestHead {
  readonly nodeId?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly pid?: number;
}

const MAX_WRITE = 1024 * 1024;
const MEMORY_SIZE = MAX_WRITE + 4096;

/** A `/dev/fuse` without a kernel: a test sends requests, and gets their answers. */
export class FakeFuseDevice implements FuseDevice {
  readonly maxWrite = MAX_WRITE;
  readonly answer = deviceMemory(MEMORY_SIZE);
  /** What the host has told unasked, in order. */
  readonly notifications: FuseNotification[] = [];
  /** Memory that was taken or kept, and not given back. */
  memoryInUse = 0;
  isClosed = false;

  #handler: FuseDeviceHandler | undefined;
  #request = deviceMemory(MEMORY_SIZE);
  #unique = 2;
  readonly #waiting = new Map<number, (answer: FuseAnswer) => void>();

  start(handler: FuseDeviceHandler): void {
    this.#handler = handler;
  }

  /** Requests that were not answered yet. */
  get pending(): number {
    return this.#waiting.size;
  }

  /** Sends a request, and waits for its answer. `body` is put together: structures, names (as `name\0`), data. */
  request(opcode: Opcode, head: FuseRequestHead, ...body: Uint8Array[]): Promise<FuseAnswer> {
    return this.answerTo(this.send(opcode, head, ...body));
  }

  /** Waits for the answer to what was sent. */
  answerTo(unique: number): Promise<FuseAnswer> {
    return new Promise((resolve) => {
      const early = this.#early.get(unique);
      if (early === undefined) this.#waiting.set(unique, resolve);
      else resolve(early);
      this.#early.delete(unique);
    });
  }

  /** Sends a request: one that gets no answer, or one whose answer is waited for by `answerTo`. Returns its `unique`. */
  send(opcode: Opcode, head: FuseRequestHead, ...body: Uint8Array[]): number {
    const unique = this.#unique;
    this.#unique += 2;
    const { bytes, view } = this.#request;
    let length: number = InHeader.size;
    for (const part of body) {
      bytes.set(part, length);
      length += part.length;
    }
    const header = InHeader.blank(view, 0);
    header.len = length;
    header.opcode = opcode;
    header.unique = unique;
    header.nodeId = head.nodeId ?? 1;
    header.uid = head.uid ?? 0;
    header.gid = head.gid ?? 0;
    header.pid = head.pid ?? 1;
    this.#handler?.onRequest(this.#request, length);
    return unique;
  }

  /** What the kernel says when the file system is unmounted. */
  unmount(error?: Error): void {
    this.#handler?.onEnd(error);
  }

  reply(unique: number, error: number): void {
    this.#answered(unique, { error, body: Buffer.alloc(0) });
  }

  replyWith(unique: number, memory: DeviceMemory, length: number): void {
    const body = Buffer.from(memory.bytes.subarray(OutHeader.size, OutHeader.size + length));
    this.#answered(unique, { error: 0, body });
  }

  notify(code: NotifyCode, body: Uint8Array): Promise<boolean> {
    this.notifications.push({ code, body: Buffer.from(body) });
    return Promise.resolve(true);
  }

  keep(): DeviceMemory {
    const kept = this.#request;
    this.#request = this.take();
    return kept;
  }

  take(): DeviceMemory {
    this.memoryInUse++;
    return deviceMemory(MEMORY_SIZE);
  }

  giveBack(memory: DeviceMemory): void {
    this.memoryInUse--;
    memory.bytes.fill(0xee); // whoever looks at it now is to notice
  }

  close(): void {
    this.isClosed = true;
  }

  /** Answers that came before `request` could wait for them. */
  readonly #early = new Map<number, FuseAnswer>();

  #answered(unique: number, answer: FuseAnswer): void {
    const waiting = this.#waiting.get(unique);
    if (waiting === undefined) this.#early.set(unique, answer);
    else waiting(answer);
    this.#waiting.delete(unique);
  }
}
