import type { Data } from "./data.js";
import { MAX_KEPT_BYTES, MAX_KEPT_CONTENTS } from "./limits.js";
import { PathMap } from "./memories.js";

/** Content that was made, for those who open the file soon after. */
interface Kept {
  readonly data: Data;
  readonly untilMs: number;
}

/** Contents that nobody has open and that are still good. */
export class KeptContents {
  readonly paths = new PathMap<Kept>(MAX_KEPT_CONTENTS);

  /** Content of a file, where it is still good. */
  get(path: string, view: string, nowMs: number): Data | undefined {
    const kept = this.paths.get(path, view);
    if (kept === undefined) return undefined;
    if (nowMs < kept.untilMs) return kept.data;
    this.paths.delete(path, view);
    return undefined;
  }

  /** Keeps content; not what is too much besides what is kept already and still good. */
  keep(path: string, view: string, kept: Kept, nowMs: number): void {
    const others = this.paths.values().filter(({ untilMs }) => nowMs < untilMs);
    const bytes = others.reduce((sum, { data }) => sum + data.size, kept.data.size);
    if (bytes <= MAX_KEPT_BYTES) this.paths.set(path, view, kept);
  }
}
