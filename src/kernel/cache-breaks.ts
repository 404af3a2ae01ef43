/**
 * What breaks oplocks and leases besides an open or a write of the same file: a rename, a deletion, a
 * change of a directory's entries, and what a file system tells of. [MS-FSA] 2.1.4.12
 *
 * @packageDocumentation
 */
import { type Change, ChangeAction } from "../fs/index.js";
import { MAX_PATH_UNITS, NtStatus, parseName } from "../nt/index.js";
import { type Link, type LinkTree, linkNames, withAllBelow } from "./links.js";
import type { Oplock } from "./oplock.js";

/**
 * An entry of a directory came, went, or is not what it was.
 *
 * @param knownTo - the id of the lease on the directory whose client made the change
 */
export function entryChanged(link: Link, knownTo: string | undefined): void {
  const oplocks = link.parent?.node?.oplocks;
  if (oplocks === undefined || oplocks.isEmpty || link.isStream) return;
  oplocks.entriesChanged(knownTo);
}

/**
 * Asks all but one to close what they keep open for no program any more, of a name and of everything
 * below it.
 *
 * @returns what to wait for, and then to look again; undefined: nothing
 */
export function breakHandlesBelow(link: Link, by: Oplock | undefined): Promise<void> | undefined {
  const waits: Promise<void>[] = [];
  for (const { node } of withAllBelow(link)) {
    const wait = node?.oplocks?.breakHandles(by);
    if (wait !== undefined) waits.push(wait);
  }
  return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
}

/**
 * Called when a request must wait for another client.
 *
 * @param cancel - ends the waiting, and the request with CANCELLED
 */
export type OnWait = (cancel: () => void) => void;

/** Waits until others have let go, or the client wants no more: CANCELLED. */
export function waitForOthers(wait: Promise<void>, onWait: OnWait | undefined): Promise<NtStatus> {
  return new Promise((resolve) => {
    onWait?.(() => {
      resolve(NtStatus.CANCELLED);
    });
    void wait.then(() => {
      resolve(NtStatus.SUCCESS);
    });
  });
}

/** The file system has changed something that nobody did through here: nobody may rely on what it knew. */
export function changedBehind(links: LinkTree, changes: readonly Change[]): void {
  for (const { path, action } of changes) {
    const name = parseName(path, MAX_PATH_UNITS);
    if (typeof name === "number") continue;
    const names = linkNames(name);
    const { link, depth } = links.reach(names);
    if (depth === names.length) {
      const isGone = action === ChangeAction.REMOVED || action === ChangeAction.RENAMED_OLD_NAME;
      for (const { node } of isGone ? withAllBelow(link) : [link]) {
        node?.oplocks?.dataChanged(undefined);
      }
      entryChanged(link, undefined);
    } else if (depth === names.length - 1 && name.stream === undefined) {
      link.node?.oplocks?.entriesChanged(undefined);
    }
  }
}
