import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NODE_ACCESS } from "./host-access.js";
import { HostCalls } from "./host-calls.js";
import { HOLD, HOLD_DIRECTORY, MAKE, takeHoldOfRoot, using } from "./host-files.js";

const calls = HostCalls.load();
if (calls === undefined) throw new Error("koffi is not installed");

/** Text that is no UTF-8. */
const BYTES = Buffer.from([0x66, 0xff, 0xe9]);

let root: string;
let fd: number;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "anymount-access-"));
  fd = takeHoldOfRoot(root);
});

afterEach(() => {
  closeSync(fd);
  rmSync(root, { recursive: true });
});

describe.each([
  { title: "by koffi", host: calls },
  { title: "by Node", host: NODE_ACCESS },
])("a directory that is held, $title", ({ host }) => {
  it("has made in it, tells of and loses what names say, be they no text", () => {
    for (const name of ["naïve \u{1f600}", BYTES]) {
      closeSync(host.open(fd, name, MAKE, 0o640));
      expect(host.look(fd, name)).toMatchObject({ size: 0n, nlink: 1n });
      expect(host.look(fd, name)?.isFile()).toBe(true);
      host.unlink(fd, name);
      host.makeDirectory(fd, name, 0o700);
      expect(host.look(fd, name)?.isDirectory()).toBe(true);
      using(host.open(fd, name, HOLD_DIRECTORY), (held) => {
        expect(host.stats(held).isDirectory()).toBe(true);
      });
      host.removeDirectory(fd, name);
      expect(host.look(fd, name)).toBeUndefined();
    }
    expect(readdirSync(root)).toEqual([]);
  });

  it("says why something cannot be, by the codes of Node", () => {
    writeFileSync(join(root, "file"), "");
    mkdirSync(join(root, "full/sub"), { recursive: true });
    const failing: readonly (readonly [string, () => unknown])[] = [
      ["ENOENT", () => host.open(fd, "nothing", HOLD)],
      ["ENOTDIR", () => host.open(fd, "file", HOLD_DIRECTORY)],
      ["EEXIST", () => host.open(fd, "file", MAKE, 0o600)],
      [
        "EEXIST",
        () => {
          host.makeDirectory(fd, "file", 0o700);
        },
      ],
      [
        "ENOTEMPTY",
        () => {
          host.removeDirectory(fd, "full");
        },
      ],
      [
        "EISDIR",
        () => {
          host.unlink(fd, "full");
        },
      ],
      ["ENAMETOOLONG", () => host.look(fd, "x".repeat(256))],
    ];
    for (const [code, act] of failing) expect(act, code).toThrow(expect.objectContaining({ code }));
  });

  it("tells of a symbolic link itself, and opens nothing by it", () => {
    symlinkSync("/etc/passwd", join(root, "link"));
    expect(host.look(fd, "link")?.isSymbolicLink()).toBe(true);
    const open = () => host.open(fd, "link", constants.O_RDONLY | constants.O_NOFOLLOW);
    expect(open).toThrow(expect.objectContaining({ code: "ELOOP" }));
    using(host.open(fd, "link", HOLD), (held) => {
      expect(host.stats(held).isSymbolicLink()).toBe(true);
    });
  });
});

describe("what koffi tells of a file", () => {
  it("is what Node tells of it", () => {
    writeFileSync(join(root, "file"), "x".repeat(5000));
    utimesSync(join(root, "file"), -1.25, 4_000_000_000.5);
    symlinkSync("file", join(root, "link"));
    for (const name of ["file", "link"]) {
      const expected = NODE_ACCESS.look(fd, name);
      const told = calls.look(fd, name);
      for (const key of [
        "dev",
        "ino",
        "mode",
        "nlink",
        "uid",
        "gid",
        "size",
        "blocks",
        "atimeNs",
        "mtimeNs",
        "ctimeNs",
        "birthtimeNs",
      ] as const) {
        expect(told?.[key], key).toBe(expected?.[key]);
      }
    }
    expect(calls.stats(fd).ino).toBe(NODE_ACCESS.stats(fd).ino);
  });
});
