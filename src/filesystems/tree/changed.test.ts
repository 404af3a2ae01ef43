import { describe, expect, it } from "vitest";
import { ChangeAction } from "../../fs/index.js";
import {
  FILE_NOTIFY_CHANGE_DIR_NAME,
  FILE_NOTIFY_CHANGE_FILE_NAME,
  FILE_NOTIFY_CHANGE_LAST_WRITE,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  ticksOfMs,
} from "../../nt/index.js";
import { VolumeDriver } from "../../testing/volume-driver.js";
import { dir, file, lazy, type Tree } from "./index.js";

const READ = { desiredAccess: FILE_READ_DATA };
const EVERYTHING =
  FILE_NOTIFY_CHANGE_DIR_NAME | FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_LAST_WRITE;

async function served(tree: Tree): Promise<VolumeDriver> {
  const on = new VolumeDriver(tree);
  await on.volume.start();
  return on;
}

/** Begins to watch a directory and all below it; what is heard first comes later. */
async function watching(on: VolumeDriver, directory = "") {
  const open = await on.open(directory, READ);
  const heard = open.watch({
    completionFilter: EVERYTHING,
    isTree: true,
    room: 4096,
    onWait: () => undefined,
  });
  const next = Promise.resolve(heard).then((changes) =>
    changes.ok ? changes.value : changes.status,
  );
  return { next };
}

describe("changed", () => {
  it("tells watchers, and has content made anew; who has it open reads on", async () => {
    let text = "one";
    const tree = dir({ d: dir({ a: file(() => text, { cacheMs: 1e9 }) }) });
    const on = await served(tree);
    const open = await on.open("d\\a", READ);
    const heard = await watching(on);
    text = "two, which is longer";
    tree.changed("d/A");
    expect(await heard.next).toEqual([{ action: ChangeAction.MODIFIED, name: "d\\A" }]);
    expect(await on.text("d\\a")).toBe(text);
    const target = new Uint8Array(100);
    expect(await open.read(target, 0)).toMatchObject({ value: 3 });
    await open.close();
    expect(await on.text("d\\a")).toBe(text);
  });

  it("of what nobody has asked for moves its last write time", async () => {
    let nowMs = 1_000;
    const tree = dir({ a: "text" }, { volume: { nowMs: () => nowMs } });
    const on = await served(tree);
    nowMs = 5_000;
    tree.changed("a");
    const open = await on.open("a", { desiredAccess: FILE_READ_ATTRIBUTES });
    expect(open.createInfo.lastWriteTicks).toBe(ticksOfMs(5_000));
    await open.close();
  });

  it("of a directory finds out which names have come and gone, for everybody who has looked", async () => {
    let names = ["stays", "goes"];
    const tree = dir({
      outer: dir(() => ({
        d: dir(async () => {
          await Promise.resolve();
          return names.map((name) => [name, ""] as const);
        }),
      })),
    });
    const on = await served(tree);
    await on.names("outer\\d");
    const heard = await watching(on, "outer\\d");
    await on.names("outer\\d");
    names = ["stays", "comes"];
    tree.changed("outer\\d");
    expect(await heard.next).toEqual([
      { action: ChangeAction.REMOVED, name: "goes" },
      { action: ChangeAction.ADDED, name: "comes" },
    ]);
    expect(await on.outcome("outer\\d\\comes", READ)).toBe("OPENED");
    expect(await on.outcome("outer\\d\\goes", READ)).toBe("OBJECT_NAME_NOT_FOUND");
  });

  it.each([
    { how: "added" as const, action: ChangeAction.ADDED },
    { how: "removed" as const, action: ChangeAction.REMOVED },
  ])("may be told what happened: $how", async ({ how, action }) => {
    let names = ["a"];
    const tree = dir(() => names.map((name) => [name, ""] as const));
    const on = await served(tree);
    expect(await on.outcome("b", READ)).toBe("OBJECT_NAME_NOT_FOUND");
    const heard = await watching(on);
    names = ["b"];
    tree.changed("b", how);
    expect(await heard.next).toEqual([{ action, name: "b" }]);
    expect(await on.outcome("b", READ)).toBe("OPENED");
  });

  it("reaches what is in a lazy directory, and does nothing where nothing is known", async () => {
    let names = ["a"];
    const tree = dir({ later: lazy(() => dir(() => names.map((name) => [name, ""] as const))) });
    const on = await served(tree);
    tree.changed("later/a");
    tree.changed("nowhere/at all");
    tree.changed();
    await on.names("later");
    names = ["b"];
    tree.changed("later/a", "removed");
    expect(await on.outcome("later\\a", READ)).toBe("OBJECT_NAME_NOT_FOUND");
  });

  it("of a directory has everything below made anew", async () => {
    let text = "one";
    const tree = dir({ d: dir({ a: file(() => text) }) });
    const on = await served(tree);
    const open = await on.open("d\\a", READ);
    text = "two";
    tree.changed();
    expect(await on.text("d\\a")).toBe("two");
    await open.close();
    expect(on.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
  });

  it("does not touch what a client is writing", async () => {
    const tree = dir({ a: file("old", { write: () => undefined }) });
    const on = await served(tree);
    const open = await on.open("a", { desiredAccess: 3 });
    await open.write(Buffer.from("new"), 0);
    tree.changed("a");
    expect(await on.text("a")).toBe("new");
    await open.close();
    expect(await on.text("a")).toBe("new");
  });

  it("goes to nobody when the server has ended", async () => {
    const tree = dir({ a: "" });
    const on = await served(tree);
    const heard: unknown[] = [];
    tree.start((changes) => heard.push(changes));
    await on.volume.stop();
    tree.changed("a");
    expect(heard).toEqual([]);
  });
});
