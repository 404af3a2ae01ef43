import { strict as assert } from "node:assert";
import { type ContractCase, contractCase, needing } from "./case.js";
import { refuses } from "./subject.js";

const DIRECTORY = { isDirectory: true } as const;

const links: readonly ContractCase[] = [
  contractCase("a link is another name of the same file", "[MS-FSA] 2.1.5.14.6", async (volume) => {
    const { fileId } = await volume.make("\\file", "abc");
    await volume.make("\\dir", DIRECTORY);
    assert.equal((await volume.link("\\file", "\\dir\\other")).hardLinks, 2);
    const other = await volume.open("\\dir\\other");
    assert.equal(other.info.fileId, fileId);
    await volume.write(other.file, "xyz");
    await volume.close(other.file);
    assert.equal(await volume.contents("\\file"), "xyz");
    assert.equal((await volume.infoOf("\\file")).hardLinks, 2);
  }),
  contractCase("names are told with their directories", "[MS-FSCC] 2.4.19", async (volume) => {
    await volume.make("\\file", "");
    const { fileId } = await volume.make("\\dir", DIRECTORY);
    await volume.link("\\file", "\\dir\\other");
    const root = (await volume.infoOf("\\")).fileId;
    assert.deepEqual(
      (await volume.links("\\file")).sort(),
      [`${fileId} other`, `${root} file`].sort(),
    );
  }),
  contractCase("a file goes with its last name", "WinFsp 1.3, 7", async (volume) => {
    await volume.make("\\file", "abc");
    await volume.link("\\file", "\\other");
    await volume.remove("\\file");
    await refuses(() => volume.open("\\file"), "OBJECT_NAME_NOT_FOUND");
    assert.equal(await volume.contents("\\other"), "abc");
    assert.equal((await volume.infoOf("\\other")).hardLinks, 1);
    await volume.remove("\\other");
    assert.deepEqual(await volume.names("\\"), []);
  }),
  contractCase(
    "a link takes a name that is taken only where that is asked",
    "[MS-FSA] 2.1.5.14.6",
    async (volume) => {
      await volume.make("\\file", "abc");
      await volume.make("\\taken", "old");
      await refuses(() => volume.link("\\file", "\\taken"), "OBJECT_NAME_COLLISION");
      assert.equal((await volume.link("\\file", "\\taken", true)).hardLinks, 2);
      assert.equal(await volume.contents("\\taken"), "abc");
    },
  ),
  contractCase(
    "a link does not take the place of a directory",
    "[MS-FSA] 2.1.5.14.6",
    async (volume) => {
      await volume.make("\\file", "");
      await volume.make("\\dir", DIRECTORY);
      await refuses(() => volume.link("\\file", "\\dir", true), "ACCESS_DENIED");
      await refuses(() => volume.link("\\file", "\\nowhere\\x"), "OBJECT_PATH_NOT_FOUND");
    },
  ),
  contractCase("a directory has one name", "[MS-FSA] 2.1.5.14.6", async (volume) => {
    await volume.make("\\dir", DIRECTORY);
    await refuses(() => volume.link("\\dir", "\\other"), "FILE_IS_A_DIRECTORY");
  }),
  contractCase("a name of several is renamed alone", "WinFsp 1.3, 16", async (volume) => {
    await volume.make("\\file", "abc");
    await volume.link("\\file", "\\other");
    await volume.rename("\\other", "\\third");
    assert.deepEqual(await volume.names("\\"), ["file", "third"]);
    assert.equal(await volume.contents("\\third"), "abc");
    await volume.rename("\\third", "\\file", { replaceIfExists: true });
    assert.deepEqual(await volume.names("\\"), ["file"]);
    assert.equal((await volume.infoOf("\\file")).hardLinks, 1);
    assert.equal(await volume.contents("\\file"), "abc");
  }),
];

/** What a file system must do besides where it has hard links. */
export const contractLinkCases: readonly ContractCase[] = needing(
  ["link", "getLinks", "rename", "readDirectory"],
  links,
);
