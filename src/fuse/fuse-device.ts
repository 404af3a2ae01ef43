/**
 * The seam between the host and `/dev/fuse`: requests in, answers and notifications out.
 *
 * `openFuseDevice` gives the kernel's; `FakeFuseDevice` in `testing` has none behind it. In short:
 *
 * ```ts
 * device.start({
 *   onRequest(request, length) {
 *     const { unique } = InHeader.read(request.view, 0);
 *     device.reply(unique, ENOSYS);                              // an errno, or 0 and nothing else
 *     AttrOut.blank(device.answer.view, OutHeader.size).size = 5; // or: what is to be told, made in place,
 *     device.replyWith(unique, device.answer, AttrOut.size);      // and sent before anything is awaited
 *   },
 *   onEnd() {},                                                   // unmounted
 * });
 * ```
 *
 * @packageDocumentation
 */
import type { NotifyCode } from "../wire/fuse/index.js";

/** Memory under the two views that are needed of it; made once, not for each request. */
export interface DeviceMemory {
  readonly bytes: Buffer;
  readonly view: DataView;
}

/** What is told of what a device does. */
export interface FuseDeviceHandler {
  /**
   * One request, whole, its `InHeader` first.
   *
   * @param request - valid during the call only, but for what {@link FuseDevice.keep} makes the caller's
   * @param length - of the request, in bytes; what is behind it in `request` is old
   */
  onRequest(request: DeviceMemory, length: number): void;
  /** The file system was unmounted, or `error` has ended the device; called once, and nothing comes after it. */
  onEnd(error?: Error): void;
}

/** One mounted file system, as the kernel shows it to its server. */
export interface FuseDevice {
  /** The most data in one READ or WRITE, in bytes: what INIT has to answer. */
  readonly maxWrite: number;

  /**
   * Memory for the answer that is being made: its first `OutHeader.size` bytes are the device's, `maxWrite` bytes and more
   * follow. To be filled and sent with nothing awaited in between; who answers later uses {@link FuseDevice.take}.
   */
  readonly answer: DeviceMemory;

  /** Hands over requests from now on. Once. */
  start(handler: FuseDeviceHandler): void;

  /**
   * Answers without a body.
   *
   * @param error - 0, or an errno, positive. A caller who was interrupted and is gone hears nothing of it
   */
  reply(unique: number, error: number): void;

  /**
   * Answers with a body, which lies in `memory` behind `OutHeader.size` bytes that are left for the header.
   *
   * @param length - of the body, in bytes
   */
  replyWith(unique: number, memory: DeviceMemory, length: number): void;

  /**
   * Tells the kernel what has changed behind its back. The kernel may have to wait for answers before it can take
   * this (a page that is being read is locked), so it is written off the event loop, one after another in the order of
   * the calls; who has to know that it is done awaits it.
   *
   * @param body - the structure of `code`, and the name or data behind it; not to be changed until this settles
   * @returns whether the kernel knew what it was about; it never rejects
   */
  notify(code: NotifyCode, body: Uint8Array): Promise<boolean>;

  /**
   * Makes the memory of the request that is being handled the caller's, for a request whose data is used later; the device
   * receives in other memory from then on. To be given back.
   */
  keep(): DeviceMemory;

  /** Memory like `answer`, for an answer that is made later. To be given back. */
  take(): DeviceMemory;

  /** Takes back what {@link FuseDevice.keep} and {@link FuseDevice.take} gave. */
  giveBack(memory: DeviceMemory): void;

  /** Lets go of the device: what the kernel still asks is answered by it with ENOTCONN. */
  close(): void;
}

/** Makes {@link DeviceMemory} of a length in bytes. */
export function deviceMemory(length: number): DeviceMemory {
  // Slow: a buffer of its own, not a part of Node's pool, as it lives long.
  const bytes = Buffer.allocUnsafeSlow(length);
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}
