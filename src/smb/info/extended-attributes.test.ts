import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { align, viewOf } from "../../bytes/index.js";
import { memory } from "../../filesystems/memory/index.js";
import { CreateDisposition, NtStatus, statusName } from "../../nt/index.js";
import {
  type ClientTree,
  type FileId,
  must,
  type QueryInfoParams,
  type SmbClient,
} from "../../testing/client/index.js";
import { ANNA, TestServer } from "../../testing/test-server.js";
import {
  EA_ENTRY_ALIGNMENT,
  type ExtendedAttributeEntry,
  extendedAttributeSize,
  FILE_SUPPORTS_EXTENDED_ATTRIBUTES,
  FileEaInformation,
  FileFsAttributeInformation,
  FileGetEaInformation,
  FileInformationClass,
  FsInformationClass,
  linkEntry,
  readExtendedAttributes,
  writeExtendedAttribute,
} from "../../wire/fscc/index.js";
import {
  CreateContextName,
  InfoType,
  SL_INDEX_SPECIFIED,
  SL_RESTART_SCAN,
  SL_RETURN_SINGLE_ENTRY,
} from "../../wire/smb2/index.js";

const { CREATE } = CreateDisposition;
const infoClass = FileInformationClass.FileFullEaInformation;

let server: TestServer;
let client: SmbClient;
let tree: ClientTree;
let fileId: FileId;

beforeEach(async () => {
  server = new TestServer(memory());
  client = server.connect();
  must(await client.negotiate());
  tree = must(await must(await client.logOn(ANNA)).treeConnect("ram"));
  const data = viewOf(list(["ONE=1", "TWO=two"]));
  const contexts = [{ name: CreateContextName.EXTENDED_ATTRIBUTES, data }];
  fileId = must(await tree.create({ path: "file", createDisposition: CREATE, contexts })).fileId;
});

afterEach(async () => {
  client.close();
  expect(await server.untilEmpty()).toBe(true);
  expect(server.errors).toEqual([]);
});

/** Attributes of the form `name=value`, as they lie on the wire. */
function list(attributes: readonly string[]): Uint8Array {
  const data = new Uint8Array(4096);
  const view = viewOf(data);
  let previousAt = -1;
  let end = 0;
  for (const attribute of attributes) {
    const [name = "", value = ""] = attribute.split("=");
    const at = align(end, EA_ENTRY_ALIGNMENT);
    const entry: ExtendedAttributeEntry = { name, value: Buffer.from(value), isNeeded: false };
    end = at + writeExtendedAttribute(view, at, entry);
    if (previousAt >= 0) linkEntry(view, previousAt, at);
    previousAt = at;
  }
  return data.subarray(0, end);
}

/** A list of names to ask for. */
function names(...all: string[]): Uint8Array {
  const parts = all.map((name, i) => {
    const size = FileGetEaInformation.size + name.length + 1;
    const data = new Uint8Array(i === all.length - 1 ? size : align(size, EA_ENTRY_ALIGNMENT));
    const entry = FileGetEaInformation.blank(viewOf(data), 0);
    entry.nextEntryOffset = i === all.length - 1 ? 0 : data.length;
    entry.eaNameLength = name.length;
    data.set(Buffer.from(name, "latin1"), FileGetEaInformation.size);
    return data;
  });
  return Buffer.concat(parts);
}

/** The status of a query, and what it tells. */
async function query(params: Partial<QueryInfoParams> = {}): Promise<string[]> {
  const reply = await tree.queryInfo({ fileId, infoClass, ...params });
  const { status, value: data } = reply;
  const entries = data === undefined ? [] : readExtendedAttributes(viewOf(data));
  const texts = entries.map(({ name, value }) => `${name}=${Buffer.from(value).toString()}`);
  return [statusName(status), ...texts];
}

describe("FileFullEaInformation", () => {
  it("tells all, in as many answers as it takes", async () => {
    expect(await query()).toEqual(["SUCCESS", "ONE=1", "TWO=two"]);
    expect(await query()).toEqual(["NO_MORE_EAS"]);
    const outputLength = 16;
    const restart = { flags: SL_RESTART_SCAN, outputLength };
    expect(await query(restart)).toEqual(["BUFFER_OVERFLOW", "ONE=1"]);
    expect(await query({ outputLength })).toEqual(["SUCCESS", "TWO=two"]);
  });

  it("tells one at a time, or from an index on", async () => {
    const flags = SL_RETURN_SINGLE_ENTRY;
    expect(await query({ flags })).toEqual(["SUCCESS", "ONE=1"]);
    expect(await query({ flags })).toEqual(["SUCCESS", "TWO=two"]);
    const indexed = { flags: SL_INDEX_SPECIFIED, additionalInformation: 2 };
    expect(await query(indexed)).toEqual(["SUCCESS", "TWO=two"]);
    expect(await query({ ...indexed, additionalInformation: 7 })).toEqual(["NONEXISTENT_EA_ENTRY"]);
  });

  it("tells those that are asked for by name", async () => {
    expect(await query({ input: names("two", "no", "TWO") })).toEqual([
      "SUCCESS",
      "TWO=two",
      "NO=",
    ]);
    const flags = SL_RETURN_SINGLE_ENTRY;
    expect(await query({ input: names("two", "one"), flags })).toEqual(["SUCCESS", "TWO=two"]);
    expect(await query({ input: names("a:b") })).toEqual(["INVALID_EA_NAME"]);
    const short = { input: names("two", "one"), outputLength: 20 };
    expect(await query(short)).toEqual(["BUFFER_OVERFLOW"]);
  });

  it("says how much room the first takes where there is too little", async () => {
    expect(await query({ outputLength: 8 })).toEqual(["BUFFER_TOO_SMALL"]);
  });

  it("is set, and told by FileEaInformation", async () => {
    const data = list(["ONE=", "three=3"]);
    must(await tree.setInfo({ fileId, infoClass, data }));
    expect(await query()).toEqual(["SUCCESS", "TWO=two", "three=3"]);
    const eaClass = FileInformationClass.FileEaInformation;
    const answer = must(await tree.queryInfo({ fileId, infoClass: eaClass }));
    const { eaSize } = FileEaInformation.read(viewOf(answer), 0);
    expect(eaSize).toBe(4 + 5 + 3 + 3 + 5 + 5 + 1);
  });

  it("is refused where its bytes are no list", async () => {
    const data = list(["one=1", "two=2"]);
    for (let length = 1; length < data.length; length++) {
      const reply = await tree.setInfo({ fileId, infoClass, data: data.subarray(0, length) });
      expect(reply.status, `${length} bytes`).toBe(NtStatus.INVALID_PARAMETER);
    }
    expect(await query()).toEqual(["SUCCESS", "ONE=1", "TWO=two"]);
  });
});

it("a volume says that it has extended attributes", async () => {
  const answer = must(
    await tree.queryInfo({
      fileId,
      infoType: InfoType.FILESYSTEM,
      infoClass: FsInformationClass.FileFsAttributeInformation,
    }),
  );
  const { fileSystemAttributes } = FileFsAttributeInformation.read(viewOf(answer), 0);
  expect(fileSystemAttributes & FILE_SUPPORTS_EXTENDED_ATTRIBUTES).not.toBe(0);
  expect(extendedAttributeSize({ name: "A", value: new Uint8Array(1) })).toBe(11);
});
