import { expect, it } from "vitest";
import { i64 } from "./fields.js";
import { struct } from "./struct.js";

const One = struct("One", 8, { value: i64 });

it.each([
  { value: 0n, read: 0 },
  { value: -1n, read: -1 },
  { value: -2n, read: -2 },
  { value: 2n ** 32n + 5n, read: 2 ** 32 + 5 },
  { value: -(2n ** 32n) - 5n, read: -(2 ** 32) - 5 },
  { value: 2n ** 53n - 1n, read: 2 ** 53 - 1 },
  { value: 2n ** 53n, read: 2n ** 53n },
  { value: 2n ** 53n + 1n, read: 2n ** 53n + 1n },
  { value: -(2n ** 53n) + 1n, read: -(2 ** 53) + 1 },
  { value: -(2n ** 53n) - 1n, read: -(2n ** 53n) - 1n },
  { value: 2n ** 63n - 1n, read: 2n ** 63n - 1n },
  { value: -(2n ** 63n), read: -(2n ** 63n) },
])("an i64 of $value reads as $read, and is written as it was read", ({ value, read }) => {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setBigInt64(0, value, true);
  const window = One.at(bytes, 0);
  expect(window.value).toBe(read);
  window.value = 0;
  window.value = read;
  expect(bytes.getBigInt64(0, true)).toBe(value);
});
