import { describe, expect, it } from "vitest";
import { getReparsePoint, setReparsePoint } from "../../kernel/index.js";
import {
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_ATTRIBUTE_REPARSE_POINT,
  FILE_OPEN_REPARSE_POINT,
  FILE_READ_DATA,
  NtStatus,
  readSymbolicLink,
} from "../../nt/index.js";
import { VolumeDriver } from "../../testing/volume-driver.js";
import { dir, link, type Tree } from "./index.js";
import { reparseDataOf } from "./tree-link.js";
import type { TreeOpen } from "./tree-open.js";

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

  it("is followed by the server where it is told to", async () => {
    const on = new VolumeDriver(tree, { followsSymlinks: true });
    const open = await on.open("everybody\\ME", { desiredAccess: FILE_READ_DATA });
    expect(open.path).toBe("\\people\\ann.json");
    await open.close();
    expect(await on.text("everybody\\me")).toBe("{}");
  });

  it("is told to clients otherwise, or opened itself where they ask for that", async () => {
    const on = new VolumeDriver(tree);
    const request = { desiredAccess: FILE_READ_DATA };
    expect(await on.outcome("everybody\\me", request)).toBe("STOPPED_ON_SYMLINK");
    const itself = { ...request, createOptions: FILE_OPEN_REPARSE_POINT };
    const open = await on.open("people\\me", itself);
    expect(await getReparsePoint(open)).toMatchObject({ ok: true });
    expect(await setReparsePoint(open, tree.getReparsePoint(open.file as TreeOpen))).toBe(
      NtStatus.INVALID_DEVICE_REQUEST,
    );
    await open.close();
    expect(on.volume.capabilities.hasReparsePoints).toBe(true);
  });

  it.each([
    { target: "a/b", path: "\\x", told: "a\\b" },
    { target: "../a", path: "\\d\\x", told: "..\\a" },
    { target: "/a/b", path: "\\x", told: "a\\b" },
    { target: "/a", path: "\\d\\e\\x", told: "..\\..\\a" },
    { target: "/", path: "\\x", told: "." },
  ])("with the target $target at $path tells $told", ({ target, path, told }) => {
    expect(readSymbolicLink(reparseDataOf(link(target), path))).toEqual({
      substituteName: told,
      printName: told,
      isRelative: true,
    });
  });

  it("has a target", () => {
    expect(() => link("")).toThrow("a link has a target");
    expect(() => link("x".repeat(4_001))).toThrow("a link has a target");
  });
});
