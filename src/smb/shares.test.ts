import { describe, expect, it } from "vitest";
import { memory } from "../filesystems/memory/index.js";
import { viewOf } from "../kernel/index.js";
import {
  accountSid,
  CreateDisposition,
  descriptorOfSddl,
  FILE_ALL_ACCESS,
  FILE_DELETE_ON_CLOSE,
  FILE_DIRECTORY_FILE,
  FILE_READ_DATA,
  FILE_WRITE_ATTRIBUTES,
  FILE_WRITE_DATA,
  MAXIMUM_ALLOWED,
  statusName,
} from "../nt/index.js";
import { type ClientTree, type CreateParams, must } from "../testing/client/index.js";
import { late } from "../testing/late-file-system.js";
import { ANNA, TestServer } from "../testing/test-server.js";
import {
  CreateContextName,
  SMB2_SHAREFLAG_ACCESS_BASED_DIRECTORY_ENUM,
} from "../wire/smb2/index.js";

const READ_ONLY_ACCESS = 0x0012_00a9;

/** A server with three shares of one volume, and a client of each. */
async function connect(fileSystem = memory() as ConstructorParameters<typeof TestServer>[0]) {
  const server = new TestServer(fileSystem, {}, (ram) => [
    ram,
    { ...ram, name: "fixed", view: viewOf({ isReadOnly: true, hidesUnreadable: false }) },
    { ...ram, name: "seen", view: viewOf({ isReadOnly: false, hidesUnreadable: true }) },
  ]);
  const client = server.connect();
  await client.negotiate();
  const session = must(await client.logOn(ANNA));
  const trees = ["ram", "fixed", "seen"].map(async (name) => must(await session.treeConnect(name)));
  const [ram, fixed, seen] = await Promise.all(trees);
  return { server, ram: ram!, fixed: fixed!, seen: seen! };
}

async function make(tree: ClientTree, path: string, sddl?: string): Promise<void> {
  const contexts =
    sddl === undefined
      ? []
      : [{ name: CreateContextName.SECURITY_DESCRIPTOR, data: bytesOf(descriptorOfSddl(sddl)) }];
  const made = must(
    await tree.create({
      path,
      desiredAccess: FILE_ALL_ACCESS,
      createDisposition: CreateDisposition.CREATE,
      contexts,
    }),
  );
  must(await tree.close(made.fileId));
}

function bytesOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

describe("a share that is read-only", () => {
  it("says so in the answer to TREE_CONNECT, and others of the volume do not", async () => {
    const { ram, fixed, seen } = await connect();
    expect(ram.share.maximalAccess).toBe(FILE_ALL_ACCESS);
    expect(fixed.share.maximalAccess).toBe(READ_ONLY_ACCESS);
    expect(seen.share.maximalAccess).toBe(FILE_ALL_ACCESS);
  });

  it.each<[string, number, Partial<CreateParams>, string]>([
    ["reading", FILE_READ_DATA, {}, "SUCCESS"],
    ["all there is", MAXIMUM_ALLOWED, {}, "SUCCESS"],
    ["writing", FILE_WRITE_DATA, {}, "ACCESS_DENIED"],
    ["setting attributes", FILE_WRITE_ATTRIBUTES, {}, "ACCESS_DENIED"],
    ["deleting", FILE_READ_DATA, { createOptions: FILE_DELETE_ON_CLOSE }, "ACCESS_DENIED"],
    ["emptying", FILE_READ_DATA, { createDisposition: 5 }, "ACCESS_DENIED"],
    ["superseding", FILE_READ_DATA, { createDisposition: 0 }, "ACCESS_DENIED"],
    ["making", FILE_READ_DATA, { createDisposition: 2, path: "new" }, "ACCESS_DENIED"],
    [
      "making a directory",
      FILE_READ_DATA,
      { createDisposition: 2, path: "new", createOptions: FILE_DIRECTORY_FILE },
      "ACCESS_DENIED",
    ],
    ["making a stream", FILE_READ_DATA, { createDisposition: 2, path: "f:s" }, "ACCESS_DENIED"],
  ])("decides about %s", async (_, desiredAccess, more, outcome) => {
    const { ram, fixed } = await connect();
    await make(ram, "f");
    const opened = await fixed.create({ path: "f", desiredAccess, ...more });
    expect(statusName(opened.status)).toBe(outcome);
  });

  it("gives no more than reading to who asks for all there is", async () => {
    const { ram, fixed } = await connect();
    await make(ram, "f");
    const data = new DataView(new ArrayBuffer(0));
    const opened = must(
      await fixed.create({
        path: "f",
        desiredAccess: MAXIMUM_ALLOWED,
        contexts: [{ name: CreateContextName.MAXIMAL_ACCESS, data }],
      }),
    );
    const written = await fixed.write({
      fileId: opened.fileId,
      data: new Uint8Array(1),
      offset: 0,
    });
    expect(statusName(written.status)).toBe("ACCESS_DENIED");
    const [answer] = opened.contexts;
    expect(answer?.data.getUint32(4, true)).toBe(READ_ONLY_ACCESS);
  });

  it("shows what is written by another share at once", async () => {
    const { server, ram, fixed } = await connect();
    await make(ram, "f");
    const [one, two] = [
      must(await ram.create({ path: "f", desiredAccess: FILE_WRITE_DATA })),
      must(await fixed.create({ path: "f", desiredAccess: FILE_READ_DATA })),
    ];
    must(await ram.write({ fileId: one.fileId, data: new Uint8Array([7]), offset: 0 }));
    const read = must(await fixed.read({ fileId: two.fileId, offset: 0, length: 8 }));
    expect([...read]).toEqual([7]);
    expect(server.volume.tableSizes.nodes).toBe(1);
  });
});

describe("a share with access-based enumeration", () => {
  const anna = accountSid(ANNA.user);

  it("says so in the answer to TREE_CONNECT, and others of the volume do not", async () => {
    const { ram, seen } = await connect();
    const flag = SMB2_SHAREFLAG_ACCESS_BASED_DIRECTORY_ENUM;
    expect(ram.share.shareFlags & flag).toBe(0);
    expect(seen.share.shareFlags & flag).toBe(flag);
  });

  it.each([
    ["at once", memory()],
    ["late", late(memory())],
  ])("lists only what the user may read, of a file system that answers %s", async (_, fs) => {
    const { ram, seen } = await connect(fs);
    await make(ram, "readable", `D:P(A;;FR;;;${anna})`);
    await make(ram, "no data", `D:P(A;;0x120088;;;${anna})`);
    await make(ram, "no attributes", `D:P(A;;0x120009;;;${anna})`);
    await make(ram, "no extended attributes", `D:P(A;;0x120081;;;${anna})`);
    await make(ram, "nothing", "D:P");
    await make(ram, "everything");
    const names = async (tree: ClientTree) => (await tree.list("")).map(({ name }) => name).sort();
    expect(await names(seen)).toEqual([".", "..", "everything", "readable"]);
    expect(await names(ram)).toHaveLength(8);
  });

  it("finds what the user may not read neither by its name", async () => {
    const { ram, seen } = await connect();
    await make(ram, "nothing", "D:P");
    const root = must(
      await seen.create({ path: "", desiredAccess: 1, createOptions: FILE_DIRECTORY_FILE }),
    );
    const query = (pattern: string) => seen.queryDirectory({ fileId: root.fileId, pattern });
    expect(statusName((await query("nothing")).status)).toBe("NO_SUCH_FILE");
  });
});
