import { describe, expect, it } from "vitest";
import type { Open } from "../kernel/index.js";
import { HandleTable } from "./handles.js";
import { Inode } from "./inode-map.js";

const open = {} as unknown as Open; // never looked at

function threeOfOne() {
  const table = new HandleTable();
  const inode = new Inode(2, 7n, false);
  const handles = [1, 2, 3].map(() => table.add(inode, open));
  return { table, inode, fhs: handles.map(({ fh }) => fh) };
}

describe("the handles of a node", () => {
  it.each([[[0, 1, 2]], [[2, 1, 0]], [[1, 0, 2]], [[1, 2, 0]]])(
    "are found until the last of them is closed, in the order %j",
    (order) => {
      const { table, inode, fhs } = threeOfOne();
      const left = new Set(fhs);
      for (const at of order) {
        const fh = fhs[at] ?? 0;
        expect(left).toContain(table.anyOf(inode)?.fh);
        expect(table.remove(fh)?.fh).toBe(fh);
        left.delete(fh);
      }
      expect(table.anyOf(inode)).toBeUndefined();
      expect(table.size).toBe(0);
    },
  );

  it("are not those of another", () => {
    const { table } = threeOfOne();
    const other = new Inode(3, 8n, false);
    expect(table.anyOf(other)).toBeUndefined();
    const { fh } = table.add(other, open);
    expect(table.anyOf(other)?.fh).toBe(fh);
  });

  it("are gone when all are", () => {
    const { table, inode } = threeOfOne();
    expect(table.clear()).toHaveLength(3);
    expect(table.anyOf(inode)).toBeUndefined();
  });
});
