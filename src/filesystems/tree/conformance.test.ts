import { describe, expect, it } from "vitest";
import { cases, runCase } from "../../testing/conformance/index.js";
import { dir, file, type Tree } from "./index.js";

/** A tree that clients can change all over; its callbacks answer at once, or later. */
function changeable(wait: () => Promise<void> | undefined): Tree {
  return dir(
    {},
    {
      create: (_name, { isDirectory }) => {
        const made = isDirectory ? changeable(wait) : file("", { write: wait });
        return wait()?.then(() => made) ?? made;
      },
      rename: wait,
      move: wait,
      mayRemove: wait,
      remove: wait,
    },
  );
}

/** Cases that ask for what no tree has. */
const BEYOND =
  /^the file system has no (getExtendedAttributes|getLinks|getStreams|link|openByFileId|setReparsePoint|setSecurity|setSparse|setVolumeLabel)$/;

describe.each([
  { kind: "at once", wait: () => undefined },
  { kind: "later", wait: () => new Promise<void>((settle) => setImmediate(settle)) },
])("a tree whose callbacks answer $kind", ({ wait }) => {
  it.each(cases.map((each) => ({ each, name: each.name })))("$name", async ({ each }) => {
    const reason = await runCase(each, () => changeable(wait));
    if (reason !== undefined) expect(reason).toMatch(BEYOND);
  });
});
