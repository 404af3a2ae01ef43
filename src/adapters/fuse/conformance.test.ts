import { describe, expect, it } from "vitest";
import { cases, runCases } from "../../testing/conformance/index.js";
import { FuseMemory, inCallbackStyle } from "../../testing/fuse-memory.js";
import { fromFuse } from "./index.js";

/** Why a case cannot pass. */
type Lacks = Readonly<Record<string, string>>;

const MODE = "of a descriptor only owner, group and what a mode can tell is kept";
const ONE_OWNER = "everything belongs to whoever has logged on, so nobody is kept out";
const MS = "in callback style times come in milliseconds";

const LACKED_BY_ALL: Lacks = {
  "a new file has the descriptor it was given": MODE,
  "a new file has from its directory what that hands down": MODE,
  "who sets a DACL changes that alone": MODE,
  "descriptors of many files, set and read at once, do not get mixed up": MODE,
  "others do what the descriptor lets them, and its owner can always change it": ONE_OWNER,
  "who knows nothing of extended attributes gives none, and opens nothing that needs one":
    "that an attribute is needed cannot be kept in a value",
  "a reparse point of a private tag is set, told, and removed by who knows its GUID":
    "there are symbolic links and special files, and no other reparse points",
};

const LACKED_BY_CALLBACKS: Lacks = {
  "times and attributes are set, and stay": MS,
  "times set by the open survive its writes": MS,
  "times that are set stay, and those that are not stay as they were": MS,
  "a write through another open moves the time of the last write": MS,
};

/** All users of a case are to do everything, as with memory. */
const OWN_ALL = { uid: -1, gid: -1 };

const SOURCES = [
  { name: "in promise style", make: () => fromFuse(new FuseMemory(), OWN_ALL), lacks: {} },
  {
    name: "in callback style",
    make: () => fromFuse(inCallbackStyle(new FuseMemory()), OWN_ALL),
    lacks: LACKED_BY_CALLBACKS,
  },
];

describe.each(SOURCES)("FUSE operations $name", ({ make, lacks: own }) => {
  const lacks: Lacks = { ...LACKED_BY_ALL, ...own };

  it.each(cases)("conform: $name", async (each) => {
    const results = await runCases(make, { cases: [each] });
    const failures = results.filter(({ outcome }) => outcome === "failed");
    if (lacks[each.name] === undefined) expect(failures).toEqual([]);
    else expect(failures).not.toEqual([]); // else it passes now, and is to go from the list
  });

  it("lack nothing that no case asks for", () => {
    const names = new Set(cases.map(({ name }) => name));
    expect(Object.keys(lacks).filter((name) => !names.has(name))).toEqual([]);
  });
});
