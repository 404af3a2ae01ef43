import { describe, expect, it } from "vitest";
import { memory } from "./filesystems/memory/index.js";
import { type Served, type ServeOptions, serve } from "./serve.js";

async function sharesOf(what: Served, options: ServeOptions): Promise<readonly string[]> {
  const server = await serve(what, { port: 0, ...options });
  await server.close();
  return server.shares.map(({ name }) => name);
}

describe("serve", () => {
  it("gives one file system the names that it is told", async () => {
    expect(await sharesOf(memory(), {})).toEqual(["share"]);
    expect(await sharesOf(memory(), { share: "data" })).toEqual(["data"]);
    const shares = { data: {}, public: { isReadOnly: true }, seen: { hidesUnreadable: true } };
    expect(await sharesOf(memory(), { shares })).toEqual(["data", "public", "seen"]);
  });

  it("gives several file systems the names of the map, and options to some", async () => {
    const shares = { two: { isReadOnly: true, comment: "the second" } };
    expect(await sharesOf({ one: memory(), two: memory() }, { shares })).toEqual(["one", "two"]);
  });

  it.each<[string, Served, ServeOptions, string]>([
    ["a share that is not served", { one: memory() }, { shares: { two: {} } }, "not served"],
    ["share beside shares", memory(), { share: "a", shares: { b: {} } }, "name all in shares"],
    ["no share at all", memory(), { shares: {} }, "nothing to serve"],
    ["two shares of one name", memory(), { shares: { a: {}, A: {} } }, "choose another name"],
    [
      "two users of one name",
      memory(),
      { users: ["anna", "ANNA"].map((name) => ({ name, password: "x" })) },
      "two accounts",
    ],
    ["a user without a name", memory(), { users: [{ name: "", password: "x" }] }, "no name"],
    [
      "a user without a password",
      memory(),
      { users: [{ name: "a", password: "" }] },
      "no password",
    ],
    ["a word that it does not know", memory(), { signing: "off" as "enabled" }, 'not "off"'],
    ["a dialect that it does not know", memory(), { minDialect: "9" as "2.1" }, 'not "9"'],
  ])("refuses %s with a sentence", async (_, what, options, sentence) => {
    await expect(serve(what, { port: 0, ...options })).rejects.toThrow(sentence);
  });
});
