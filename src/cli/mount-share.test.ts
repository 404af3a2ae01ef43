import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makePlace } from "./mount-share.js";

describe("the directory that a share is mounted on", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "anymount-place-"));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it("is made, with what is missing above it, and may be there", async () => {
    const where = join(folder, "deep", "place");
    for (let i = 0; i < 2; i++) expect(await makePlace(where)).toMatchObject({ ok: true });
    expect((await stat(where)).isDirectory()).toBe(true);
  });

  it("is told of in one sentence where it cannot be made", async () => {
    await writeFile(join(folder, "file"), "");
    const where = join(folder, "file", "place");
    expect(await makePlace(where)).toEqual({
      ok: false,
      problem: `the directory ${where} is missing and cannot be made (ENOTDIR): make it, or choose another`,
    });
  });
});
