/**
 * A mounted file system as its server has it: from the check of the directory to the removal of what was made.
 *
 * @packageDocumentation
 */
import { closeSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { BlockingSource } from "./blocking-source.js";
import type { FuseDevice } from "./fuse-device.js";
import { KernelDevice } from "./kernel-device.js";
import { READ_AHEAD_KIB, RELEASE_GRACE_MS } from "./limits.js";
import { loadLinuxCalls } from "./linux-calls.js";
import { MountError } from "./mount-error.js";
import { type MountPoint, prepareMountPoint, removeMountPoint } from "./mount-point.js";
import { mountAt } from "./mount-table.js";
import { type KernelMountOptions, mountKernel } from "./mounting.js";
import { pipeSource } from "./pipe-source.js";
import { PollSource } from "./poll-source.js";
import type { RequestSource } from "./request-source.js";
import { abortConnection, detach, forceOff, isRoot, unmountIdle } from "./unmounting.js";
import { Watchdog } from "./watchdog.js";

/** How requests are waited for: see `request-source.ts`. */
export type WaitingBy = "pipe" | "poll" | "read";

/** How a device is to be mounted. */
export interface DeviceOptions extends KernelMountOptions {
  /** What is in the directory may be covered. */
  readonly allowsNonEmpty: boolean;
  /** The event loop does not sleep between requests that follow each other closely. */
  readonly staysAwake: boolean;
  /** The best that there is unless told. */
  readonly waitingBy?: WaitingBy | undefined;
}

/**
 * Mounts. The kernel waits for the answer to its first request until the device is started.
 *
 * @throws MountError
 */
export async function mountDevice(where: string, options: DeviceOptions): Promise<MountedDevice> {
  if (process.platform !== "linux") {
    throw new MountError("only Linux has /dev/fuse: serve it by SMB, and mount that");
  }
  const point = await prepareMountPoint(where, options);
  let fd: number;
  try {
    fd = await mountKernel(point.path, options);
  } catch (error) {
    await removeMountPoint(point);
    throw error;
  }
  const entry = mountAt(point.path);
  if (entry === undefined) {
    closeSync(fd);
    await removeMountPoint(point);
    throw new MountError(`${point.path} was mounted, and somebody has unmounted it at once`);
  }
  const watchdog = new Watchdog(entry);
  try {
    if (isRoot()) await readAhead(entry.device);
    const source = await sourceFor({ fd, device: entry.device, watchdog }, options.waitingBy);
    return new MountedDevice(point, { fd, source, watchdog, staysAwake: options.staysAwake });
  } catch (error) {
    closeSync(fd);
    await detach(point.path, watchdog.run).catch(() => undefined); // what went wrong first is told
    watchdog.dismiss();
    await removeMountPoint(point);
    throw error;
  }
}

/** Without this a buffered read is done 128 KiB at a time: 1.9 GB/s in place of 3.0 (Node 20). */
async function readAhead(device: string): Promise<void> {
  // A container may have no /sys, or may not write to it: then it stays at what it was.
  await writeFile(`/sys/class/bdi/${device}/read_ahead_kb`, `${READ_AHEAD_KIB}`).catch(
    () => undefined,
  );
}

async function sourceFor(
  { fd, device, watchdog }: { fd: number; device: string; watchdog: Watchdog },
  waitingBy: WaitingBy | undefined,
): Promise<RequestSource> {
  if (waitingBy === undefined || waitingBy === "pipe") {
    const source = pipeSource(fd, watchdog.pipe);
    if (source !== undefined) return source;
  }
  const calls = waitingBy === "read" ? undefined : await loadLinuxCalls();
  if (calls !== undefined) return new PollSource(fd, calls);
  return new BlockingSource(fd, () => void abortConnection(device));
}

/** One mount, until it is undone. */
export class MountedDevice {
  readonly #device: KernelDevice;
  /** Absolute, without symbolic links. */
  readonly path: string;
  /** The directory was made for the mount, and goes with it. */
  readonly isDirectoryNew: boolean;
  /** Settles when it is unmounted, by whomever; rejects where the device was lost by an error. */
  readonly ended: Promise<void>;
  readonly #watchdog: Watchdog;
  #hasEnded = false;
  #takingAway: Promise<void> | undefined;

  constructor(
    point: MountPoint,
    parts: { fd: number; source: RequestSource; watchdog: Watchdog; staysAwake: boolean },
  ) {
    const device = new KernelDevice(parts.fd, parts.source, { staysAwake: parts.staysAwake });
    this.#device = device;
    this.path = point.path;
    this.#watchdog = parts.watchdog;
    this.isDirectoryNew = point.isNew;
    this.ended = device.ended.finally(async () => {
      this.#hasEnded = true;
      await this.#takingAway?.catch(() => undefined); // told to who has asked for it
      parts.watchdog.dismiss();
      await removeMountPoint(point);
    });
    this.ended.catch(() => undefined); // it is not wrong to look elsewhere
  }

  get device(): FuseDevice {
    return this.#device;
  }

  /**
   * Takes the file system away. Ours must be able to answer meanwhile: the kernel writes what it has kept.
   *
   * @param isForced - also when programs use it: they see ENOTCONN from then on
   * @throws MountError with code EBUSY when programs use it and it is not forced
   */
  async unmount({ isForced = false }: { isForced?: boolean } = {}): Promise<void> {
    if (this.#hasEnded) return;
    this.#device.refuseAll();
    this.#takingAway = this.#takeAway(isForced);
    await this.#takingAway;
    await Promise.race([this.ended, delay(RELEASE_GRACE_MS, undefined, { ref: false })]);
    // In use, or seen by another namespace of mounts: those get ENOTCONN now.
    this.#device.close();
    await this.ended;
  }

  async #takeAway(isForced: boolean): Promise<void> {
    try {
      await unmountIdle(this.path, this.#watchdog.run);
    } catch (error) {
      if (this.#hasEnded || mountAt(this.path) === undefined) return; // somebody was faster
      if (!isForced) throw error;
      await forceOff(this.path, this.#watchdog.run);
      this.#device.close();
    }
  }
}
