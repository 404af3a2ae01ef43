import { type ExtendedAttribute, packedEaSize } from "../../fs/index.js";
import { foldName, NtStatus } from "../../nt/index.js";
import { ownName } from "./directory-tree.js";
import { EA_COST, MAX_EA_BYTES } from "./limits.js";
import { refuse } from "./refusal.js";
import type { Space } from "./space.js";

/** The extended attributes of one file. A change makes a new set, so that it is done whole or not at all. */
export class EaSet {
  /** By folded name, in the order in which the names came. */
  readonly #attributes: ReadonlyMap<string, ExtendedAttribute>;
  /** In bytes, packed. */
  readonly size: number;

  private constructor(attributes: ReadonlyMap<string, ExtendedAttribute>) {
    this.#attributes = attributes;
    this.size = packedEaSize(attributes.values());
    if (this.size > MAX_EA_BYTES) refuse(NtStatus.EA_TOO_LARGE);
  }

  /** All of them. */
  list(): ExtendedAttribute[] {
    return [...this.#attributes.values()];
  }

  /**
   * What is there after a change, and accounted for in place of what was there before.
   *
   * @param old - undefined where there were none
   * @returns undefined where there are none
   * @throws NtError EA_TOO_LARGE, DISK_FULL
   */
  static changed(
    old: EaSet | undefined,
    changes: readonly ExtendedAttribute[],
    space: Space,
  ): EaSet | undefined {
    const attributes = new Map(old === undefined ? [] : old.#attributes);
    for (const { name, value, isNeeded } of changes) {
      const key = foldName(name);
      if (value.length === 0) attributes.delete(key);
      else attributes.set(key, { name: ownName(name), value: Uint8Array.from(value), isNeeded });
    }
    const set = attributes.size === 0 ? undefined : new EaSet(attributes);
    space.charge(costOf(set) - costOf(old));
    return set;
  }

  /** Gives back what a set is accounted with. */
  static release(set: EaSet | undefined, space: Space): void {
    space.charge(-costOf(set));
  }

  get cost(): number {
    let cost = 0;
    for (const [key, { name, value }] of this.#attributes) {
      cost += EA_COST + key.length + name.length + value.length;
    }
    return cost;
  }
}

/** What a set is accounted with, in bytes. */
function costOf(set: EaSet | undefined): number {
  return set === undefined ? 0 : set.cost;
}
