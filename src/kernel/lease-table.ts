/**
 * The leases of a volume, and which opens come under which. [MS-SMB2] 3.3.1.11, 3.3.5.9.8, 3.3.5.9.11
 *
 * @packageDocumentation
 */
import type { Clock } from "./clock.js";
import type { LeaseRequest } from "./create-request.js";
import type { FileNode } from "./file-node.js";
import { MAX_LEASES_PER_VOLUME } from "./limits.js";
import type { Link } from "./links.js";
import { type Oplock, OplockLevel, WRITE_CACHING } from "./oplock.js";

/** A lease, and the opens that share it. */
interface Entry {
  readonly lease: Oplock;
  /** The one name that it is for; it moves along when that is renamed. */
  readonly link: Link;
  openCount: number;
  /** Of these, those that do more than look at attributes. */
  dataOpenCount: number;
}

/** An open that has been let in, and what it would like to keep to itself. */
export interface OplockWish {
  readonly node: FileNode;
  readonly link: Link;
  readonly isDirectory: boolean;
  /** It does more than look at attributes. */
  readonly isDataOpen: boolean;
  readonly oplockLevel: OplockLevel | undefined;
  readonly lease: LeaseRequest | undefined;
}

/** All leases of a volume, by the ids of their holders. Rule: no lease without an open. */
export class LeaseTable {
  readonly #entries = new Map<string, Entry>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#entries.size;
  }

  find(id: string): Oplock | undefined {
    return this.#entries.get(id)?.lease;
  }

  /** Whether an open of a name may come under a lease: one that is new, or that is for this very name. */
  mayJoin({ holder }: LeaseRequest, link: Link | undefined): boolean {
    const entry = this.#entries.get(holder.id);
    return entry === undefined || entry.link === link;
  }

  /** Grants an open what it may keep, an oplock or a share of a lease; to be given back when it closes. */
  grant(wish: OplockWish): Oplock | undefined {
    const { node, isDirectory, oplockLevel = OplockLevel.NONE, lease } = wish;
    if (lease !== undefined) return this.#grantLease(wish, lease);
    // Reads cannot be kept to oneself where others forbid them. [MS-FSA] 2.1.5.18
    if (oplockLevel === OplockLevel.NONE || isDirectory || !node.locks.isEmpty) return undefined;
    return node.oplocksToGrant(this.#clock).grant(oplockLevel, node.dataOpenCount === 0);
  }

  #grantLease(wish: OplockWish, request: LeaseRequest): Oplock | undefined {
    const { node, link, isDirectory, isDataOpen } = wish;
    const { holder, isForDirectories } = request;
    if (isDirectory && !isForDirectories) return undefined;
    const asked = isDirectory ? request.state & ~WRITE_CACHING : request.state;
    const state = node.locks.isEmpty ? asked : 0;
    const oplocks = node.oplocksToGrant(this.#clock);
    let entry = this.#entries.get(holder.id);
    if (entry === undefined) {
      if (this.#entries.size >= MAX_LEASES_PER_VOLUME) return undefined;
      const lease = oplocks.grantLease(holder, state, node.dataOpenCount === 0);
      entry = { lease, link, openCount: 0, dataOpenCount: 0 };
      this.#entries.set(holder.id, entry);
    } else {
      const isAlone = node.dataOpenCount === entry.dataOpenCount;
      oplocks.raiseLease(entry.lease, state, isAlone);
    }
    entry.openCount++;
    if (isDataOpen) entry.dataOpenCount++;
    return entry.lease;
  }

  /** An open is closed: its oplock goes, and a lease with the last of its opens. */
  release(oplock: Oplock, node: FileNode, isDataOpen: boolean): void {
    const entry = oplock.holder && this.#entries.get(oplock.holder.id);
    if (entry !== undefined) {
      if (isDataOpen) entry.dataOpenCount--;
      if (--entry.openCount > 0) return;
      this.#entries.delete(oplock.holder?.id ?? "");
    }
    node.oplocks?.release(oplock);
  }
}
