/**
 * Who watches which directory, and what they hear of. [MS-FSA] 2.1.4.1, 2.1.5.11, WinFsp 3.12
 *
 * @packageDocumentation
 */
import { type Change, ChangeAction } from "../fs/index.js";
import {
  FILE_NOTIFY_CHANGE_ATTRIBUTES,
  FILE_NOTIFY_CHANGE_DIR_NAME,
  FILE_NOTIFY_CHANGE_FILE_NAME,
  FILE_NOTIFY_CHANGE_LAST_WRITE,
  FILE_NOTIFY_CHANGE_SIZE,
  FILE_NOTIFY_CHANGE_STREAM_NAME,
  FILE_NOTIFY_CHANGE_STREAM_SIZE,
  FILE_NOTIFY_CHANGE_STREAM_WRITE,
  joinPath,
  type NtStatus,
  splitPath,
} from "../nt/index.js";
import { entryChanged } from "./cache-breaks.js";
import { CopyHolders } from "./copy-holder.js";
import type { Link, LinkTree } from "./links.js";
import { Watch, type WatchScope } from "./watch.js";

/** Where a name is: below an open directory, or one that leads to something open. */
export interface Place {
  readonly directory: Link;
  /** From there on, `\` between names. */
  readonly name: string;
}

/** A rename that was done. */
export interface Renaming {
  readonly from: Place;
  readonly to: Place;
  readonly isDirectory: boolean;
  /** There was a file by the new name, and it is gone. */
  readonly isReplacing: boolean;
  readonly knownTo: KnownTo;
}

/**
 * The id of the lease on a directory, whose client made a change in it, and so keeps what it knows of it.
 * Undefined: nobody does. Of a host without leases its own id, `CreateRequest.knownTo`.
 */
export type KnownTo = string | undefined;

/** Something to tell. */
interface Occurrence {
  readonly place: Place;
  readonly action: ChangeAction;
  /** Told to those who want to hear of one of these, FILE_NOTIFY_CHANGE_... */
  readonly filter: number;
  /** But not to those who want to hear of one of these. */
  readonly except?: number;
}

/**
 * The watches of a volume, and the leases on its directories, which a change of an entry breaks. While
 * there are none, a change costs one look at a number and one at the directory; while there are watches, what
 * it costs goes by the depth of its path.
 */
export class NotifyHub {
  /** Hosts whose clients keep copies without a lease. */
  readonly copyHolders = new CopyHolders();
  readonly #links: LinkTree;
  readonly #watches = new Map<Link, Set<Watch>>();

  constructor(links: LinkTree) {
    this.#links = links;
  }

  /** Whether anybody watches anything. */
  get isWatched(): boolean {
    return this.#watches.size > 0;
  }

  /** Begins to keep what happens in a directory, for one open of it. */
  watch(directory: Link, scope: WatchScope, limit: number): Watch {
    const watch = new Watch(scope, limit);
    const others = this.#watches.get(directory);
    if (others === undefined) this.#watches.set(directory, new Set([watch]));
    else others.add(watch);
    return watch;
  }

  /** Nobody will ask any more: what waits ends with a status. */
  unwatch(directory: Link, watch: Watch, status: NtStatus): void {
    const watches = this.#watches.get(directory);
    watches?.delete(watch);
    if (watches?.size === 0) this.#watches.delete(directory);
    watch.end(status);
  }

  /** Ends what waits for changes of a directory, which may go on being watched. */
  endWaiting(directory: Link, status: NtStatus): void {
    for (const watch of this.#watches.get(directory) ?? []) watch.end(status);
  }

  /** A file, directory or stream was made. */
  added(link: Link, isDirectory: boolean, knownTo?: KnownTo): void {
    entryChanged(link, knownTo);
    if (!this.copyHolders.isEmpty && !link.isStream) this.copyHolders.nameCame(link.path, knownTo);
    if (!this.isWatched) return;
    const filter = link.isStream ? FILE_NOTIFY_CHANGE_STREAM_NAME : nameFilter(isDirectory);
    const action = link.isStream ? ChangeAction.ADDED_STREAM : ChangeAction.ADDED;
    this.#report(placeOf(link), action, filter);
  }

  /** A file that is there has one more name, maybe in the place of another file. */
  linked(path: string, { isReplacing, knownTo }: { isReplacing: boolean; knownTo: KnownTo }): void {
    const place = this.#placeOfPath(path);
    if (place === undefined) return;
    if (!place.name.includes("\\")) place.directory.node?.oplocks?.entriesChanged(knownTo);
    if (!this.copyHolders.isEmpty) this.copyHolders.nameCame(path, knownTo);
    if (!this.isWatched) return;
    const filter = FILE_NOTIFY_CHANGE_FILE_NAME;
    const added: Occurrence = { place, action: ChangeAction.ADDED, filter };
    const removed: Occurrence = { place, action: ChangeAction.REMOVED, filter };
    this.#reportAll(isReplacing ? [removed, added] : [added]);
  }

  /** A file, directory or stream is gone. Its streams go with a file, and nothing is told of them. */
  removed(link: Link, isDirectory: boolean, knownTo?: KnownTo): void {
    entryChanged(link, knownTo);
    if (!this.copyHolders.isEmpty && !link.isStream) this.copyHolders.nameWent(link.path, knownTo);
    if (!this.isWatched) return;
    const filter = link.isStream ? FILE_NOTIFY_CHANGE_STREAM_NAME : nameFilter(isDirectory);
    const action = link.isStream ? ChangeAction.REMOVED_STREAM : ChangeAction.REMOVED;
    this.#report(placeOf(link), action, filter);
  }

  /** A file, directory or stream is not what it was. */
  modified(link: Link, filter: number, knownTo?: KnownTo): void {
    entryChanged(link, knownTo);
    if (!this.copyHolders.isEmpty) {
      this.copyHolders.fileChanged(link, (filter & CHANGES_DATA) !== 0, knownTo);
    }
    this.#tellWatchers(link, filter);
  }

  /**
   * The same, of an open that goes on: a directory's lease is broken when it has ended.
   *
   * @param filter - 0 where watchers have heard of it already
   */
  written(link: Link, filter: number, knownTo?: KnownTo): void {
    if (!this.copyHolders.isEmpty) this.copyHolders.fileChanged(link, true, knownTo);
    if (filter !== 0) this.#tellWatchers(link, filter);
  }

  #tellWatchers(link: Link, filter: number): void {
    if (!this.isWatched) return;
    const place = placeOf(link);
    if (link.isStream) this.#report(place, ChangeAction.MODIFIED_STREAM, streamFilter(filter));
    else this.#report(place, ChangeAction.MODIFIED, filter);
  }

  /**
   * A name was changed: a pair within a directory; between two, one goes and one comes. Who does not
   * care for names hears that the file was modified, as NTFS has it.
   */
  renamed({ from, to, isDirectory, isReplacing, knownTo }: Renaming): void {
    if (!this.copyHolders.isEmpty) {
      this.copyHolders.nameMoved(pathOfPlace(from), pathOfPlace(to), knownTo);
    }
    if (!this.isWatched) return;
    const filter = nameFilter(isDirectory);
    const isWithin = from.directory === to.directory;
    const before = isWithin ? ChangeAction.RENAMED_OLD_NAME : ChangeAction.REMOVED;
    const after = isWithin ? ChangeAction.RENAMED_NEW_NAME : ChangeAction.ADDED;
    const occurrences: Occurrence[] = [
      { place: from, action: before, filter },
      { place: to, action: after, filter },
    ];
    if (isReplacing) occurrences.unshift({ place: to, action: ChangeAction.REMOVED, filter });
    if (!isDirectory) {
      const action = ChangeAction.MODIFIED;
      occurrences.push({
        place: to,
        action,
        filter: FILE_NOTIFY_CHANGE_ATTRIBUTES,
        except: filter,
      });
    }
    this.#reportAll(occurrences);
  }

  /** The file system tells of changes that were not made through here. */
  foreign(changes: readonly Change[]): void {
    if (!this.copyHolders.isEmpty) this.copyHolders.changedBehind(changes);
    if (!this.isWatched) return;
    const occurrences: Occurrence[] = [];
    for (const { path, action, filter } of changes) {
      const place = this.#placeOfPath(path);
      if (place !== undefined) occurrences.push({ place, action, filter });
    }
    this.#reportAll(occurrences);
  }

  /** Undefined for the root, which lies in no directory. */
  #placeOfPath(path: string): Place | undefined {
    const components = splitPath(path).filter((name) => name !== "");
    if (components.length === 0) return undefined;
    const { link, depth } = this.#links.reach(components.slice(0, -1));
    return { directory: link, name: components.slice(depth).join("\\") };
  }

  #report(place: Place | undefined, action: ChangeAction, filter: number): void {
    if (place !== undefined) this.#reportAll([{ place, action, filter }]);
  }

  /** What happened at once is told at once, in one answer. */
  #reportAll(occurrences: readonly Occurrence[]): void {
    const touched = new Set<Watch>();
    for (const occurrence of occurrences) this.#keep(occurrence, touched);
    for (const watch of touched) watch.tell();
  }

  /** Goes from the directory up to the root, as tree watches there are hear of it, too. */
  #keep({ place, action, filter, except = 0 }: Occurrence, touched: Set<Watch>): void {
    let { name } = place;
    let isDirect = !name.includes("\\");
    for (let at: Link | undefined = place.directory; at !== undefined; at = at.parent) {
      for (const watch of this.#watches.get(at) ?? []) {
        const { completionFilter, isTree } = watch.scope;
        const isWanted = (completionFilter & filter) !== 0 && (completionFilter & except) === 0;
        if (!isWanted || !(isTree || isDirect)) continue;
        watch.add({ action, name });
        touched.add(watch);
      }
      name = `${at.name}\\${name}`;
      isDirect = false;
    }
  }
}

/** Where an open name is; a stream is where its file is. Undefined for the root, and its streams. */
export function placeOf({ parent, name, isStream }: Link): Place | undefined {
  if (parent === undefined) return undefined;
  if (!isStream) return { directory: parent, name };
  const file = placeOf(parent);
  return file && { directory: file.directory, name: `${file.name}${name}` };
}

function pathOfPlace({ directory, name }: Place): string {
  return joinPath(directory.path, name);
}

/** Told of what may have changed a file's data. */
const CHANGES_DATA = FILE_NOTIFY_CHANGE_SIZE | FILE_NOTIFY_CHANGE_LAST_WRITE;

function nameFilter(isDirectory: boolean): number {
  return isDirectory ? FILE_NOTIFY_CHANGE_DIR_NAME : FILE_NOTIFY_CHANGE_FILE_NAME;
}

/** What happens to data is told of a stream by bits of its own. WinFsp 3.9 */
function streamFilter(filter: number): number {
  const data = FILE_NOTIFY_CHANGE_SIZE | FILE_NOTIFY_CHANGE_LAST_WRITE;
  let mapped = filter & ~data;
  if ((filter & FILE_NOTIFY_CHANGE_SIZE) !== 0) mapped |= FILE_NOTIFY_CHANGE_STREAM_SIZE;
  if ((filter & FILE_NOTIFY_CHANGE_LAST_WRITE) !== 0) mapped |= FILE_NOTIFY_CHANGE_STREAM_WRITE;
  return mapped;
}
