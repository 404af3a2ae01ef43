import { afterEach, describe, expect, it, vi } from "vitest";
import { memory } from "../../filesystems/memory/index.js";
import type { Case } from "./case.js";
import { cases, mountCases, runCase, runCases, waysOf } from "./index.js";
import { POSIX_RULES } from "./posix-rules.js";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("cases by programs on a mount", () => {
  it("have names that no other case has", () => {
    const names = [...cases, ...mountCases].map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it("are left to the rules of POSIX only where there is such a case", () => {
    const names = new Set(cases.map(({ name }) => name));
    expect(Object.keys(POSIX_RULES).filter((name) => !names.has(name))).toEqual([]);
  });

  it("are those on what clients see, and those of their own", () => {
    expect(mountCases.every((each) => waysOf(each).join() === "fuse")).toBe(true);
    for (const each of cases) expect(waysOf(each).includes("fuse")).toBe(each.level === "drive");
  });

  it("are skipped where the system is not Linux, and say so", async () => {
    vi.spyOn(process, "platform", "get").mockReturnValue("darwin");
    const results = await runCases(memory, {
      cases: [...cases.slice(0, 1), ...mountCases.slice(0, 1)],
      ways: ["fuse"],
    });
    expect(results.map(({ outcome, reason }) => ({ outcome, reason }))).toEqual([
      {
        outcome: "skipped",
        reason: expect.stringContaining("only Linux has /dev/fuse") as unknown,
      },
    ]);
  });

  it("that need what the file system has not are skipped before anything is mounted", async () => {
    const needy: Case = { ...mountCases[0], needs: ["control"] } as Case;
    expect(await runCase(needy, memory)).toBe("the file system has no control");
  });
});

it("a case that does not end has failed when its time is up", async () => {
  const endless: Case = {
    level: "contract",
    name: "endless",
    source: "nowhere",
    needs: [],
    run: () => new Promise(() => undefined),
  };
  await expect(runCase(endless, memory, { maxCaseMs: 1 })).rejects.toThrow(
    "direct: nothing has come of it in 1 ms",
  );
});
