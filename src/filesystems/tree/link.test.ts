import { describe, expect, it } from "vitest";
import { FILE_ATTRIBUTE_DIRECTORY, FILE_ATTRIBUTE_REPARSE_POINT } from "../../nt/index.js";
import { hex } from "../../testing/hex.js";
import { dir, link, type Tree } from "./index.js";
import { reparseDataOf } from "./tree-link.js";

const CALLER = {
  userName: "",
  userSid: "S-1-1-0",
  groupSids: [],
  sessionId: 0,
  clientAddress: "",
};

describe("a link", () => {
  const tree: Tree = dir({
    people: dir({ "ann.json": "{}", me: link("ann.json") }),
    everybody: link("people", { isDirectory: true }),
  });

  it("stops a path that goes on behind it, and says where", async () => {
    expect(await tree.getSecurityByName("\\everybody\\ann.json", CALLER)).toMatchObject({
      reparseAt: 1,
    });
  });

  it("is not followed where it is the last name", async () => {
    const found = await tree.getSecurityByName("\\people\\me", CALLER);
    expect(found.fileAttributes).toBe(FILE_ATTRIBUTE_REPARSE_POINT);
    expect(found).not.toHaveProperty("reparseAt");
  });

  it("to a directory is one itself", async () => {
    const { fileAttributes } = await tree.getSecurityByName("\\everybody", CALLER);
    expect(fileAttributes).toBe(FILE_ATTRIBUTE_REPARSE_POINT | FILE_ATTRIBUTE_DIRECTORY);
  });

  it("tells its target, by an open and by name", async () => {
    const params = { createOptions: 0, grantedAccess: 0 };
    const { file, info } = await tree.open("\\people\\me", params, CALLER);
    expect(info).toMatchObject({ reparseTag: 0xa000_000c, fileSize: 0 });
    expect(tree.getReparsePoint(file)).toEqual(
      await tree.getReparsePointByName("\\people\\me", CALLER),
    );
    await tree.close(file);
    expect(await tree.getReparsePointByName("\\people\\ann.json", CALLER)).toBeUndefined();
  });

  it("is laid out as the specification has it", () => {
    const golden = hex(`
      0c0000a0 1400 0000   # ReparseTag, ReparseDataLength, Reserved
      0000 0400 0400 0400  # SubstituteNameOffset, ..Length, PrintNameOffset, ..Length
      01000000             # Flags: SYMLINK_FLAG_RELATIVE
      61006200 61006200    # PathBuffer: ab, ab
    `);
    expect(Buffer.from(reparseDataOf(link("ab"), "\\x"))).toEqual(Buffer.from(golden.buffer));
  });

  it.each([
    { target: "a/b", path: "\\x", told: "a\\b" },
    { target: "../a", path: "\\d\\x", told: "..\\a" },
    { target: "/a/b", path: "\\x", told: "a\\b" },
    { target: "/a", path: "\\d\\e\\x", told: "..\\..\\a" },
    { target: "/", path: "\\x", told: "." },
  ])("with the target $target at $path tells $told", ({ target, path, told }) => {
    const data = Buffer.from(reparseDataOf(link(target), path));
    expect(data.subarray(20, 20 + data.readUInt16LE(10)).toString("utf16le")).toBe(told);
  });

  it("has a target", () => {
    expect(() => link("")).toThrow("a link has a target");
    expect(() => link("x".repeat(4_001))).toThrow("a link has a target");
  });
});
