import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NamespaceLock } from "./namespace-lock.js";

type Kind = "shared" | "exclusive";

/** Tasks on one lock, and who was let in in which order. */
class Tasks {
  readonly #lock = new NamespaceLock();
  readonly order: string[] = [];
  #shared = 0;
  #exclusive = 0;

  async run(kind: Kind, id: string, turns: number): Promise<void> {
    const wait = kind === "shared" ? this.#lock.enterShared() : this.#lock.enterExclusive();
    if (wait !== undefined) await wait;
    this.order.push(id);
    if (kind === "shared") this.#shared++;
    else this.#exclusive++;
    for (let i = 0; i < turns; i++) {
      expect(this.#exclusive).toBe(kind === "shared" ? 0 : 1);
      if (kind === "exclusive") expect(this.#shared).toBe(0);
      await Promise.resolve();
    }
    if (kind === "shared") {
      this.#shared--;
      this.#lock.leaveShared();
    } else {
      this.#exclusive--;
      this.#lock.leaveExclusive();
    }
  }
}

const task = fc.record({
  kind: fc.constantFrom<Kind>("shared", "exclusive"),
  turns: fc.integer({ min: 1, max: 8 }),
  delay: fc.nat(6),
});

describe("the namespace lock", () => {
  it("lets in at once whoever finds it free, with no promise", () => {
    const lock = new NamespaceLock();
    expect(lock.enterShared()).toBeUndefined();
    expect(lock.enterShared()).toBeUndefined();
    lock.leaveShared();
    lock.leaveShared();
    expect(lock.enterExclusive()).toBeUndefined();
    lock.leaveExclusive();
    expect(lock.enterShared()).toBeUndefined();
  });

  it("never has anybody beside one who has it alone, and lets everybody in in the end", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(task, { maxLength: 30 }), async (all) => {
        const tasks = new Tasks();
        const running = all.map(async ({ kind, turns, delay }, i) => {
          for (let turn = 0; turn < delay; turn++) await Promise.resolve();
          await tasks.run(kind, String(i), turns);
        });
        await Promise.all(running);
        expect(tasks.order).toHaveLength(all.length);
      }),
    );
  });

  it("lets nobody wait for ever: who comes behind one that wants it alone waits for him", async () => {
    const tasks = new Tasks();
    await Promise.all([
      tasks.run("shared", "first", 5),
      tasks.run("exclusive", "alone", 1),
      tasks.run("shared", "late", 1),
      tasks.run("shared", "later", 1),
    ]);
    expect(tasks.order).toEqual(["first", "alone", "late", "later"]);
  });
});
