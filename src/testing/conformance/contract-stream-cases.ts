import { strict as assert } from "node:assert";
import { FILE_ATTRIBUTE_DIRECTORY } from "../../nt/index.js";
import { type ContractCase, contractCase, needing } from "./case.js";
import { refuses } from "./subject.js";

const DIRECTORY = { isDirectory: true } as const;

const streams: readonly ContractCase[] = [
  contractCase("a stream has data of its own", "[MS-FSA] 2.1.1.5", async (volume) => {
    await volume.make("\\file", "plain");
    await volume.make("\\file:one", "first");
    await volume.make("\\file:two", "");
    assert.equal(await volume.contents("\\file"), "plain");
    assert.equal(await volume.contents("\\file:one"), "first");
    assert.equal(await volume.contents("\\file:two"), "");
  }),
  contractCase("a stream has its file's id and attributes", "WinFsp 3.9", async (volume) => {
    const { fileId, fileAttributes } = await volume.make("\\file", "plain");
    const stream = await volume.make("\\file:one", "first");
    assert.equal(stream.fileId, fileId);
    assert.equal(stream.fileAttributes, fileAttributes);
    assert.equal(stream.fileSize, 5);
    assert.equal((await volume.infoOf("\\file")).fileSize, 5);
  }),
  contractCase("streams are listed, the unnamed one first", "WinFsp 1.3, 28", async (volume) => {
    await volume.make("\\file", "plain");
    await volume.make("\\file:b", "12");
    await volume.make("\\file:a", "1");
    const { file } = await volume.open("\\file");
    const [unnamed, ...named] = await volume.streams(file);
    assert.equal(unnamed, " 5");
    assert.deepEqual(named.sort(), ["a 1", "b 2"]);
    await volume.close(file);
  }),
  contractCase(
    "a directory can have streams, and no unnamed one",
    "[MS-FSA] 2.1.1.5",
    async (volume) => {
      await volume.make("\\dir", DIRECTORY);
      const made = await volume.make("\\dir:one", "first");
      assert.equal(made.fileAttributes & FILE_ATTRIBUTE_DIRECTORY, 0);
      assert.ok(((await volume.attributesByName("\\dir")) & FILE_ATTRIBUTE_DIRECTORY) !== 0);
      assert.equal((await volume.attributesByName("\\dir:one")) & FILE_ATTRIBUTE_DIRECTORY, 0);
      assert.equal(await volume.contents("\\dir:one"), "first");
      const { file } = await volume.open("\\dir");
      assert.deepEqual(await volume.streams(file), ["one 5"]);
      await volume.close(file);
      assert.deepEqual(await volume.names("\\"), ["dir"]);
    },
    ["getSecurityByName", "readDirectory"],
  ),
  contractCase(
    "a missing stream is not found, nor one of nothing",
    "[MS-FSA] 2.1.5.1",
    async (volume) => {
      await volume.make("\\file", "");
      await refuses(() => volume.open("\\file:one"), "OBJECT_NAME_NOT_FOUND");
      await refuses(() => volume.attributesByName("\\file:one"), "OBJECT_NAME_NOT_FOUND");
      await refuses(() => volume.open("\\missing:one"), "OBJECT_NAME_NOT_FOUND");
      await refuses(() => volume.create("\\missing:one"), "OBJECT_NAME_NOT_FOUND");
      await refuses(() => volume.create("\\nowhere\\file:one"), "OBJECT_PATH_NOT_FOUND");
    },
    ["getSecurityByName"],
  ),
  contractCase("a stream that exists is not made again", "[MS-FSA] 2.1.5.1", async (volume) => {
    await volume.make("\\file", "");
    await volume.make("\\file:one", "first");
    await refuses(() => volume.create("\\file:one"), "OBJECT_NAME_COLLISION");
    assert.equal(await volume.contents("\\file:one"), "first");
  }),
  contractCase(
    "a deleted stream leaves its file, and lives while open",
    "[MS-FSA] 2.1.5.4",
    async (volume) => {
      await volume.make("\\file", "plain");
      await volume.make("\\file:one", "first");
      const { file } = await volume.open("\\file:one");
      await volume.remove("\\file:one");
      await refuses(() => volume.open("\\file:one"), "OBJECT_NAME_NOT_FOUND");
      assert.equal(await volume.read(file), "first");
      assert.equal((await volume.make("\\file:one", "new")).fileSize, 3);
      assert.equal(await volume.read(file), "first");
      await volume.close(file);
      assert.equal(await volume.contents("\\file"), "plain");
      assert.equal(await volume.contents("\\file:one"), "new");
    },
  ),
  contractCase(
    "an overwritten file loses its streams but those open",
    "WinFsp 1.3, 6",
    async (volume) => {
      await volume.make("\\file", "plain");
      await volume.make("\\file:open", "open");
      await volume.make("\\file:closed", "closed");
      const { file } = await volume.open("\\file");
      const stream = await volume.open("\\file:open");
      await volume.overwrite(file);
      assert.deepEqual(await volume.streams(file), [" 0", "open 4"]);
      assert.equal(await volume.read(stream.file), "open");
      await volume.close(stream.file);
      await volume.close(file);
    },
    ["overwrite"],
  ),
  contractCase(
    "an overwritten stream is empty, and nothing else is",
    "WinFsp 1.3, 6",
    async (volume) => {
      await volume.make("\\file", "plain");
      await volume.make("\\file:one", "first");
      await volume.make("\\file:two", "second");
      const { file } = await volume.open("\\file:one");
      assert.equal((await volume.overwrite(file)).fileSize, 0);
      await volume.close(file);
      assert.equal(await volume.contents("\\file"), "plain");
      assert.equal(await volume.contents("\\file:two"), "second");
    },
    ["overwrite"],
  ),
  contractCase("streams go with a deleted file", "[MS-FSA] 2.1.5.4", async (volume) => {
    await volume.make("\\file", "plain");
    await volume.make("\\file:one", "first");
    await volume.remove("\\file");
    await volume.make("\\file", "new");
    await refuses(() => volume.open("\\file:one"), "OBJECT_NAME_NOT_FOUND");
  }),
  contractCase(
    "streams go along with a renamed file",
    "WinFsp 1.3, 16",
    async (volume) => {
      await volume.make("\\file", "plain");
      await volume.make("\\file:one", "first");
      await volume.make("\\other", "old");
      await volume.make("\\other:two", "second");
      await volume.rename("\\file", "\\other", { replaceIfExists: true });
      assert.equal(await volume.contents("\\other:one"), "first");
      await refuses(() => volume.open("\\other:two"), "OBJECT_NAME_NOT_FOUND");
    },
    ["rename"],
  ),
  contractCase(
    "a stream is no directory and does not leave its file",
    "[MS-FSA] 2.1.5.14.11",
    async (volume) => {
      await volume.make("\\file", "");
      await volume.make("\\file:one", "first");
      await refuses(() => volume.rename("\\file:one", "\\new"), "INVALID_PARAMETER");
      assert.equal(await volume.contents("\\file:one"), "first");
    },
    ["rename"],
  ),
  contractCase(
    "a stream is renamed within its file",
    "[MS-FSA] 2.1.5.14.11.1",
    async (volume) => {
      await volume.make("\\file", "plain");
      await volume.make("\\file:one", "first");
      await volume.make("\\file:full", "full");
      await volume.make("\\file:empty", "");
      await volume.rename("\\file:one", "\\file:two");
      assert.equal(await volume.contents("\\file:two"), "first");
      await refuses(() => volume.open("\\file:one"), "OBJECT_NAME_NOT_FOUND");
      const replace = { replaceIfExists: true };
      const onto = (newPath: string, how = {}) => volume.rename("\\file:two", newPath, how);
      await refuses(() => onto("\\file:empty"), "OBJECT_NAME_COLLISION");
      await refuses(() => onto("\\file:full", replace), "INVALID_PARAMETER");
      await onto("\\file:empty", replace);
      assert.equal(await volume.contents("\\file:empty"), "first");
    },
    ["rename"],
  ),
];

/** What a file system must do besides where it has named streams. */
export const contractStreamCases: readonly ContractCase[] = needing(["getStreams"], streams);
