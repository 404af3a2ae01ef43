import { strict as assert } from "node:assert";
import {
  FILE_ATTRIBUTE_ARCHIVE,
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_ATTRIBUTE_HIDDEN,
  FILE_ATTRIBUTE_READONLY,
  FILE_ATTRIBUTE_REPARSE_POINT,
} from "../../nt/index.js";
import { type ContractCase, contractCase, needing } from "./case.js";
import { refuses } from "./subject.js";

const DIRECTORY = { isDirectory: true } as const;

const opening: readonly ContractCase[] = [
  contractCase("a missing file is not found", "[MS-FSA] 2.1.5.1", (volume) =>
    refuses(() => volume.open("\\no such file"), "OBJECT_NAME_NOT_FOUND"),
  ),
  contractCase("a file in a missing directory has no path", "[MS-FSA] 2.1.5.1", (volume) =>
    refuses(() => volume.open("\\nowhere\\file"), "OBJECT_PATH_NOT_FOUND"),
  ),
  contractCase(
    "a file has nothing below it",
    "[MS-FSA] 2.1.5.1",
    async (volume) => {
      await volume.make("\\file", "");
      await refuses(() => volume.open("\\file\\below"), "OBJECT_PATH_NOT_FOUND");
      await refuses(() => volume.attributesByName("\\file\\below"), "OBJECT_PATH_NOT_FOUND");
    },
    ["getSecurityByName"],
  ),
  contractCase(
    "what a missing name stands for is not found",
    "WinFsp 1.3, 3",
    (volume) => refuses(() => volume.attributesByName("\\missing"), "OBJECT_NAME_NOT_FOUND"),
    ["getSecurityByName"],
  ),
  contractCase(
    "the root is a directory, and empty",
    "WinFsp 1.1",
    async (volume) => {
      assert.equal((await volume.infoOf("\\")).fileAttributes, FILE_ATTRIBUTE_DIRECTORY);
      assert.deepEqual(await volume.names("\\"), []);
    },
    ["readDirectory"],
  ),
  contractCase("a file can be opened twice, and is the same", "WinFsp 1.1", async (volume) => {
    await volume.make("\\file", "abc");
    const first = await volume.open("\\file");
    const second = await volume.open("\\file");
    assert.equal(first.info.fileId, second.info.fileId);
    await volume.write(first.file, "xyz");
    assert.equal(await volume.read(second.file), "xyz");
    await volume.close(first.file);
    await volume.close(second.file);
  }),
];

const creating: readonly ContractCase[] = [
  contractCase("a new file is empty and has what it was given", "WinFsp 1.3, 4", async (volume) => {
    const fileAttributes = FILE_ATTRIBUTE_ARCHIVE | FILE_ATTRIBUTE_HIDDEN;
    const { file, info } = await volume.create("\\file", { fileAttributes });
    assert.equal(info.fileSize, 0);
    assert.equal(info.fileAttributes, fileAttributes);
    assert.notEqual(info.fileId, 0n);
    await volume.close(file);
  }),
  contractCase(
    "a new directory is one",
    "WinFsp 1.3, 4",
    async (volume) => {
      await volume.make("\\dir", DIRECTORY);
      assert.equal(await volume.attributesByName("\\dir"), FILE_ATTRIBUTE_DIRECTORY);
    },
    ["getSecurityByName"],
  ),
  contractCase("a name that exists is not made again", "WinFsp 1.3, 4", async (volume) => {
    await volume.make("\\file", "abc");
    await refuses(() => volume.create("\\file"), "OBJECT_NAME_COLLISION");
    await refuses(() => volume.create("\\file", DIRECTORY), "OBJECT_NAME_COLLISION");
    assert.equal(await volume.contents("\\file"), "abc");
  }),
  contractCase("nothing is made in a missing directory", "WinFsp 1.3, 4", (volume) =>
    refuses(() => volume.create("\\nowhere\\file"), "OBJECT_PATH_NOT_FOUND"),
  ),
  contractCase("nothing is made in a file", "WinFsp 1.3, 4", async (volume) => {
    await volume.make("\\file", "");
    await refuses(() => volume.create("\\file\\below"), "NOT_A_DIRECTORY");
  }),
  contractCase("ids of files differ", "WinFsp 1.1", async (volume) => {
    const first = await volume.make("\\first", "");
    const second = await volume.make("\\second", "");
    assert.notEqual(first.fileId, second.fileId);
  }),
  contractCase("space can be set aside at once", "[MS-FSA] 2.1.5.1.1", async (volume) => {
    const { file, info } = await volume.create("\\file", { allocationSize: 65_536 });
    assert.equal(info.fileSize, 0);
    assert.ok(info.allocationSize >= 65_536);
    await volume.cleanup(file, "\\file", { isAllocationReset: true });
    assert.equal((await volume.info(file)).allocationSize, 0);
    await volume.close(file);
  }),
  contractCase(
    "names keep lone surrogates and all other characters",
    "[MS-FSCC] 2.1.5",
    async (volume) => {
      const names = ["Ünï", "\ud800", "日本語", "a b.c"];
      for (const name of names) await volume.make(`\\${name}`, name);
      assert.deepEqual(await volume.names("\\"), [...names].sort());
    },
    ["readDirectory"],
  ),
];

const data: readonly ContractCase[] = [
  contractCase("what was written is read", "[MS-FSA] 2.1.5.4", async (volume) => {
    await volume.make("\\file", "Hello, world");
    assert.equal(await volume.contents("\\file"), "Hello, world");
  }),
  contractCase("a read ends where the file ends", "[MS-FSA] 2.1.5.3", async (volume) => {
    await volume.make("\\file", "0123456789");
    const { file } = await volume.open("\\file");
    assert.equal(await volume.read(file, 100, 4), "456789");
    assert.equal(await volume.read(file, 3, 4), "456");
    await refuses(() => volume.read(file, 1, 10), "END_OF_FILE");
    await refuses(() => volume.read(file, 1, 2 ** 40), "END_OF_FILE");
    await volume.close(file);
  }),
  contractCase("an empty file ends at once", "[MS-FSA] 2.1.5.3", async (volume) => {
    const { file } = await volume.create("\\file");
    await refuses(() => volume.read(file), "END_OF_FILE");
    await volume.close(file);
  }),
  contractCase("a gap before a write reads as zeros", "[MS-FSA] 2.1.5.4", async (volume) => {
    const { file } = await volume.create("\\file");
    await volume.write(file, "end", { offset: 70_000 });
    assert.equal(await volume.read(file, 80_000), `${"\0".repeat(70_000)}end`);
    await volume.close(file);
  }),
  contractCase("a write to the end goes there", "WinFsp 1.3, 10", async (volume) => {
    await volume.make("\\file", "abc");
    const { file } = await volume.open("\\file");
    const { bytesWritten, info } = await volume.write(file, "def", { toEndOfFile: true });
    assert.equal(bytesWritten, 3);
    assert.equal(info.fileSize, 6);
    assert.equal(await volume.read(file), "abcdef");
    await volume.close(file);
  }),
  contractCase("a constrained write never extends", "WinFsp 1.3, 10", async (volume) => {
    await volume.make("\\file", "abc");
    const { file } = await volume.open("\\file");
    const clipped = await volume.write(file, "1234", { offset: 1, isConstrained: true });
    assert.equal(clipped.bytesWritten, 2);
    const beyond = await volume.write(file, "1234", { offset: 9, isConstrained: true });
    assert.equal(beyond.bytesWritten, 0);
    assert.equal(await volume.read(file), "a12");
    await volume.close(file);
  }),
  contractCase(
    "a file that is cut and grows shows zeros",
    "WinFsp 1.3, 14",
    async (volume) => {
      await volume.make("\\file", "secret");
      const { file } = await volume.open("\\file");
      assert.equal((await volume.setFileSize(file, 2)).fileSize, 2);
      assert.equal((await volume.setFileSize(file, 6)).fileSize, 6);
      assert.equal(await volume.read(file), "se\0\0\0\0");
      await volume.close(file);
    },
    ["setFileSize"],
  ),
  contractCase(
    "an overwritten file that grows shows zeros",
    "WinFsp 1.3, 6",
    async (volume) => {
      await volume.make("\\file", "secret");
      const { file } = await volume.open("\\file");
      assert.equal((await volume.overwrite(file)).fileSize, 0);
      await volume.setFileSize(file, 6);
      assert.equal(await volume.read(file), "\0\0\0\0\0\0");
      await volume.close(file);
    },
    ["overwrite", "setFileSize"],
  ),
  contractCase(
    "space below the size cuts the file",
    "WinFsp 1.3, 14",
    async (volume) => {
      await volume.make("\\file", "x".repeat(10_000));
      const { file } = await volume.open("\\file");
      const info = await volume.setAllocationSize(file, 4096);
      assert.equal(info.fileSize, 4096);
      await volume.close(file);
    },
    ["setAllocationSize"],
  ),
  contractCase(
    "space above the size leaves the size",
    "WinFsp 1.3, 14",
    async (volume) => {
      await volume.make("\\file", "abc");
      const { file } = await volume.open("\\file");
      const info = await volume.setAllocationSize(file, 65_536);
      assert.equal(info.fileSize, 3);
      assert.ok(info.allocationSize >= 65_536);
      await volume.close(file);
    },
    ["setAllocationSize"],
  ),
  contractCase("the space taken is never less than the size", "WinFsp 1.3, 14", async (volume) => {
    const info = await volume.make("\\file", "x".repeat(5000));
    assert.ok(info.allocationSize >= 5000);
    assert.equal(info.allocationSize % 512, 0);
  }),
];

const knowledge: readonly ContractCase[] = [
  contractCase(
    "times and attributes are set, and stay",
    "WinFsp 1.3, 13",
    async (volume) => {
      await volume.make("\\file", "abc");
      const { file } = await volume.open("\\file");
      const times = {
        creationTicks: 133_000_000_000_000_001n,
        lastAccessTicks: 133_000_000_000_000_002n,
        lastWriteTicks: 133_000_000_000_000_003n,
        changeTicks: 133_000_000_000_000_004n,
      };
      await volume.setBasicInfo(file, { ...times, fileAttributes: FILE_ATTRIBUTE_READONLY });
      const { creationTicks, lastAccessTicks, lastWriteTicks, changeTicks, fileAttributes } =
        await volume.info(file);
      assert.deepEqual({ creationTicks, lastAccessTicks, lastWriteTicks, changeTicks }, times);
      assert.equal(fileAttributes, FILE_ATTRIBUTE_READONLY);
      await volume.close(file);
    },
    ["setBasicInfo"],
  ),
  contractCase(
    "what is not set stays",
    "WinFsp 1.3, 13",
    async (volume) => {
      const before = await volume.make("\\file", "abc");
      const { file } = await volume.open("\\file");
      const after = await volume.setBasicInfo(file, { lastAccessTicks: 1_000_000n });
      assert.equal(after.fileAttributes, before.fileAttributes);
      assert.equal(after.lastWriteTicks, before.lastWriteTicks);
      assert.equal(after.creationTicks, before.creationTicks);
      await volume.close(file);
    },
    ["setBasicInfo"],
  ),
  contractCase(
    "a directory stays one whatever attributes it is given",
    "WinFsp 1.1",
    async (volume) => {
      await volume.make("\\dir", DIRECTORY);
      const { file } = await volume.open("\\dir");
      const info = await volume.setBasicInfo(file, { fileAttributes: FILE_ATTRIBUTE_HIDDEN });
      assert.equal(info.fileAttributes, FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_DIRECTORY);
      await volume.close(file);
    },
    ["setBasicInfo"],
  ),
  contractCase(
    "times set by the open survive its writes",
    "WinFsp 3.6",
    async (volume) => {
      const { file } = await volume.create("\\file");
      await volume.setBasicInfo(file, { fileAttributes: 0, lastWriteTicks: 1n, changeTicks: 2n });
      const { info } = await volume.write(file, "abc", { keepTimes: true });
      assert.deepEqual([info.lastWriteTicks, info.changeTicks, info.fileAttributes], [1n, 2n, 0]);
      await volume.close(file);
    },
    ["setBasicInfo"],
  ),
  contractCase(
    "overwriting adds attributes, or replaces them",
    "WinFsp 1.3, 6",
    async (volume) => {
      const { file } = await volume.create("\\file", { fileAttributes: FILE_ATTRIBUTE_HIDDEN });
      const added = await volume.overwrite(file, { fileAttributes: FILE_ATTRIBUTE_READONLY });
      const all = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_ARCHIVE;
      assert.equal(added.fileAttributes, all);
      const replaced = await volume.overwrite(file, { replaceAttributes: true });
      assert.equal(replaced.fileAttributes, FILE_ATTRIBUTE_ARCHIVE);
      await volume.close(file);
    },
    ["overwrite"],
  ),
];

const listing: readonly ContractCase[] = [
  contractCase(
    "a directory lists what is in it, and nothing below",
    "WinFsp 1.3, 19",
    async (volume) => {
      await volume.make("\\dir", DIRECTORY);
      await volume.make("\\dir\\sub", DIRECTORY);
      await volume.make("\\dir\\sub\\deep", "");
      await volume.make("\\dir\\file", "");
      assert.deepEqual(await volume.names("\\dir"), ["file", "sub"]);
    },
  ),
  contractCase(
    "an entry is found by name, as stored",
    "WinFsp 1.3, 25",
    async (volume) => {
      await volume.make("\\File", "abc");
      const entry = await volume.entry("\\", "File");
      assert.equal(entry?.name, "File");
      assert.equal(entry.info.fileSize, 3);
      assert.equal(await volume.entry("\\", "missing"), undefined);
    },
    ["getDirectoryEntry"],
  ),
  contractCase(
    "names alone are those of the entries, and tell which are directories",
    "readdir(3)",
    async (volume) => {
      await volume.create("\\dir", DIRECTORY).then(({ file }) => volume.close(file));
      for (let i = 0; i < 100; i++) await volume.make(`\\dir\\file ${i}`, "");
      await volume.create("\\dir\\sub", DIRECTORY).then(({ file }) => volume.close(file));
      await volume.make("\\dir\\12\uf03a30 hällo", "abc");
      const told = await volume.listedNames("\\dir");
      assert.deepEqual(
        told.map(({ name }) => name),
        await volume.names("\\dir"),
      );
      for (const { name, info } of told) {
        const { fileAttributes, fileId } = await volume.infoOf(`\\dir\\${name}`);
        const kind = FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT;
        assert.equal(info.fileAttributes & kind, fileAttributes & kind, name);
        if (info.fileId !== 0n) assert.equal(info.fileId, fileId, name);
      }
      assert.deepEqual(await volume.listedNames("\\dir\\sub"), []);
    },
  ),
  contractCase(
    "a listing survives what comes and goes meanwhile",
    "WinFsp 3.14",
    async (volume) => {
      for (let i = 0; i < 100; i++) await volume.make(`\\file ${i}`, "");
      const { file } = await volume.open("\\");
      const told: string[] = [];
      for await (const { name } of volume.list(file)) {
        told.push(name);
        if (told.length === 10) {
          for (const gone of told.slice(0, 5)) await volume.remove(`\\${gone}`);
          for (let i = 0; i < 100; i++) await volume.make(`\\new ${i}`, "");
        }
      }
      await volume.close(file);
      assert.equal(new Set(told).size, told.length);
      assert.equal(told.filter((name) => name.startsWith("file")).length, 100);
    },
  ),
];

const deleting: readonly ContractCase[] = [
  contractCase(
    "a deleted name is gone at once",
    "WinFsp 3.6",
    async (volume) => {
      await volume.make("\\file", "abc");
      const { file } = await volume.open("\\file");
      await volume.cleanup(file, "\\file", { isDelete: true });
      await refuses(() => volume.open("\\file"), "OBJECT_NAME_NOT_FOUND");
      assert.deepEqual(await volume.names("\\"), []);
      await volume.close(file);
    },
    ["readDirectory"],
  ),
  contractCase("a deleted file works while it is open", "WinFsp 1.2, 3", async (volume) => {
    await volume.make("\\file", "abc");
    const { file } = await volume.open("\\file");
    await volume.remove("\\file");
    assert.equal(await volume.read(file), "abc");
    await volume.write(file, "def", { toEndOfFile: true });
    assert.equal(await volume.read(file), "abcdef");
    await volume.close(file);
  }),
  contractCase("a name can be used again while its file is open", "WinFsp 3.7", async (volume) => {
    const old = await volume.make("\\file", "old");
    const { file } = await volume.open("\\file");
    await volume.remove("\\file");
    const fresh = await volume.make("\\file", "new");
    assert.notEqual(fresh.fileId, old.fileId);
    assert.equal(await volume.read(file), "old");
    assert.equal(await volume.contents("\\file"), "new");
    await volume.close(file);
  }),
  contractCase(
    "a directory with something in it is not deleted",
    "WinFsp 1.3, 7, 15",
    async (volume) => {
      await volume.make("\\dir", DIRECTORY);
      await volume.make("\\dir\\file", "abc");
      await refuses(() => volume.canDelete("\\dir"), "DIRECTORY_NOT_EMPTY");
      await volume.remove("\\dir");
      assert.equal(await volume.contents("\\dir\\file"), "abc");
      await volume.remove("\\dir\\file");
      await volume.canDelete("\\dir");
      await volume.remove("\\dir");
      assert.deepEqual(await volume.names("\\"), []);
    },
    ["canDelete", "readDirectory"],
  ),
];

const renaming: readonly ContractCase[] = [
  contractCase("a renamed file keeps its identity", "WinFsp 1.3, 16", async (volume) => {
    const before = await volume.make("\\old", "abc");
    await volume.rename("\\old", "\\new");
    assert.equal((await volume.infoOf("\\new")).fileId, before.fileId);
    assert.equal(await volume.contents("\\new"), "abc");
    await refuses(() => volume.open("\\old"), "OBJECT_NAME_NOT_FOUND");
  }),
  contractCase(
    "a directory takes along what is in it",
    "WinFsp 1.3, 16",
    async (volume) => {
      await volume.make("\\a", DIRECTORY);
      await volume.make("\\a\\sub", DIRECTORY);
      await volume.make("\\a\\sub\\file", "abc");
      await volume.make("\\b", DIRECTORY);
      await volume.rename("\\a", "\\b\\c");
      assert.equal(await volume.contents("\\b\\c\\sub\\file"), "abc");
      assert.deepEqual(await volume.names("\\"), ["b"]);
    },
    ["readDirectory"],
  ),
  contractCase("a name that exists is not replaced unasked", "WinFsp 1.3, 16", async (volume) => {
    await volume.make("\\a", "a");
    await volume.make("\\b", "b");
    await refuses(() => volume.rename("\\a", "\\b"), "OBJECT_NAME_COLLISION");
    assert.equal(await volume.contents("\\b"), "b");
    assert.equal(await volume.contents("\\a"), "a");
  }),
  contractCase(
    "a file is replaced where asked, and lives while open",
    "WinFsp 3.8",
    async (volume) => {
      await volume.make("\\a", "a");
      await volume.make("\\b", "b");
      const { file } = await volume.open("\\b");
      await volume.rename("\\a", "\\b", { replaceIfExists: true });
      assert.deepEqual(await volume.names("\\"), ["b"]);
      assert.equal(await volume.contents("\\b"), "a");
      assert.equal(await volume.read(file), "b");
      await volume.close(file);
    },
    ["readDirectory"],
  ),
  contractCase("a directory is not replaced", "WinFsp 1.3, 16", async (volume) => {
    await volume.make("\\file", "");
    await volume.make("\\dir", DIRECTORY);
    const replace = { replaceIfExists: true };
    await refuses(() => volume.rename("\\file", "\\dir", replace), "ACCESS_DENIED");
  }),
  contractCase(
    "a case-only rename changes the name",
    "WinFsp 1.3, 16",
    async (volume) => {
      await volume.make("\\file", "abc");
      await volume.rename("\\file", "\\FILE");
      assert.deepEqual(await volume.names("\\"), ["FILE"]);
    },
    ["readDirectory"],
  ),
  contractCase("nothing is moved into a missing directory", "WinFsp 1.3, 16", async (volume) => {
    await volume.make("\\file", "abc");
    await refuses(() => volume.rename("\\file", "\\nowhere\\file"), "OBJECT_PATH_NOT_FOUND");
    assert.equal(await volume.contents("\\file"), "abc");
  }),
];

/** What every file system must do that can create, write, rename and delete. */
export const contractCases: readonly ContractCase[] = [
  ...opening,
  ...creating,
  ...data,
  ...knowledge,
  ...needing(["readDirectory"], listing),
  ...deleting,
  ...needing(["rename"], renaming),
];
