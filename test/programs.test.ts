import { basename, dirname } from "node:path";
import { execPath } from "node:process";
import { describe, expect, it } from "vitest";
import { findProgram } from "./programs.js";

describe("findProgram", () => {
  it("finds a program on the path", () => {
    expect(findProgram(basename(execPath), `/nowhere:${dirname(execPath)}`)).toBe(execPath);
  });

  it("finds nothing where there is none", () => {
    expect(findProgram("no-such-program", dirname(execPath))).toBeUndefined();
  });
});
