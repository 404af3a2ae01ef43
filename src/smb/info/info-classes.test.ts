import { beforeEach, describe, expect, it } from "vitest";
import { readUtf16, utf16, viewOf } from "../../bytes/index.js";
import { memory } from "../../filesystems/memory/index.js";
import {
  CreateDisposition,
  FILE_DIRECTORY_FILE,
  FILE_READ_DATA,
  statusName,
} from "../../nt/index.js";
import { type ClientTree, type FileId, must } from "../../testing/client/index.js";
import { ANNA, TestServer } from "../../testing/test-server.js";
import {
  FileAllInformation,
  FileFsLabelInformation,
  FileFsVolumeInformation,
  FileInformationClass,
  FileNameInformation,
  FileNetworkOpenInformation,
  FilePositionInformation,
  FsInformationClass,
} from "../../wire/fscc/index.js";
import { InfoType, SMB2_CLOSE_FLAG_POSTQUERY_ATTRIB } from "../../wire/smb2/index.js";

const { CREATE, OPEN } = CreateDisposition;
const CONTENT = Buffer.from("0123456789");

let tree: ClientTree;
let fileId: FileId;
let directoryId: FileId;

beforeEach(async () => {
  const client = new TestServer(memory({ maxSize: 2 ** 26, label: "old" })).connect();
  must(await client.negotiate());
  tree = must(await must(await client.logOn(ANNA)).treeConnect("ram"));
  const directory = { path: "dir", createDisposition: CREATE, createOptions: FILE_DIRECTORY_FILE };
  directoryId = must(await tree.create(directory)).fileId;
  fileId = must(await tree.create({ path: "dir\\file", createDisposition: CREATE })).fileId;
  must(await tree.write({ fileId, offset: 0, data: CONTENT }));
});

/** 64 bits, little-endian. */
function int64(value: bigint): Uint8Array {
  const data = new DataView(new ArrayBuffer(8));
  data.setBigInt64(0, value, true);
  return viewBytes(data);
}

function viewBytes(data: DataView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

async function ask(infoClass: number, on = fileId, outputLength = 4096) {
  return tree.queryInfo({ fileId: on, infoClass, outputLength });
}

const setOutcome = async (infoClass: number, data: Uint8Array, on = fileId) =>
  statusName((await tree.setInfo({ fileId: on, infoClass, data })).status);

const setVolumeOutcome = async (infoClass: number, data: Uint8Array, on: FileId) => {
  const params = { fileId: on, infoType: InfoType.FILESYSTEM, infoClass, data };
  return statusName((await tree.setInfo(params)).status);
};

describe("an information class of a file", () => {
  it("tells its name from the root of the share, with a backslash", async () => {
    const name = viewOf(must(await ask(FileInformationClass.FileNameInformation)));
    const { fileNameLength } = FileNameInformation.read(name, 0);
    expect(readUtf16(name, FileNameInformation.size, fileNameLength)).toBe("\\dir\\file");
    const all = viewOf(must(await ask(FileInformationClass.FileAllInformation)));
    expect(readUtf16(all, FileAllInformation.size, 2 * 9)).toBe("\\dir\\file");
  });

  it.each([
    { what: "a fixed one", name: "FileBasicInformation", room: 39, status: "INFO_LENGTH_MISMATCH" },
    {
      what: "a name's start",
      name: "FileNameInformation",
      room: 7,
      status: "INFO_LENGTH_MISMATCH",
    },
    { what: "all", name: "FileAllInformation", room: 103, status: "INFO_LENGTH_MISMATCH" },
    { what: "some of a name", name: "FileNameInformation", room: 8, status: "BUFFER_OVERFLOW" },
    {
      what: "all but the name's end",
      name: "FileAllInformation",
      room: 104,
      status: "BUFFER_OVERFLOW",
    },
  ] as const)("is $status where there is no room for $what", async ({ name, room, status }) => {
    const reply = await ask(FileInformationClass[name], fileId, room);
    expect(statusName(reply.status)).toBe(status);
  });

  it.each([
    FileInformationClass.FileRenameInformation,
    FileInformationClass.FileEndOfFileInformation,
    FileInformationClass.FileStandardLinkInformation,
    FileInformationClass.FileQuotaInformation,
    200,
  ])("that cannot be asked for is INVALID_INFO_CLASS: %i", async (infoClass) => {
    expect(statusName((await ask(infoClass)).status)).toBe("INVALID_INFO_CLASS");
  });

  it("tells where the last read ended, and takes another place", async () => {
    const where = async () =>
      FilePositionInformation.read(
        viewOf(must(await ask(FileInformationClass.FilePositionInformation))),
        0,
      ).currentByteOffset;
    expect(await where()).toBe(10);
    must(await tree.read({ fileId, offset: 2, length: 5 }));
    expect(await where()).toBe(7);
    const set = FileInformationClass.FilePositionInformation;
    expect(await setOutcome(set, int64(3n))).toBe("SUCCESS");
    expect(await setOutcome(set, int64(-1n))).toBe("INVALID_PARAMETER");
    expect(await where()).toBe(3);
  });

  it.each([
    { name: "FileEndOfFileInformation", value: -1n, outcome: "INVALID_PARAMETER" },
    { name: "FileAllocationInformation", value: -1n, outcome: "INVALID_PARAMETER" },
    { name: "FileEndOfFileInformation", value: 2n ** 62n, outcome: "DISK_FULL" },
    { name: "FileAllocationInformation", value: 2n ** 62n, outcome: "DISK_FULL" },
    { name: "FileEndOfFileInformation", value: 5n, outcome: "SUCCESS" },
    { name: "FileAllocationInformation", value: 0n, outcome: "SUCCESS" },
    { name: "FileValidDataLengthInformation", value: 5n, outcome: "PRIVILEGE_NOT_HELD" },
  ] as const)("$name set to $value is $outcome", async ({ name, value, outcome }) => {
    expect(await setOutcome(FileInformationClass[name], int64(value))).toBe(outcome);
    expect(await setOutcome(FileInformationClass[name], new Uint8Array(7))).toBe(
      "INFO_LENGTH_MISMATCH",
    );
    expect(await setOutcome(FileInformationClass[name], int64(0n), directoryId)).toBe(
      "INVALID_PARAMETER",
    );
  });

  it("agrees with the close and the next create in sizes and times", async () => {
    const facts = must(await tree.close(fileId, SMB2_CLOSE_FLAG_POSTQUERY_ATTRIB));
    const opened = must(await tree.create({ path: "dir\\file", createDisposition: OPEN }));
    const asked = must(await ask(FileInformationClass.FileNetworkOpenInformation, opened.fileId));
    const info = FileNetworkOpenInformation.read(viewOf(asked), 0);
    const { endOfFile, allocationSize, lastWriteTicks, changeTicks } = info;
    const same = { endOfFile, allocationSize, lastWriteTicks, changeTicks };
    expect(facts).toMatchObject(same);
    expect(opened).toMatchObject(same);
  });
});

describe("an information class of a volume", () => {
  const label = (text: string) => {
    const data = new Uint8Array(FileFsLabelInformation.size + 2 * text.length);
    FileFsLabelInformation.blank(viewOf(data), 0).volumeLabelLength = 2 * text.length;
    data.set(utf16(text), FileFsLabelInformation.size);
    return data;
  };

  const labelNow = async () => {
    const infoClass = FsInformationClass.FileFsVolumeInformation;
    const asked = must(await tree.queryInfo({ fileId, infoType: InfoType.FILESYSTEM, infoClass }));
    const { volumeLabelLength } = FileFsVolumeInformation.read(viewOf(asked), 0);
    return readUtf16(viewOf(asked), FileFsVolumeInformation.size, volumeLabelLength);
  };

  const openRoot = async (desiredAccess?: number) =>
    must(
      await tree.create({
        path: "",
        createDisposition: OPEN,
        ...(desiredAccess && { desiredAccess }),
      }),
    ).fileId;

  it("tells of a volume without a label in as many bytes as Windows takes for one", async () => {
    const infoClass = FsInformationClass.FileFsVolumeInformation;
    const asked = must(await tree.queryInfo({ fileId, infoType: InfoType.FILESYSTEM, infoClass }));
    expect(asked.length).toBe(24);
  });

  it("sets the label, through an open of the root that may write", async () => {
    const set = FsInformationClass.FileFsLabelInformation;
    expect(await setVolumeOutcome(set, label("new"), fileId)).toBe("INVALID_PARAMETER");
    const reader = await openRoot(FILE_READ_DATA);
    expect(await setVolumeOutcome(set, label("new"), reader)).toBe("ACCESS_DENIED");
    const root = await openRoot();
    expect(await setVolumeOutcome(set, new Uint8Array(3), root)).toBe("INFO_LENGTH_MISMATCH");
    expect(await setVolumeOutcome(set, label("x".repeat(33)), root)).toBe("INVALID_PARAMETER");
    expect(await labelNow()).toBe("old");
    expect(await setVolumeOutcome(set, label("new"), root)).toBe("SUCCESS");
    expect(await labelNow()).toBe("new");
  });

  it("sets no quotas and no other id, and nothing that can only be asked", async () => {
    const root = await openRoot();
    const { FileFsControlInformation, FileFsObjectIdInformation, FileFsSizeInformation } =
      FsInformationClass;
    const outcome = (infoClass: number, size: number) =>
      setVolumeOutcome(infoClass, new Uint8Array(size), root);
    expect(await outcome(FileFsControlInformation, 47)).toBe("INFO_LENGTH_MISMATCH");
    expect(await outcome(FileFsControlInformation, 48)).toBe("NOT_SUPPORTED");
    expect(await outcome(FileFsObjectIdInformation, 64)).toBe("ACCESS_DENIED");
    expect(await outcome(FileFsSizeInformation, 24)).toBe("INVALID_INFO_CLASS");
  });
});
