import { strict as assert } from "node:assert";
import { viewOf } from "../../../bytes/index.js";
import {
  CreateDisposition,
  FILE_DIRECTORY_FILE,
  FILE_LIST_DIRECTORY,
  NtStatus,
  statusName,
} from "../../../nt/index.js";
import {
  FILE_CASE_PRESERVED_NAMES,
  FILE_DEVICE_DISK,
  FILE_NAMED_STREAMS,
  FILE_UNICODE_ON_DISK,
  FileAllInformation,
  FileFsAttributeInformation,
  FileFsDeviceInformation,
  FileIdBothDirectoryInformation,
  FileInformationClass,
  FsInformationClass,
} from "../../../wire/fscc/index.js";
import { InfoType } from "../../../wire/smb2/index.js";
import { type ClientTree, type FileId, must, readListing } from "../../client/index.js";
import { needing, type WireCase, wireCase } from "../case.js";

const NEW = { createDisposition: CreateDisposition.CREATE };
const LISTING = { desiredAccess: FILE_LIST_DIRECTORY, createOptions: FILE_DIRECTORY_FILE };

async function makeFiles(tree: ClientTree, names: readonly string[]): Promise<void> {
  for (const path of names) {
    must(await tree.close(must(await tree.create({ ...NEW, path })).fileId));
  }
}

/** Closes a file. */
async function close(tree: ClientTree, fileId: FileId): Promise<void> {
  must(await tree.close(fileId));
}

/** What one entry takes at least. */
const ENTRY_SIZE = FileIdBothDirectoryInformation.size;

const listing: readonly WireCase[] = [
  wireCase(
    "a listing with no room for an entry is refused, as often as it is tried, and loses nothing",
    "winfsp-tests querydir_buffer_overflow_test; [MS-FSA] 2.1.5.5.3",
    async (stage) => {
      const { tree } = await stage.connect();
      const name = "n".repeat(100);
      await makeFiles(tree, [name]);
      const { fileId } = must(await tree.create({ ...LISTING, path: "" }));
      const status = async (outputLength: number) => {
        const reply = await tree.queryDirectory({ fileId, pattern: name, outputLength });
        return statusName(reply.status);
      };
      for (let i = 0; i < 3; i++) assert.equal(await status(0), "INFO_LENGTH_MISMATCH");
      for (let i = 0; i < 3; i++)
        assert.equal(await status(ENTRY_SIZE - 1), "INFO_LENGTH_MISMATCH");
      for (let i = 0; i < 3; i++) assert.notEqual(await status(ENTRY_SIZE + 10), "SUCCESS");
      const reply = await tree.queryDirectory({ fileId, pattern: name });
      assert.deepEqual(
        readListing(must(reply)).map((entry) => entry.name),
        [name],
      );
      await close(tree, fileId);
    },
  ),
  wireCase(
    "a listing in many parts tells each name once, however long it takes",
    "winfsp-tests querydir_expire_cache_test",
    async (stage) => {
      const { tree } = await stage.connect();
      const names = Array.from({ length: 50 }, (_, i) => `file ${i}`);
      await makeFiles(tree, names);
      const { fileId } = must(await tree.create({ ...LISTING, path: "" }));
      const told: string[] = [];
      for (;;) {
        const reply = await tree.queryDirectory({ fileId, outputLength: 4 * (ENTRY_SIZE + 24) });
        if (reply.status === NtStatus.NO_MORE_FILES) break;
        told.push(...readListing(must(reply)).map(({ name }) => name));
        stage.clock.advance(500);
      }
      const found = told.filter((name) => name !== "." && name !== "..");
      assert.deepEqual(found.sort(), [...names].sort());
      await close(tree, fileId);
    },
  ),
];

const info: readonly WireCase[] = [
  wireCase(
    "a name that finds no room is cut, and its whole length told",
    "winfsp-tests getfileinfo_test; [MS-FSA] 2.1.5.12.3",
    async (stage) => {
      const { tree } = await stage.connect();
      const path = "a name of some length";
      const { fileId } = must(await tree.create({ ...NEW, path }));
      const { FileAllInformation: infoClass } = FileInformationClass;
      const outputLength = FileAllInformation.size + 8;
      const reply = await tree.queryInfo({ fileId, infoClass, outputLength });
      assert.equal(statusName(reply.status), "BUFFER_OVERFLOW");
      const { fileNameLength } = FileAllInformation.read(viewOf(must(reply)), 0);
      assert.equal(fileNameLength, 2 * `\\${path}`.length);
      await close(tree, fileId);
    },
  ),
  wireCase(
    "a volume tells what it can do, and that it is a disk",
    "winfsp-tests getvolinfo_test",
    async (stage) => {
      const { tree } = await stage.connect();
      const { fileId } = must(await tree.create({ ...LISTING, path: "" }));
      const ask = async (infoClass: number) => {
        const asked = { fileId, infoType: InfoType.FILESYSTEM, infoClass };
        return viewOf(must(await tree.queryInfo(asked)));
      };
      const told = await ask(FsInformationClass.FileFsAttributeInformation);
      const attributes = FileFsAttributeInformation.read(told, 0);
      assert.equal(attributes.maximumComponentNameLength, 255);
      assert.ok(attributes.fileSystemNameLength > 0);
      const always = FILE_CASE_PRESERVED_NAMES | FILE_UNICODE_ON_DISK;
      assert.equal(attributes.fileSystemAttributes & always, always);
      const hasStreams = (attributes.fileSystemAttributes & FILE_NAMED_STREAMS) !== 0;
      assert.equal(hasStreams, stage.fileSystem.getStreams !== undefined);
      const device = await ask(FsInformationClass.FileFsDeviceInformation);
      assert.equal(FileFsDeviceInformation.read(device, 0).deviceType, FILE_DEVICE_DISK);
      await close(tree, fileId);
    },
  ),
  wireCase(
    "a path begins with no backslash",
    "winfsp-tests create_test; [MS-SMB2] 3.3.5.9",
    async (stage) => {
      const { tree } = await stage.connect();
      await makeFiles(tree, ["file"]);
      for (const path of ["\\file", "\\\\file"]) {
        const { status } = await tree.create({ path });
        assert.equal(statusName(status), "INVALID_PARAMETER");
      }
    },
  ),
];

/** What is told of directories, files and volumes, to the byte. */
export const queryCases: readonly WireCase[] = [...needing(["readDirectory"], listing), ...info];
