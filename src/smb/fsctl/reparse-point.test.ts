import { describe, expect, it } from "vitest";
import { viewOf } from "../../bytes/index.js";
import { memory } from "../../filesystems/memory/index.js";
import {
  CreateDisposition,
  FILE_ATTRIBUTE_REPARSE_POINT,
  FILE_OPEN_REPARSE_POINT,
  NtStatus,
  ReparseTag,
  statusName,
  writeSymbolicLink,
} from "../../nt/index.js";
import {
  type ClientTree,
  closeRequest,
  createRequest,
  type FileId,
  must,
  type NegotiateOptions,
  RELATED_FILE,
} from "../../testing/client/index.js";
import { ANNA, TestServer } from "../../testing/test-server.js";
import {
  FILE_SUPPORTS_REPARSE_POINTS,
  FileAttributeTagInformation,
  FileFsAttributeInformation,
  FileIdBothDirectoryInformation,
  FileInformationClass,
  FsInformationClass,
} from "../../wire/fscc/index.js";
import {
  Dialect,
  ErrorContext,
  Fsctl,
  InfoType,
  SymbolicLinkErrorResponse,
  symbolicLinkError,
} from "../../wire/smb2/index.js";

const { CREATE } = CreateDisposition;
const ITSELF = { createOptions: FILE_OPEN_REPARSE_POINT };
const link = { substituteName: "..\\target", printName: "target", isRelative: true };
const data = writeSymbolicLink(link);

async function connect(options: NegotiateOptions = {}): Promise<ClientTree> {
  const client = new TestServer(memory({ maxSize: 2 ** 24 })).connect();
  must(await client.negotiate(options));
  return must(await must(await client.logOn(ANNA)).treeConnect("ram"));
}

async function makeLink(tree: ClientTree, path = "link", input = data): Promise<FileId> {
  const { fileId } = must(await tree.create({ path, createDisposition: CREATE, ...ITSELF }));
  must(await tree.ioctl({ ctlCode: Fsctl.SET_REPARSE_POINT, fileId, input }));
  return fileId;
}

describe("a create that comes to a symbolic link", () => {
  it.each([
    { title: "3.1.1", dialects: [Dialect.SMB_3_1_1], contextCount: 1 },
    { title: "3.0", dialects: [Dialect.SMB_3_0], contextCount: 0 },
    { title: "2.0.2", dialects: [Dialect.SMB_2_0_2], contextCount: 0 },
  ])("of dialect $title is told where it leads", async ({ dialects, contextCount }) => {
    const tree = await connect({ dialects });
    await makeLink(tree);
    const { status, error } = await tree.create({ path: "link\\a\\b" });
    expect(status).toBe(NtStatus.STOPPED_ON_SYMLINK);
    const payload = symbolicLinkError(link, "\\a\\b".length);
    if (contextCount === 0) {
      expect(error).toEqual({ contextCount, data: payload });
      return;
    }
    const context = new Uint8Array(ErrorContext.size);
    ErrorContext.blank(viewOf(context), 0).errorDataLength = payload.length;
    expect(error).toEqual({ contextCount, data: new Uint8Array([...context, ...payload]) });
    const told = SymbolicLinkErrorResponse.read(viewOf(error!.data), ErrorContext.size);
    expect(told.symLinkLength).toBe(payload.length - 4);
    expect(told.unparsedPathLength).toBe(8);
  });

  it("in a chain ends it for the requests behind", async () => {
    const tree = await connect();
    await makeLink(tree);
    const [created, closed] = await tree.chain([
      createRequest({ path: "link" }),
      closeRequest(RELATED_FILE),
    ]);
    expect(statusName(created.status)).toBe("STOPPED_ON_SYMLINK");
    expect(closed.value).toBeUndefined();
  });
});

describe("a reparse point", () => {
  it("is set, read, told of and removed", async () => {
    const tree = await connect();
    must(await tree.close(await makeLink(tree)));
    const { fileId, fileAttributes } = must(await tree.create({ path: "link", ...ITSELF }));
    expect(fileAttributes & FILE_ATTRIBUTE_REPARSE_POINT).not.toBe(0);
    expect(must(await tree.ioctl({ ctlCode: Fsctl.GET_REPARSE_POINT, fileId }))).toEqual(data);
    const infoClass = FileInformationClass.FileAttributeTagInformation;
    const told = must(await tree.queryInfo({ fileId, infoClass }));
    const tag = FileAttributeTagInformation.read(viewOf(told), 0);
    expect(tag.reparseTag).toBe(ReparseTag.SYMLINK);

    const input = new Uint8Array(8);
    viewOf(input).setUint32(0, ReparseTag.SYMLINK, true);
    must(await tree.ioctl({ ctlCode: Fsctl.DELETE_REPARSE_POINT, fileId, input }));
    const { status } = await tree.ioctl({ ctlCode: Fsctl.GET_REPARSE_POINT, fileId });
    expect(statusName(status)).toBe("NOT_A_REPARSE_POINT");
    expect((await tree.create({ path: "link" })).status).toBe(NtStatus.SUCCESS);
  });

  it("is told in a listing by its tag, where the size of extended attributes is", async () => {
    const tree = await connect();
    await makeLink(tree);
    const root = must(await tree.create({ path: "", desiredAccess: 0x81 })).fileId;
    const infoClass = FileInformationClass.FileIdBothDirectoryInformation;
    const output = must(await tree.queryDirectory({ fileId: root, infoClass, pattern: "link" }));
    const entry = FileIdBothDirectoryInformation.read(viewOf(output), 0);
    expect(entry.eaSize).toBe(ReparseTag.SYMLINK);
    expect(entry.fileAttributes & FILE_ATTRIBUTE_REPARSE_POINT).not.toBe(0);
  });

  it("is cut where there is no room for it, but not its header", async () => {
    const tree = await connect();
    const fileId = await makeLink(tree);
    const read = (maxOutputResponse: number) =>
      tree.ioctl({ ctlCode: Fsctl.GET_REPARSE_POINT, fileId, maxOutputResponse });
    const cut = await read(data.length - 1);
    expect(cut).toEqual({ status: NtStatus.BUFFER_OVERFLOW, value: data.subarray(0, -1) });
    expect((await read(7)).status).toBe(NtStatus.BUFFER_TOO_SMALL);
  });

  it.each([
    { title: "nothing", input: new Uint8Array(), status: "IO_REPARSE_DATA_INVALID" },
    { title: "a header alone", input: data.subarray(0, 8), status: "IO_REPARSE_DATA_INVALID" },
    { title: "zeros", input: new Uint8Array(24), status: "IO_REPARSE_TAG_INVALID" },
  ])("is not made of $title", async ({ input, status }) => {
    const tree = await connect();
    const { fileId } = must(await tree.create({ path: "file", createDisposition: CREATE }));
    const set = await tree.ioctl({ ctlCode: Fsctl.SET_REPARSE_POINT, fileId, input });
    expect(statusName(set.status)).toBe(status);
  });

  it("is something that the volume says it has", async () => {
    const tree = await connect();
    const fileId = await makeLink(tree);
    const infoClass = FsInformationClass.FileFsAttributeInformation;
    const infoType = InfoType.FILESYSTEM;
    const told = must(await tree.queryInfo({ fileId, infoType, infoClass }));
    const { fileSystemAttributes } = FileFsAttributeInformation.read(viewOf(told), 0);
    expect(fileSystemAttributes & FILE_SUPPORTS_REPARSE_POINTS).not.toBe(0);
  });
});
