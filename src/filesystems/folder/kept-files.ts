import type { Attachments, Keeper } from "./attachments.js";
import type { HostStats } from "./host-stats.js";
import { type Kept, readKept } from "./known-file.js";
import { CHANGE_SLACK_NS, MAX_KNOWN_KEPT } from "./limits.js";
import { Recent } from "./recent.js";

interface Known {
  readonly kept: Kept;
  /** When the file was changed last, in ns since 1970: a change of what is kept with it moves that. */
  readonly changedNs: bigint;
}

/**
 * What is kept with files, so that it need not be read again as long as their change times stay. The host's clock goes by
 * ticks, so of a file that was changed a moment ago nothing is known for long: a second change may show the same
 * time. But for our own, which are told here.
 */
export class KeptFiles {
  readonly #attachments: Attachments;
  readonly #known = new Recent<bigint, Known>(MAX_KNOWN_KEPT);

  constructor(attachments: Attachments) {
    this.#attachments = attachments;
  }

  /** What is kept with a file now. @param keeper - as it was just looked at */
  read(fileId: bigint, keeper: Keeper): Kept {
    const known = this.#known.get(fileId);
    if (known !== undefined && known.changedNs === keeper.stats.ctimeNs) return known.kept;
    const kept = readKept(this.#attachments, keeper);
    if (isSettled(keeper.stats)) this.note(fileId, keeper.stats, kept);
    return kept;
  }

  /** What is kept with a file that we have just made. */
  note(fileId: bigint, { ctimeNs }: HostStats, kept: Kept): void {
    this.#known.set(fileId, { kept, changedNs: ctimeNs });
  }

  /** A directory was changed, and nothing but its names. */
  namesChanged(fileId: bigint, before: HostStats, after: HostStats): void {
    const known = this.#known.get(fileId);
    if (known?.changedNs === before.ctimeNs) this.note(fileId, after, known.kept);
  }

  /** Something may be kept with a file that was not. */
  forget(fileId: bigint): void {
    this.#known.delete(fileId);
  }
}

const NS_PER_MS = 1_000_000n;

function isSettled({ ctimeNs }: HostStats): boolean {
  return BigInt(Date.now()) * NS_PER_MS - ctimeNs > CHANGE_SLACK_NS;
}
