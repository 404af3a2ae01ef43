import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { type FuseMount, fuse4jsModule } from "./index.js";

describe("the module that stands for fuse4js", () => {
  type Args = readonly unknown[];
  /** Ends an operation of these arguments with these values. */
  const end = (args: Args, ...values: unknown[]) => {
    const done = args.at(-1) as (...values: unknown[]) => void;
    done(...values);
  };

  /** What comes of mounting a table, each of whose operations tells of its call, and ends with the values given for it. */
  function mounted(results: Readonly<Record<string, Args>>, args?: readonly string[]) {
    const calls: unknown[][] = [];
    const handlers = Object.fromEntries(
      Object.entries(results).map(([name, values]) => [
        name,
        (...given: unknown[]) => {
          calls.push([name, ...given.slice(0, -1)]);
          end(given, ...values);
        },
      ]),
    );
    const mounts: FuseMount[] = [];
    const events = { mounted: (each: FuseMount) => mounts.push(each), unmounted: () => undefined };
    const module = fuse4jsModule(events) as { start: (...given: unknown[]) => void };
    module.start("mnt", handlers, false, args);
    const [mount] = mounts;
    if (mount === undefined) throw new Error("nothing was mounted");
    return { calls, mount };
  }

  /** What an operation of a mount has ended with. */
  function ended(start: (done: (...values: unknown[]) => void) => void): unknown[] {
    let outcome: unknown[] = [];
    start((...values) => (outcome = values));
    return outcome;
  }

  it("mounts by start, with what is said by -o, for one operation at a time", () => {
    const { mount } = mounted({ getattr: [0] }, [
      "-o",
      "allow_other,volname=Json",
      "-ouid=7",
      "-d",
    ]);
    expect(mount.mountPoint).toBe(resolve("mnt"));
    expect(mount.options).toMatchObject({ label: "Json", uid: 7, isSerial: true });
    expect(mount.options.style).toBe("callback");
  });

  it("says where and how much to read and write before the buffer, and the handle after it", () => {
    const { calls, mount } = mounted({ read: [3], write: [4] });
    const buffer = Buffer.alloc(5);
    expect(ended((done) => mount.operations.read?.("/f", 8, buffer, 5, 70, done))).toEqual([3]);
    expect(ended((done) => mount.operations.write?.("/f", 8, buffer, 5, 70, done))).toEqual([4]);
    expect(calls).toEqual([
      ["read", "/f", 70, 5, buffer, 8],
      ["write", "/f", 70, 5, buffer, 8],
    ]);
  });

  it("has the handle 0 where open or create give none", () => {
    const none = mounted({ open: [0], create: [0] }).mount.operations;
    expect(ended((done) => none.open?.("/f", 2, done))).toEqual([0, 0]);
    expect(ended((done) => none.create?.("/f", 0o644, done))).toEqual([0, 0]);
    const { operations } = mounted({ open: [0, 9], create: [-2] }).mount;
    expect(ended((done) => operations.open?.("/f", 2, done))).toEqual([0, 9]);
    expect(ended((done) => operations.create?.("/f", 0o644, done))).toEqual([-2, 0]);
  });

  it("asks for space without a path, and gives attributes as text with their size", () => {
    const { calls, mount } = mounted({ statfs: [0, { bsize: 1 }], setxattr: [0] });
    expect(ended((done) => mount.operations.statfs?.("/", done))).toEqual([0, { bsize: 1 }]);
    const value = Buffer.from("größe");
    ended((done) => mount.operations.setxattr?.("/f", "user.a", value, 0, 1, done));
    expect(calls).toEqual([["statfs"], ["setxattr", "/f", "user.a", "größe", 7, 1]]);
  });

  it("takes times and keeps none, and has nothing else that the program has not", () => {
    const { calls, mount } = mounted({ getattr: [0] });
    expect(ended((done) => mount.operations.utimens?.("/f", 1, 2, done))).toEqual([0]);
    expect(calls).toEqual([]);
    const absent = ["read", "write", "open", "create", "statfs", "setxattr", "unlink"];
    expect(absent.filter((name) => name in mount.operations)).toEqual([]);
  });
});
