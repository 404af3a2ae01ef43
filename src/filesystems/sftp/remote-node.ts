import type { Clock } from "./clock.js";
import { FileType, type SftpAttributes } from "./transport.js";

/** What is written behind a file's back, so that who reads can wait for it. */
export interface PendingWrites {
  readonly isPending: boolean;
  settled(): Promise<void>;
}

/**
 * A file of the server that is open, once for all its opens: what is known of it. SFTP has no number by which
 * a file is known again; after a lost connection what is known here says whether it is still the same.
 */
export class RemoteNode {
  /** On the server. Follows renames that are made through us. */
  path: string;
  /** It was deleted or replaced through us: it cannot be opened again. */
  isGone = false;
  opens = 0;
  readonly pendingWrites = new Set<PendingWrites>();
  readonly #clock: Clock;
  readonly #lifeMs: number;
  #attributes: SftpAttributes | undefined;
  #seenAtMs = 0;
  #sizeMin = 0;
  #sizeMax = 0;
  #isWritten = false;
  #isUsed = false;
  /** A time of the last write that is being set: whether it is set already is not known. */
  #timeUnderWay: number | undefined;
  #changesUnderWay = 0;
  #generation = 0;

  /** @param lifeMs - how long attributes are told again without asking */
  constructor(path: string, clock: Clock, lifeMs: number) {
    this.path = path;
    this.#clock = clock;
    this.#lifeMs = lifeMs;
  }

  /** Goes up when a change through us begins and ends: what was read before is old then. */
  get generation(): number {
    return this.#generation;
  }

  /** The end of the file as far as it is known; infinite where it is not. In bytes. */
  get knownEnd(): number {
    return this.#attributes === undefined ? Number.POSITIVE_INFINITY : this.#sizeMax;
  }

  /**
   * What the server told, with what was written through us since; undefined where that is too old, unless
   * writes are pending of which the server does not know yet.
   */
  get attributes(): SftpAttributes | undefined {
    const known = this.#attributes;
    if (known === undefined) return undefined;
    const isOld = this.#clock.nowMs() - this.#seenAtMs >= this.#lifeMs;
    if (isOld && !this.hasPendingWrites) return undefined;
    if (!this.#isWritten) return known;
    const mtime = Math.max(known.mtime, Math.floor(this.#clock.nowMs() / 1000));
    return { ...known, size: this.#sizeMax, mtime };
  }

  get hasPendingWrites(): boolean {
    for (const writes of this.pendingWrites) if (writes.isPending) return true;
    return false;
  }

  async pendingSettled(): Promise<void> {
    for (const writes of this.pendingWrites) if (writes.isPending) await writes.settled();
  }

  /**
   * Takes what the server told.
   *
   * @param generation - as it was when the server was asked: what is older than a change is not taken
   */
  learn(attributes: SftpAttributes, generation: number): void {
    const isCurrent = generation === this.#generation && this.#changesUnderWay === 0;
    if (!isCurrent && this.#attributes !== undefined) return;
    const { size } = attributes;
    this.#attributes = attributes;
    this.#seenAtMs = isCurrent ? this.#clock.nowMs() : Number.NEGATIVE_INFINITY;
    this.#sizeMin = isCurrent ? size : 0; // the first that is known of a file that is being changed
    this.#sizeMax = isCurrent ? size : Math.max(size, this.#sizeMax);
    this.#isWritten = !isCurrent;
  }

  /** Somebody has seen, or changed, what is in the file: from now on it must be the same. */
  use(): void {
    this.#isUsed = true;
  }

  /** Attributes are no longer what they were; the size is. */
  forgetAttributes(): void {
    this.#seenAtMs = Number.NEGATIVE_INFINITY;
  }

  /** Whether what is at the path now can be the file that was open before the connection was lost. */
  isStill(attributes: SftpAttributes): boolean {
    const known = this.#attributes;
    if (this.isGone || (attributes.mode & FileType.MASK) !== FileType.REGULAR) return false;
    if (known === undefined) return !this.#isUsed; // as if it had been opened only now
    const { size, mtime } = attributes;
    const isExpectedTime = mtime === known.mtime || mtime === this.#timeUnderWay;
    if (!this.#isWritten) return size === known.size && isExpectedTime;
    const isLater = mtime >= Math.min(known.mtime, this.#timeUnderWay ?? known.mtime);
    return size >= this.#sizeMin && size <= this.#sizeMax && (isExpectedTime || isLater);
  }

  /** @param end - how far the write reaches, in bytes */
  async whileWriting<T>(end: number, write: () => Promise<T>): Promise<T> {
    this.#beginChange(Math.max(this.#sizeMax, end));
    try {
      const result = await write();
      this.use();
      this.#sizeMin = Math.max(this.#sizeMin, end);
      return result;
    } finally {
      this.#endChange();
    }
  }

  /** @param size - to be, in bytes */
  async whileResizing<T>(size: number, resize: () => Promise<T>): Promise<T> {
    this.#beginChange(Math.max(this.#sizeMax, size));
    this.#sizeMin = Math.min(this.#sizeMin, size);
    try {
      const result = await resize();
      this.use();
      if (this.#changesUnderWay === 1) {
        this.#sizeMin = size;
        this.#sizeMax = size;
      }
      return result;
    } finally {
      this.#endChange();
    }
  }

  /** @param mtime - that is set, in seconds since 1970: no longer that of the last write */
  async whileSettingTime(mtime: number, set: () => Promise<void>): Promise<void> {
    this.#timeUnderWay = mtime;
    try {
      await set();
      if (this.#attributes !== undefined) this.#attributes = { ...this.#attributes, mtime };
    } finally {
      this.#timeUnderWay = undefined;
      this.forgetAttributes();
    }
  }

  #beginChange(sizeMax: number): void {
    this.#changesUnderWay++;
    this.#generation++;
    this.#isWritten = true;
    this.#sizeMax = sizeMax;
  }

  #endChange(): void {
    this.#changesUnderWay--;
    this.#generation++;
  }
}
