import { closeSync, openSync } from "node:fs";
import { describe } from "vitest";

/** A `describe` that needs `/dev/fuse`, and the right to mount; skipped with one line that says so where there is none. */
export function describeWithFuse(title: string, tests: () => void): void {
  const reason = reasonForNoFuse();
  if (reason === undefined) {
    describe(title, tests);
    return;
  }
  console.log(`skipped: ${title}: ${reason}`);
  describe.skip(title, tests);
}

/** Why tests cannot mount here; undefined where they can. */
export function reasonForNoFuse(): string | undefined {
  if (process.geteuid?.() !== 0) return "mounting in tests needs root";
  try {
    closeSync(openSync("/dev/fuse", "r+"));
    return undefined;
  } catch (error) {
    return `/dev/fuse cannot be opened (${String(error)})`;
  }
}
