import { beforeEach, describe, expect, it } from "vitest";
import { MAX_REQUEST_GAP_MS, STAY_AWAKE_MS } from "./limits.js";
import { Wakefulness } from "./wakefulness.js";

describe("wakefulness", () => {
  let now = 0;
  let turns: (() => void)[] = [];
  let wakefulness: Wakefulness;

  beforeEach(() => {
    now = 1000;
    turns = [];
    wakefulness = new Wakefulness(
      () => now,
      (turn) => turns.push(turn),
    );
  });

  function stirAfter(ms: number): void {
    now += ms;
    wakefulness.stir();
  }

  /** Runs turns of the event loop until nobody wants another. */
  function turnsUntilAsleep(msEach: number): number {
    let count = 0;
    for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) {
      now += msEach;
      turn();
      count++;
    }
    return count;
  }

  it("does not come from a request that is alone", () => {
    stirAfter(0);
    stirAfter(MAX_REQUEST_GAP_MS * 2);
    expect(turns).toHaveLength(0);
  });

  it("comes with requests that follow each other closely, and ends soon after the last", () => {
    stirAfter(0);
    stirAfter(MAX_REQUEST_GAP_MS / 2);
    stirAfter(MAX_REQUEST_GAP_MS / 2);
    expect(turns).toHaveLength(1);
    expect(turnsUntilAsleep(STAY_AWAKE_MS / 10)).toBeLessThanOrEqual(11);
  });

  it("comes again after it has ended", () => {
    stirAfter(0);
    stirAfter(0);
    turnsUntilAsleep(STAY_AWAKE_MS);
    stirAfter(0);
    expect(turns).toHaveLength(1);
  });
});
