import { expect, it } from "vitest";
import { fileOffset } from "./file-offset.js";

const LAST = 2n ** 63n - 1n;

it.each([
  { offset: 0, length: 1, found: 0 },
  { offset: 2 ** 53 - 1, length: 8, found: 2 ** 53 - 1 },
  { offset: 2n ** 53n, length: 8, found: Infinity },
  { offset: LAST - 1n, length: 1, found: Infinity },
  { offset: LAST, length: 0, found: Infinity },
  { offset: LAST, length: 1, found: undefined },
  { offset: -(2n ** 63n), length: 0, found: undefined },
  { offset: -1, length: 0, found: undefined },
])("$length bytes at $offset begin at $found", ({ offset, length, found }) => {
  expect(fileOffset(offset, length)).toBe(found);
});
