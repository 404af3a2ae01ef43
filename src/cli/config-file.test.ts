import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readConfigFile } from "./config-file.js";

describe("readConfigFile", () => {
  let directory: string;
  let path: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "anymount-config-"));
    path = join(directory, "anymount.json");
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  it("reads settings under the names of the options", async () => {
    await writeFile(path, '{"share": "data", "user": "anna", "max-size": "4G", "guest": true}');
    expect(await readConfigFile(path)).toEqual({
      ok: true,
      value: {
        share: [{ name: "data", isReadOnly: false, hidesUnreadable: false }],
        user: [{ name: "anna", password: undefined }],
        "max-size": 4_294_967_296,
        guest: true,
      },
    });
  });

  it.each([
    { text: "{", says: "it is no JSON" },
    { text: "[]", says: "it has to be an object" },
    { text: "null", says: "it has to be an object" },
    { text: '{"colour": "red"}', says: '"colour" is no setting' },
    { text: '{"signing": "maybe"}', says: '"signing": "maybe" is not allowed' },
    { text: " ".repeat((1 << 20) + 1), says: "it has more than 1048576 bytes" },
  ])("says what is wrong: $says", async ({ text, says }) => {
    await writeFile(path, text);
    const outcome = await readConfigFile(path);
    if (outcome.ok) expect.fail("was taken");
    expect(outcome.problem).toContain(`the configuration file ${path} is not valid: ${says}`);
  });

  it("says that a file is not there", async () => {
    const outcome = await readConfigFile(path);
    if (outcome.ok) expect.fail("was taken");
    expect(outcome.problem).toContain(`the configuration file ${path} cannot be read: ENOENT`);
  });
});
