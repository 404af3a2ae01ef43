import { describe, expect, it } from "vitest";
import { cases, runCases } from "../../testing/conformance/index.js";
import { FuseMemory, inCallbackStyle } from "../../testing/fuse-memory.js";
import { type FuseOptions, fromFuse } from "./index.js";

type Lacks = Readonly<Record<string, string>>;

const LACKED_BY_ALL: Lacks = {};
const LACKED_BY_CALLBACKS: Lacks = {};

const SOURCES: readonly {
  readonly name: string;
  readonly make: (options?: FuseOptions) => ReturnType<typeof fromFuse>;
  readonly lacks: Lacks;
}[] = [
  { name: "in promise style", make: (o) => fromFuse(new FuseMemory(), o), lacks: {} },
  {
    name: "in callback style",
    make: (o) => fromFuse(inCallbackStyle(new FuseMemory()), o),
    lacks: LACKED_BY_CALLBACKS,
  },
];

describe.each(SOURCES)("FUSE operations $name", ({ make, lacks: own }) => {
  const lacks: Lacks = { ...LACKED_BY_ALL, ...own };

  it.each(cases)("conform: $name", async (each) => {
    const results = await runCases(() => make(), { cases: [each] });
    const failures = results.filter(({ outcome }) => outcome === "failed");
    if (lacks[each.name] === undefined) expect(failures).toEqual([]);
    else expect(failures).not.toEqual([]); // else it passes now, and is to go from the list
  });

  it("lack nothing that no case asks for", () => {
    const names = new Set(cases.map(({ name }) => name));
    expect(Object.keys(lacks).filter((name) => !names.has(name))).toEqual([]);
  });
});
