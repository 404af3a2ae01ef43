import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ChangeAction } from "../fs/index.js";
import { FILE_NOTIFY_CHANGE_FILE_NAME, statusName } from "../nt/index.js";
import { MAX_NOTIFY_BUFFER_SIZE, MAX_WAITING_WATCHES_PER_OPEN } from "./limits.js";
import { type Changes, Watch } from "./watch.js";

const SCOPE = { completionFilter: FILE_NOTIFY_CHANGE_FILE_NAME, isTree: false };

/** Room for any answer here, in bytes. */
const PLENTY = 1000;

/** What an answer tells: names, or its status. */
function told(changes: Changes): string {
  return changes.ok ? changes.value.map(({ name }) => name).join(" ") : statusName(changes.status);
}

/** A request that may wait. */
function ask(watch: Watch, room = PLENTY) {
  const asked = { answer: "waits", cancel: (): void => undefined };
  const onWait = (cancel: () => void) => {
    asked.cancel = cancel;
  };
  const changes = watch.next({ ...SCOPE, room, onWait });
  if (!(changes instanceof Promise)) asked.answer = told(changes);
  else void changes.then((late) => (asked.answer = told(late)));
  return asked;
}

/** What there is now, without waiting. */
async function now(watch: Watch, room = PLENTY): Promise<string> {
  return told(await watch.next({ ...SCOPE, room, onWait: undefined }));
}

function happen(watch: Watch, ...names: string[]): void {
  for (const name of names) watch.add({ action: ChangeAction.ADDED, name });
  watch.tell();
}

async function turn(): Promise<void> {
  await new Promise(setImmediate);
}

describe("a watch", () => {
  it("answers at once with what has happened, in order, and tells nothing twice", async () => {
    const watch = new Watch(SCOPE, PLENTY);
    expect(await now(watch)).toBe("PENDING");
    happen(watch, "a");
    happen(watch, "b", "c");
    expect(await now(watch)).toBe("a b c");
    expect(await now(watch)).toBe("PENDING");
  });

  it("answers those who wait in the order in which they came, each with what happens next", async () => {
    const watch = new Watch(SCOPE, PLENTY);
    const first = ask(watch);
    const second = ask(watch);
    happen(watch, "a", "b");
    await turn();
    expect([first.answer, second.answer]).toEqual(["a b", "waits"]);
    happen(watch, "c");
    await turn();
    expect(second.answer).toBe("c");
  });

  it("keeps a change once that happens again before anything else does", async () => {
    const watch = new Watch(SCOPE, PLENTY);
    happen(watch, "a", "a", "b", "a");
    expect(await now(watch)).toBe("a b a");
    happen(watch, "a");
    expect(await now(watch)).toBe("a");
  });

  it("ends a request that is cancelled, and that one only", async () => {
    const watch = new Watch(SCOPE, PLENTY);
    const first = ask(watch);
    const second = ask(watch);
    first.cancel();
    first.cancel();
    happen(watch, "a");
    await turn();
    expect([first.answer, second.answer]).toEqual(["CANCELLED", "a"]);
    second.cancel();
    await turn();
    expect(second.answer).toBe("a");
  });

  it("lets only so many wait", async () => {
    const watch = new Watch(SCOPE, PLENTY);
    const waiting = Array.from({ length: MAX_WAITING_WATCHES_PER_OPEN }, () => ask(watch));
    expect(ask(watch).answer).toBe("INSUFFICIENT_RESOURCES");
    waiting[0]?.cancel();
    const last = ask(watch);
    await turn();
    expect([waiting[0]?.answer, waiting[1]?.answer, last.answer]).toEqual([
      "CANCELLED",
      "waits",
      "waits",
    ]);
  });

  // An entry takes 12 bytes and 2 for each unit of its name, and begins at a multiple of 4.
  it.each([
    { names: ["abcd"], room: 20, answer: "abcd" },
    { names: ["abcd"], room: 19, answer: "NOTIFY_ENUM_DIR" },
    { names: ["a", "bcd"], room: 34, answer: "a bcd" },
    { names: ["a", "bcd"], room: 33, answer: "NOTIFY_ENUM_DIR" },
    { names: ["a"], room: 0, answer: "NOTIFY_ENUM_DIR" },
  ])("with $room bytes for $names answers $answer", async ({ names, room, answer }) => {
    const kept = new Watch(SCOPE, PLENTY);
    happen(kept, ...names);
    expect(await now(kept, room)).toBe(answer);
    expect(await now(kept)).toBe("PENDING");

    const waiting = new Watch(SCOPE, PLENTY);
    const asked = ask(waiting, room);
    happen(waiting, ...names);
    await turn();
    expect(asked.answer).toBe(answer);
    expect(await now(waiting)).toBe("PENDING");

    const small = new Watch(SCOPE, room);
    happen(small, ...names);
    expect(await now(small)).toBe(answer);
    happen(small, ...names);
    expect(await now(small)).toBe(answer);
  });

  it("forgets all of what is too much, and goes on with what comes after the answer", async () => {
    const watch = new Watch(SCOPE, 40);
    happen(watch, "a", "b", "c", "d");
    happen(watch, "e");
    expect(await now(watch)).toBe("NOTIFY_ENUM_DIR");
    happen(watch, "f");
    expect(await now(watch)).toBe("f");
  });

  it("never keeps more than the limit, whatever room a client says it has", async () => {
    const watch = new Watch(SCOPE, 0xffff_ffff);
    const long = "x".repeat(1000);
    const count = Math.ceil(MAX_NOTIFY_BUFFER_SIZE / (12 + 2 * (long.length + 4)));
    happen(watch, ...Array.from({ length: count + 1 }, (_, i) => `${long}${1000 + i}`));
    expect(await now(watch, 0xffff_ffff)).toBe("NOTIFY_ENUM_DIR");
  });

  it("tells everything once and in order, whoever asks when", async () => {
    const step = fc.constantFrom("happen", "ask", "look", "cancel");
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const watch = new Watch(SCOPE, MAX_NOTIFY_BUFFER_SIZE);
        const asked: ReturnType<typeof ask>[] = [];
        const happened: string[] = [];
        for (const [i, step] of steps.entries()) {
          if (step === "ask") asked.push(ask(watch));
          else if (step === "look")
            asked.push({ answer: await now(watch), cancel: () => undefined });
          else if (step === "cancel") asked.find(({ answer }) => answer === "waits")?.cancel();
          else {
            happened.push(`n${i}`);
            happen(watch, `n${i}`);
          }
          await turn();
        }
        const answers = [...asked.map(({ answer }) => answer), await now(watch)];
        const names = answers
          .join(" ")
          .split(" ")
          .filter((word) => word.startsWith("n"));
        expect(names).toEqual(happened);
      }),
      { numRuns: 50 },
    );
  });
});
