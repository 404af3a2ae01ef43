/**
 * What is known of a slow file system, by folded paths, and what of it is true no more after a change.
 *
 * @packageDocumentation
 */
import type {
  DirectoryEntry,
  ExtendedAttribute,
  FileInfo,
  SecurityByName,
  StreamInfo,
  VolumeInfo,
  VolumeParams,
} from "../fs/index.js";
import { parentPath } from "../nt/index.js";
import type { Listing } from "./cached-listing.js";
import type { Clock } from "./clock.js";
import { MAX_CACHED_DIRECTORIES, MAX_CACHED_NAMES } from "./limits.js";
import { TimedCache } from "./timed-cache.js";

/** What a lookup came to: what is there, or why nothing is; for one user, as others may see otherwise. */
export type Lookup = { readonly userSid: string } & (
  | { readonly found: SecurityByName; readonly error?: undefined }
  | { readonly found?: undefined; readonly error: Error }
);

/** One name in a directory, or that there is none. */
export interface OneEntry {
  readonly userSid: string;
  readonly entry: DirectoryEntry | undefined;
}

/** The one key of what is known of the volume. */
export const VOLUME = "";

/** All that is kept. Keys are folded paths, without streams. */
export class KeptMetadata {
  readonly infos: TimedCache<FileInfo>;
  readonly streams: TimedCache<readonly StreamInfo[]>;
  readonly extendedAttributes: TimedCache<readonly ExtendedAttribute[]>;
  readonly lookups: TimedCache<Lookup>;
  readonly descriptors: TimedCache<Uint8Array>;
  readonly entries: TimedCache<OneEntry>;
  readonly listings: TimedCache<Listing>;
  readonly volumeInfo: TimedCache<VolumeInfo>;

  constructor(params: VolumeParams, clock: Clock) {
    const cache = <V>(timeoutMs: number, maxEntries: number) =>
      new TimedCache<V>({ timeoutMs, maxEntries, clock });
    this.infos = cache(params.fileInfoTimeoutMs, MAX_CACHED_NAMES);
    this.streams = cache(params.fileInfoTimeoutMs, MAX_CACHED_NAMES);
    this.extendedAttributes = cache(params.fileInfoTimeoutMs, MAX_CACHED_NAMES);
    this.lookups = cache(params.securityTimeoutMs, MAX_CACHED_NAMES);
    this.descriptors = cache(params.securityTimeoutMs, MAX_CACHED_NAMES);
    this.entries = cache(params.directoryTimeoutMs, MAX_CACHED_NAMES);
    this.listings = cache(params.directoryTimeoutMs, MAX_CACHED_DIRECTORIES);
    this.volumeInfo = cache(params.volumeInfoTimeoutMs, 1);
  }

  /**
   * A name came, went, or is another file's: its directory is not what it was, either.
   *
   * @param mayLeadOn - it is, or was, that of a directory or link, so that names below it mean something else
   */
  nameChanged(key: string, mayLeadOn: boolean): void {
    this.drop(key);
    this.drop(parentPath(key));
    if (mayLeadOn) this.dropBelow(key);
  }

  /** What is kept of a file, and what its directory tells of it. */
  drop(key: string): void {
    for (const cache of this.#ofFiles()) cache.drop(key);
    this.listings.drop(parentPath(key));
    this.dropVolume();
  }

  dropBelow(key: string): void {
    const prefix = key === "\\" ? key : `${key}\\`;
    for (const cache of this.#ofFiles()) cache.dropAll(prefix);
    this.listings.dropAll(prefix);
    this.listings.drop(key);
  }

  dropEverything(): void {
    for (const cache of this.#ofFiles()) cache.dropAll("");
    this.listings.dropAll("");
    this.dropVolume();
  }

  dropVolume(): void {
    this.volumeInfo.drop(VOLUME);
  }

  /** All that is kept under the name of a file. */
  #ofFiles() {
    return [
      this.infos,
      this.streams,
      this.extendedAttributes,
      this.lookups,
      this.descriptors,
      this.entries,
    ];
  }
}
