/**
 * Listings that the kernel keeps in its page cache, and tells again without a request.
 *
 * It asks whether a directory is still what it was by the time of its last change, and only when a listing begins. So
 * that nobody is told of what is not true, a listing is kept only
 *
 * - as long as names and attributes are, from when its reading began: a file system that changes without a word is
 *   never further behind;
 * - until somebody else changes a name in the directory: then the kernel is told to forget it;
 * - for the user who has listed it, as a file system may tell others something else;
 * - by one open of the directory at a time: in the kernel a listing is by its places, and those of a second one that is
 *   read meanwhile, after names have gone, are others.
 *
 * The kernel may lose what it keeps at any moment, also while it is read: then the reading goes on here, in the very
 * listing that was given to it.
 *
 * @packageDocumentation
 */
import type { DirectoryName } from "../fs/index.js";
import type { Open } from "../kernel/index.js";
import { FOPEN_CACHE_DIR, FOPEN_KEEP_CACHE } from "../wire/fuse/index.js";
import type { FuseHost } from "./fuse-host.js";
import type { Inode } from "./inode-map.js";
import { MAX_KEPT_LISTINGS, MAX_KEPT_NAMES, MAX_LISTING_KEPT_MS } from "./limits.js";

/** Who lists a directory. */
interface Lister {
  readonly uid: number;
  readonly gid: number;
}

/** A listing of a directory that the kernel has, or is about to have. */
export class KeptListing {
  readonly inode: Inode;
  readonly lister: Lister;
  /** Of the directory, when it was opened. */
  readonly lastWriteTicks: bigint;
  /** All of it, once somebody has read it to its end; not changed from then on. */
  names: DirectoryName[] | undefined;
  /** Nobody has changed anything since it was begun, as far as is known. */
  isTrue = true;
  /** An open of the directory uses it. */
  isInUse = true;
  untilMs: number;
  readonly #all: KeptListings;

  constructor(
    all: KeptListings,
    parts: Pick<KeptListing, "inode" | "lister" | "lastWriteTicks" | "untilMs">,
  ) {
    this.#all = all;
    this.inode = parts.inode;
    this.lister = parts.lister;
    this.lastWriteTicks = parts.lastWriteTicks;
    this.untilMs = parts.untilMs;
  }

  /** The directory is read from its start: what was kept is over. */
  begin(): void {
    this.isTrue = true;
    this.#all.keep(this, undefined);
    this.#all.prolong(this);
  }

  /** It was read to its end. */
  finish(names: DirectoryName[]): void {
    if (this.isTrue) this.#all.keep(this, names);
  }
}

/** All listings that the kernel keeps of a mount. */
export class KeptListings {
  readonly #host: FuseHost;
  /** Those that end first come first. */
  readonly #kept = new Map<Inode, KeptListing>();
  /** Of all of them. */
  #nameCount = 0;
  #stopTimer: (() => void) | undefined;

  constructor(host: FuseHost) {
    this.#host = host;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** A directory was opened to be listed. @returns what the kernel may do, as FOPEN_*, and with which listing */
  open(
    inode: Inode,
    open: Open,
    lister: Lister,
  ): { readonly openFlags: number; readonly listing?: KeptListing } {
    const { createInfo, isUncacheable, view } = open;
    if (this.#keptMs <= 0 || isUncacheable || view.hidesUnreadable) return { openFlags: 0 };
    const kept = this.#kept.get(inode);
    if (kept?.isInUse === true) return { openFlags: FOPEN_KEEP_CACHE };
    const isGood =
      kept?.names !== undefined &&
      kept.isTrue &&
      kept.lastWriteTicks === createInfo.lastWriteTicks &&
      kept.lister.uid === lister.uid &&
      kept.lister.gid === lister.gid;
    if (isGood) {
      kept.isInUse = true;
      return { openFlags: FOPEN_CACHE_DIR | FOPEN_KEEP_CACHE, listing: kept };
    }
    if (kept === undefined && this.#kept.size >= MAX_KEPT_LISTINGS) return { openFlags: 0 };
    const { lastWriteTicks } = createInfo;
    if (kept !== undefined) this.drop(inode);
    const listing = new KeptListing(this, { inode, lister, lastWriteTicks, untilMs: 0 });
    this.prolong(listing);
    return { openFlags: FOPEN_CACHE_DIR, listing };
  }

  /** A listing begins now, and is good for as long as any. */
  prolong(listing: KeptListing): void {
    const { inode } = listing;
    listing.untilMs = this.#host.volume.clock.nowMs() + this.#keptMs;
    this.#kept.delete(inode); // to be the last
    this.#kept.set(inode, listing);
    if (this.#stopTimer === undefined) this.#endLater(this.#keptMs);
  }

  /** Keeps the names of a listing, while there is room for them. */
  keep(listing: KeptListing, names: DirectoryName[] | undefined): void {
    this.#nameCount -= listing.names?.length ?? 0;
    const hasRoom = names !== undefined && this.#nameCount + names.length <= MAX_KEPT_NAMES;
    listing.names = hasRoom ? names : undefined;
    this.#nameCount += listing.names?.length ?? 0;
  }

  /** The open that used a listing is closed. */
  release(listing: KeptListing): void {
    listing.isInUse = false;
    if (!listing.isTrue) this.#kept.delete(listing.inode);
  }

  /** Names in a directory are not what they were. @returns whether the kernel may have a listing of it */
  drop(inode: Inode): boolean {
    const kept = this.#kept.get(inode);
    if (kept?.isTrue !== true) return false;
    kept.isTrue = false;
    this.keep(kept, undefined);
    if (!kept.isInUse) this.#kept.delete(inode);
    return true;
  }

  /** Nothing is kept any more. */
  clear(): void {
    for (const inode of this.#kept.keys()) this.drop(inode);
    this.#kept.clear();
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  get #keptMs(): number {
    const { entryTimeoutMs, attributeTimeoutMs } = this.#host;
    return Math.min(entryTimeoutMs, attributeTimeoutMs, MAX_LISTING_KEPT_MS);
  }

  #endLater(afterMs: number): void {
    this.#stopTimer = this.#host.volume.clock.after(afterMs, () => {
      this.#stopTimer = undefined;
      this.#endOld();
    });
  }

  /** What an open still uses is taken back from the kernel: a program may begin again in it. */
  #endOld(): void {
    const nowMs = this.#host.volume.clock.nowMs();
    for (const [inode, { untilMs, isTrue, isInUse }] of this.#kept) {
      if (!isTrue) continue;
      if (untilMs > nowMs) {
        this.#endLater(untilMs - nowMs);
        return;
      }
      if (isInUse) this.#host.caches.dropListing(inode);
      else this.drop(inode);
    }
  }
}
