import { beforeEach, describe, expect, it } from "vitest";
import { memory } from "../../filesystems/memory/index.js";
import {
  CreateDisposition,
  DELETE,
  FILE_DIRECTORY_FILE,
  NtStatus,
  statusName,
} from "../../nt/index.js";
import { type ClientTree, type FileId, must, readListing } from "../../testing/client/index.js";
import { ANNA, TestServer } from "../../testing/test-server.js";
import { FileIdBothDirectoryInformation, FileInformationClass } from "../../wire/fscc/index.js";
import {
  SMB2_INDEX_SPECIFIED,
  SMB2_REOPEN,
  SMB2_RESTART_SCANS,
  SMB2_RETURN_SINGLE_ENTRY,
} from "../../wire/smb2/index.js";

const { CREATE, OPEN } = CreateDisposition;
const NAMES = ["one.txt", "Two.txt", "three"];

let tree: ClientTree;
let fileId: FileId;

beforeEach(async () => {
  const client = new TestServer(memory({ maxSize: 2 ** 26 })).connect();
  must(await client.negotiate());
  tree = must(await must(await client.logOn(ANNA)).treeConnect("ram"));
  const directory = { path: "dir", createDisposition: CREATE, createOptions: FILE_DIRECTORY_FILE };
  fileId = must(await tree.create(directory)).fileId;
  for (const name of NAMES) {
    const made = must(await tree.create({ path: `dir\\${name}`, createDisposition: CREATE }));
    must(await tree.close(made.fileId));
  }
});

/** The names that a query tells, or why it tells none. */
async function query(pattern: string, flags = 0, outputLength = 4096): Promise<string[] | string> {
  const reply = await tree.queryDirectory({ fileId, pattern, flags, outputLength });
  if (reply.status !== NtStatus.SUCCESS) return statusName(reply.status);
  return readListing(must(reply)).map(({ name }) => name);
}

describe("a directory query", () => {
  it("tells the dots first, then the names, then that there are no more", async () => {
    expect(await query("*")).toEqual([".", "..", ...NAMES]);
    expect(await query("*")).toBe("NO_MORE_FILES");
  });

  it.each([
    { pattern: "TWO.TXT", found: ["Two.txt"] },
    { pattern: "*.txt", found: ["one.txt", "Two.txt"] },
    { pattern: "<.txt", found: ["one.txt", "Two.txt"] },
    { pattern: "t????", found: ["three"] },
    { pattern: "t>>>>>>>", found: ["three"] },
    { pattern: 'three"', found: ["three"] },
    { pattern: "..", found: [".."] },
    { pattern: "missing", found: "NO_SUCH_FILE" },
    { pattern: "a\\b", found: "OBJECT_NAME_INVALID" },
    { pattern: "a/b", found: "OBJECT_NAME_INVALID" },
    { pattern: "a:b", found: "OBJECT_NAME_INVALID" },
    { pattern: "a\u0001", found: "OBJECT_NAME_INVALID" },
  ])("for $pattern finds $found", async ({ pattern, found }) => {
    expect(await query(pattern)).toEqual(found);
  });

  it("goes on with the pattern it began with, and with another when it begins again", async () => {
    expect(await query("t*", SMB2_RETURN_SINGLE_ENTRY)).toEqual(["Two.txt"]);
    expect(await query("o*")).toEqual(["three"]);
    expect(await query("", SMB2_RESTART_SCANS)).toEqual(["Two.txt", "three"]);
    expect(await query("o*", SMB2_RESTART_SCANS)).toEqual(["one.txt"]);
    expect(await query("*", SMB2_REOPEN)).toEqual([".", "..", ...NAMES]);
  });

  it("pays no heed to an index, as Windows with NTFS", async () => {
    expect(await query("t*", SMB2_RETURN_SINGLE_ENTRY)).toEqual(["Two.txt"]);
    const reply = await tree.queryDirectory({ fileId, flags: SMB2_INDEX_SPECIFIED, fileIndex: 7 });
    expect(readListing(must(reply)).map(({ name }) => name)).toEqual(["three"]);
  });

  it("goes on where the room ended, and needs room for one", async () => {
    const room = FileIdBothDirectoryInformation.size + 2 * "one.txt".length;
    expect(await query("*.txt", 0, room - 1)).toBe("INFO_LENGTH_MISMATCH");
    expect(await query("*.txt", 0, room)).toEqual(["one.txt"]);
    expect(await query("*.txt", 0, room)).toEqual(["Two.txt"]);
    expect(await query("*.txt", 0, room)).toBe("NO_MORE_FILES");
  });

  it("goes on while names come and go", async () => {
    expect(await query("*.txt", SMB2_RETURN_SINGLE_ENTRY)).toEqual(["one.txt"]);
    const two = must(
      await tree.create({ path: "dir\\Two.txt", createDisposition: OPEN, desiredAccess: DELETE }),
    );
    const data = Uint8Array.of(1);
    const infoClass = FileInformationClass.FileDispositionInformation;
    must(await tree.setInfo({ fileId: two.fileId, infoClass, data }));
    must(await tree.close(two.fileId));
    expect(await query("*.txt")).toBe("NO_MORE_FILES");
  });

  it.each([
    FileInformationClass.FileBasicInformation,
    FileInformationClass.FileAllInformation,
    200,
  ])("of a class that lists nothing is INVALID_INFO_CLASS: %i", async (infoClass) => {
    const { status } = await tree.queryDirectory({ fileId, infoClass });
    expect(statusName(status)).toBe("INVALID_INFO_CLASS");
  });

  it.each([
    FileInformationClass.FileDirectoryInformation,
    FileInformationClass.FileFullDirectoryInformation,
    FileInformationClass.FileBothDirectoryInformation,
    FileInformationClass.FileNamesInformation,
    FileInformationClass.FileIdBothDirectoryInformation,
    FileInformationClass.FileIdFullDirectoryInformation,
  ])("is answered in class %i", async (infoClass) => {
    expect(must(await tree.queryDirectory({ fileId, infoClass })).length).toBeGreaterThan(50);
  });
});
