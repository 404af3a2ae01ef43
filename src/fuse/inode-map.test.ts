import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FileInfo } from "../fs/index.js";
import { type Inode, InodeMap } from "./inode-map.js";

function info(fileId: bigint): FileInfo {
  return {
    fileAttributes: 0,
    reparseTag: 0,
    allocationSize: 0,
    fileSize: 0,
    creationTicks: 0n,
    lastAccessTicks: 0n,
    lastWriteTicks: 0n,
    changeTicks: 0n,
    fileId,
    hardLinks: 1,
    eaSize: 0,
  };
}

function newMap(hasStableFileIds = true): InodeMap {
  return new InodeMap({ hasStableFileIds, fold: (name) => name.toLowerCase() });
}

/** A node that the kernel has looked up once. */
function known(map: InodeMap, parent: Inode, name: string, fileId: bigint, isDirectory = false) {
  const inode = map.bind(parent, name, info(fileId), isDirectory);
  map.countLookup(inode);
  return inode;
}

describe("the nodes that the kernel knows", () => {
  it("are known by the ids of their files, whatever name they are found by", () => {
    const map = newMap();
    const inode = known(map, map.root, "a", 7n);
    expect(map.bind(map.root, "b", info(7n), false)).toBe(inode);
    map.unbind(map.root, "a");
    expect(map.pathOf(inode)).toBe("\\b");
    map.unbind(map.root, "b");
    expect(map.pathOf(inode)).toBeUndefined();
    expect(map.get(inode.nodeId)).toBe(inode);
    map.forget(inode.nodeId, 1);
    expect(map.size).toBe(1);
  });

  it("are others when another file has the name", () => {
    const map = newMap();
    const old = known(map, map.root, "a", 7n);
    const fresh = known(map, map.root, "A", 8n);
    expect(fresh).not.toBe(old);
    expect(map.pathOf(old)).toBeUndefined();
    expect(map.child(map.root, "a")).toBe(fresh);
  });

  it("are known by their names where ids do not last", () => {
    const map = newMap(false);
    const inode = known(map, map.root, "a", 7n);
    expect(map.bind(map.root, "a", info(8n), false)).toBe(inode);
    expect(map.bind(map.root, "a", info(8n), true)).not.toBe(inode);
  });

  it("stay as long as something below them is known", () => {
    const map = newMap();
    const directory = known(map, map.root, "dir", 7n, true);
    const file = known(map, directory, "file", 8n);
    map.forget(directory.nodeId, 1);
    expect(map.pathOf(file)).toBe("\\dir\\file");
    map.forget(file.nodeId, 1);
    expect(map.size).toBe(1);
  });

  it("move with what is below them, and what was in the way has no name", () => {
    const map = newMap();
    const directory = known(map, map.root, "dir", 7n, true);
    const file = known(map, directory, "file", 8n);
    const other = known(map, map.root, "other", 9n, true);
    const inTheWay = known(map, other, "new", 10n, true);
    map.move(map.root, "dir", other, "new");
    expect(map.pathOf(file)).toBe("\\other\\new\\file");
    expect(map.pathOf(inTheWay)).toBeUndefined();
    expect(map.find(["other", "NEW", "file"])).toBe(file);
  });

  it("are none at the end, whatever happened", () => {
    const steps = fc.array(
      fc.record({
        what: fc.constantFrom("look", "unbind", "move", "forget"),
        from: fc.nat(5),
        to: fc.nat(5),
        name: fc.constantFrom("a", "b", "c"),
        other: fc.constantFrom("a", "b", "c"),
        fileId: fc.bigInt(1n, 9n),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const map = newMap();
        const directories: Inode[] = [map.root];
        for (const { what, from, to, name, other, fileId } of all) {
          const parent = directories[from % directories.length] ?? map.root;
          const target = directories[to % directories.length] ?? map.root;
          if (map.get(parent.nodeId) !== parent || map.get(target.nodeId) !== target) continue;
          if (what === "look") {
            const isDirectory = fileId > 6n;
            if (isDirectory && parent !== map.root) continue; // no directory lies in itself
            const inode = known(map, parent, name, fileId, isDirectory);
            if (isDirectory) directories.push(inode);
          } else if (what === "unbind") map.unbind(parent, name);
          else if (what === "move") {
            if (map.child(parent, name)?.isDirectory !== true)
              map.move(parent, name, target, other);
          } else map.forget(parent.nodeId, parent.lookups);
        }
        for (let nodeId = 2; nodeId < 200; nodeId++) map.forget(nodeId, 1000);
        for (let nodeId = 2; nodeId < 200; nodeId++) map.forget(nodeId, 1000);
        expect(map.size).toBe(1);
        expect(map.root.children?.size ?? 0).toBe(0);
      }),
    );
  });
});
