import { WireError } from "../bytes/index.js";
import type { Caller } from "../fs/index.js";
import type { Volume } from "../kernel/index.js";
import {
  EVERYONE,
  FILE_TRAVERSE,
  NULL_SID,
  type SecurityDescriptor,
  tryReadSecurityDescriptor,
} from "../nt/index.js";
import { InHeader } from "../wire/fuse/index.js";
import { Callers } from "./callers.js";
import { Echoes } from "./echoes.js";
import { Errno } from "./errno.js";
import { ANSWERED, FuseCall, type Outcome } from "./fuse-call.js";
import type { DeviceMemory, FuseDevice, FuseDeviceHandler } from "./fuse-device.js";
import { HandleTable } from "./handles.js";
import { InodeMap } from "./inode-map.js";
import { KeptListings } from "./kept-listings.js";
import { KernelCaches } from "./kernel-caches.js";
import { DEFAULT_TIMEOUT_MS, MAX_DESCRIPTORS_OF_NEW, MAX_INTERRUPTED_REQUESTS } from "./limits.js";
import { ECHO_ANSWERS, OPERATIONS } from "./operations/index.js";
import { descriptorOfNew, type ModeOwner, Ownerships } from "./ownership.js";

/** How a volume is to look through `/dev/fuse`. Everything has a default. */
export interface FuseHostOptions {
  /** How long the kernel may tell again where a name leads, in ms; what changes on the volume is told to it at once. */
  readonly entryTimeoutMs?: number | undefined;
  /** The same of what a file is. */
  readonly attributeTimeoutMs?: number | undefined;
  /**
   * The kernel collects what is written, and writes it later: small writes are faster, and neither other hosts nor clients
   * of SMB see them at once.
   */
  readonly hasWritebackCache?: boolean | undefined;
  /** Other users than the one who mounted it may use it, `allow_other`: each is checked by itself. */
  readonly isShared?: boolean | undefined;
  /** Where it is mounted: then watchers of this machine hear of what others do, too. */
  readonly mountPath?: string | undefined;
  /** Whose the files are of a volume that does not keep it; who runs the process unless told. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

/** What a host tells. */
export interface FuseHostObserver {
  /** Something failed that should not; the host goes on. */
  error(error: unknown): void;
  /** The file system was unmounted, or the device has failed. Called once. */
  ended(error: Error | undefined): void;
}

let nextHostNumber = 1;

/**
 * One mount: translates what the kernel asks by `/dev/fuse` to what a volume can do. The volume may be served by
 * other hosts at the same time.
 */
export class FuseHost implements FuseDeviceHandler {
  readonly volume: Volume;
  readonly device: FuseDevice;
  /** What the volume knows this host by. */
  readonly id = `fuse:${nextHostNumber++}`;
  readonly inodes: InodeMap;
  readonly handles = new HandleTable();
  readonly callers: Callers;
  readonly ownerships: Ownerships;
  readonly caches: KernelCaches;
  readonly listings: KeptListings;
  /** Undefined where nobody said where the mount is. */
  readonly echoes: Echoes | undefined;
  readonly entryTimeoutMs: number;
  readonly attributeTimeoutMs: number;
  readonly wantsWritebackCache: boolean;
  readonly isShared: boolean;
  /** Agreed on by INIT. */
  hasWritebackCache = false;
  readonly #observer: FuseHostObserver;
  /** Requests that wait for somebody, by their unique: what ends that. */
  readonly #waiting = new Map<number, () => void>();
  /**
   * Requests under way that the kernel wants no more of, the oldest first: it says so once, maybe before they wait. One
   * that was answered meanwhile may be among them.
   */
  readonly #interrupted = new Set<number>();
  readonly #descriptorsOfNew = new WeakMap<Uint8Array, Map<string, Uint8Array>>();
  /** Requests that are to be answered later. */
  #underWay = 0;
  #closing: Promise<void> | undefined;
  /** Set while the end waits for what is under way. */
  #onIdle: (() => void) | undefined;

  constructor(
    volume: Volume,
    device: FuseDevice,
    observer: FuseHostObserver,
    options: FuseHostOptions = {},
  ) {
    const { params } = volume;
    this.volume = volume;
    this.device = device;
    this.#observer = observer;
    this.inodes = new InodeMap({
      hasStableFileIds: params.hasStableFileIds,
      fold: (name) => volume.fold(name),
    });
    this.callers = new Callers(volume.clock);
    const owner = options.owner ?? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    this.ownerships = new Ownerships(owner);
    this.entryTimeoutMs = options.entryTimeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.attributeTimeoutMs = options.attributeTimeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.wantsWritebackCache = options.hasWritebackCache ?? false;
    this.isShared = options.isShared ?? false;
    this.caches = new KernelCaches(this);
    this.listings = new KeptListings(this);
    const { mountPath } = options;
    this.echoes = mountPath === undefined ? undefined : new Echoes(this, mountPath, ECHO_ANSWERS);
  }

  /** Takes requests from now on. */
  start(): void {
    this.volume.notifyHub.copyHolders.add(this.caches);
    this.device.start(this);
  }

  /** How much is known and open; nodes count the root. All else is 0 when nobody uses the mount. */
  get tableSizes(): {
    readonly nodes: number;
    readonly handles: number;
    readonly waitingRequests: number;
    readonly interruptedRequests: number;
  } {
    return {
      nodes: this.inodes.size,
      handles: this.handles.size,
      waitingRequests: this.#waiting.size,
      interruptedRequests: this.#interrupted.size,
    };
  }

  onRequest(request: DeviceMemory, length: number): void {
    if (length < InHeader.size) return; // the kernel never sends such a thing, and it could not be answered
    const call = new FuseCall(this, request, length);
    const { echoes } = this;
    const echo = echoes === undefined || echoes.isIdle ? undefined : () => echoes.answer(call);
    const operation = OPERATIONS[call.opcode];
    if (operation === undefined) {
      this.device.reply(call.unique, Errno.ENOSYS);
      return;
    }
    try {
      const outcome = echo?.() ?? operation(call);
      if (outcome instanceof Promise) this.#answerLater(call, outcome);
      else if (outcome !== ANSWERED) this.device.reply(call.unique, outcome);
    } catch (error) {
      this.device.reply(call.unique, this.#errnoOfFailure(error));
    }
  }

  onEnd(error?: Error): void {
    void this.close().then(() => {
      this.#observer.ended(error);
    });
  }

  /** A request must wait for somebody; an INTERRUPT ends that, also one that has come before. */
  waits(unique: number, cancel: () => void): void {
    if (this.#closing !== undefined || this.#interrupted.has(unique)) cancel();
    else this.#waiting.set(unique, cancel);
  }

  /** Something failed that should not; the host goes on. */
  tellFailure(error: unknown): void {
    this.#observer.error(error);
  }

  /** The kernel wants no more of a request. One that needs to wait for nobody goes on to its end. */
  interrupt(unique: number): void {
    if (this.#underWay === 0) return; // it was answered
    if (this.#interrupted.size >= MAX_INTERRUPTED_REQUESTS) {
      const [oldest = unique] = this.#interrupted;
      this.#interrupted.delete(oldest);
    }
    this.#interrupted.add(unique);
    this.#waiting.get(unique)?.();
  }

  /**
   * The descriptor of what a program makes; the same array for the same, so that the volume keeps it once.
   *
   * @param directory - the descriptor of the directory, as it is stored
   */
  descriptorOfNew(directory: Uint8Array | undefined, made: ModeOwner): Uint8Array {
    const { uid, gid, permissions, isDirectory } = made;
    const key = `${uid}:${gid}:${permissions}:${isDirectory}`;
    const above = directory ?? NO_DESCRIPTOR;
    let known = this.#descriptorsOfNew.get(above);
    if (known === undefined)
      this.#descriptorsOfNew.set(above, (known = new Map<string, Uint8Array>()));
    const before = known.get(key);
    if (before !== undefined) return before;
    const descriptor = descriptorOfNew(made, decoded(directory));
    if (known.size >= MAX_DESCRIPTORS_OF_NEW) known.clear();
    known.set(key, descriptor);
    return descriptor;
  }

  /**
   * Whether a directory lets everybody through, so that the kernel need not ask again for each user where a name in it
   * leads.
   *
   * @param directory - its descriptor, as it is stored; undefined where that is not known
   */
  mayEverybodyPass(directory: Uint8Array | undefined): boolean {
    if (!this.volume.capabilities.hasSecurity) return true;
    if (directory === undefined) return false;
    return (this.volume.maximumAccess(directory, ANYBODY) & FILE_TRAVERSE) !== 0;
  }

  /** Lets go of everything: what waits ends, what is open is closed. Done when the volume has nothing of it any more. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.volume.notifyHub.copyHolders.remove(this.caches);
    this.echoes?.end();
    this.listings.clear();
    for (const cancel of this.#waiting.values()) cancel();
    this.device.close();
    await this.#idle(); // what is under way may still open something
    for (const { open } of this.handles.clear()) {
      try {
        await open.close();
      } catch (error) {
        this.#observer.error(error);
      }
    }
  }

  async #idle(): Promise<void> {
    if (this.#underWay === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #answerLater(call: FuseCall, outcome: Promise<Outcome>): void {
    this.#underWay++;
    outcome
      .catch((error: unknown) => this.#errnoOfFailure(error))
      .then((late) => {
        this.#waiting.delete(call.unique);
        this.#underWay--;
        if (this.#interrupted.size > 0) this.#forgetInterrupt(call.unique);
        if (this.#underWay === 0) this.#onIdle?.();
        if (late !== ANSWERED) this.device.reply(call.unique, late);
      })
      .catch((error: unknown) => {
        this.#observer.error(error);
      });
  }

  #forgetInterrupt(unique: number): void {
    if (this.#underWay === 0) this.#interrupted.clear();
    else this.#interrupted.delete(unique);
  }

  /** The kernel's bad bytes are its own fault; anything else is a bug of ours. The mount lives on. */
  #errnoOfFailure(error: unknown): number {
    if (error instanceof WireError) return Errno.EINVAL;
    this.#observer.error(error);
    return Errno.EIO;
  }
}

/** Somebody of whom nothing is known. */
const ANYBODY: Caller = {
  userName: "",
  userSid: NULL_SID,
  groupSids: [EVERYONE],
  sessionId: 0,
  clientAddress: "",
};

/** Stands for the descriptor of a directory that has none. */
const NO_DESCRIPTOR = new Uint8Array(0);

function decoded(descriptor: Uint8Array | undefined): SecurityDescriptor | undefined {
  return descriptor === undefined ? undefined : tryReadSecurityDescriptor(descriptor);
}
