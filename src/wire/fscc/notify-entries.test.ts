import { describe, expect, it } from "vitest";
import { hex } from "../../testing/hex.js";
import { linkEntry } from "./linked-entries.js";
import { FileAction, writeNotifyEntry } from "./notify-entries.js";

describe("the changes of a directory", () => {
  it("are a list of actions and names, each at a multiple of 4", () => {
    const used = hex("ff".repeat(32));
    const rename = { action: FileAction.RENAMED_OLD_NAME, name: "a" };
    expect(writeNotifyEntry(used, 0, rename)).toBe(14);
    expect(writeNotifyEntry(used, 16, { action: FileAction.RENAMED_NEW_NAME, name: "b\\" })).toBe(
      16,
    );
    linkEntry(used, 0, 16);
    expect(used).toEqual(
      hex(`
        10000000 04000000 02000000 6100 0000 # NextEntryOffset, Action, FileNameLength, "a"
        00000000 05000000 04000000 6200 5c00 # NextEntryOffset, Action, FileNameLength, "b\\"
      `),
    );
  });

  it("are not written where they do not fit in", () => {
    const tooSmall = hex("ff".repeat(13));
    expect(writeNotifyEntry(tooSmall, 0, { action: FileAction.ADDED, name: "a" })).toBe(0);
    expect(tooSmall).toEqual(hex("ff".repeat(13)));
  });
});
