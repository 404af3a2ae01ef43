import { describe, expect, it } from "vitest";
import { freeMemory } from "./free-memory.js";

describe("freeMemory", () => {
  it("leaves an array without memory", () => {
    const array = new Uint8Array(1000);
    freeMemory(array);
    expect(array.buffer.byteLength).toBe(0);
  });

  it("leaves memory alone that is shared with others", () => {
    const memory = new Uint8Array(1000).fill(7);
    freeMemory(memory.subarray(0, 999));
    expect(memory.length).toBe(1000);
  });

  it("gives the memory back at once, not when the collector comes", () => {
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 16; i++) freeMemory(new Uint8Array(16 * 1024 * 1024));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
  });
});
