import { strict as assert } from "node:assert";
import { packedEaSize } from "../../fs/index.js";
import { type ContractCase, contractCase, needing } from "./case.js";
import { eaList } from "./subject.js";

const DIRECTORY = { isDirectory: true } as const;

const eas: readonly ContractCase[] = [
  contractCase("extended attributes are added and replaced", "WinFsp 1.3, 31", async (volume) => {
    const { file } = await volume.create("\\file");
    assert.deepEqual(await volume.eas(file), []);
    await volume.setEas(file, ["A=1", "B=2"]);
    await volume.setEas(file, ["B=two", "C=3"]);
    assert.deepEqual((await volume.eas(file)).sort(), ["A=1", "B=two", "C=3"]);
    await volume.close(file);
  }),
  contractCase("an empty value removes an extended attribute", "WinFsp 1.3, 31", async (volume) => {
    const { file } = await volume.create("\\file");
    await volume.setEas(file, ["A=1", "B=2"]);
    await volume.setEas(file, ["a=", "none="]);
    assert.deepEqual(await volume.eas(file), ["B=2"]);
    await volume.close(file);
  }),
  contractCase("names of extended attributes have no case", "WinFsp 3.10", async (volume) => {
    const { file } = await volume.create("\\file");
    await volume.setEas(file, ["Name=1"]);
    await volume.setEas(file, ["NAME=2"]);
    assert.equal((await volume.eas(file)).length, 1);
    await volume.close(file);
  }),
  contractCase(
    "the size of extended attributes is told",
    "[MS-FSCC] 2.4.12",
    async (volume) => {
      const { file, info } = await volume.create("\\file");
      assert.equal(info.eaSize, 0);
      const attributes = ["A=1", "Bcd=efghi"];
      const size = packedEaSize(eaList(attributes));
      assert.equal((await volume.setEas(file, attributes)).eaSize, size);
      assert.equal((await volume.info(file)).eaSize, size);
      assert.equal((await volume.entry("\\", "file"))?.info.eaSize, size);
      assert.equal((await volume.setEas(file, ["A=", "Bcd="])).eaSize, 0);
      await volume.close(file);
    },
    ["getDirectoryEntry"],
  ),
  contractCase(
    "a new file has the extended attributes it was given",
    "WinFsp 1.3, 28",
    async (volume) => {
      const extendedAttributes = eaList(["A=1"]);
      const { file, info } = await volume.create("\\file", { extendedAttributes });
      assert.equal(info.eaSize, packedEaSize(extendedAttributes));
      assert.deepEqual(await volume.eas(file), ["A=1"]);
      await volume.close(file);
    },
  ),
  contractCase(
    "a directory can have extended attributes",
    "WinFsp 7.4, ea_getset_test",
    async (volume) => {
      const { file } = await volume.create("\\dir", DIRECTORY);
      await volume.setEas(file, ["A=1"]);
      assert.deepEqual(await volume.eas(file), ["A=1"]);
      await volume.close(file);
    },
  ),
  contractCase(
    "overwriting puts the given extended attributes for the old",
    "WinFsp 1.3, 29",
    async (volume) => {
      const { file } = await volume.create("\\file", { extendedAttributes: eaList(["A=1"]) });
      await volume.overwrite(file, { extendedAttributes: eaList(["B=2"]) });
      assert.deepEqual(await volume.eas(file), ["B=2"]);
      assert.equal((await volume.overwrite(file)).eaSize, 0);
      assert.deepEqual(await volume.eas(file), []);
      await volume.close(file);
    },
    ["overwrite"],
  ),
  contractCase(
    "extended attributes go with a rename",
    "WinFsp 1.3, 16",
    async (volume) => {
      const { file } = await volume.create("\\file", { extendedAttributes: eaList(["A=1"]) });
      await volume.rename("\\file", "\\moved");
      await volume.close(file);
      const moved = await volume.open("\\moved");
      assert.deepEqual(await volume.eas(moved.file), ["A=1"]);
      await volume.close(moved.file);
    },
    ["rename"],
  ),
];

/** What a file system must do besides where it has extended attributes. */
export const contractEaCases: readonly ContractCase[] = needing(
  ["getExtendedAttributes", "setExtendedAttributes"],
  eas,
);
