import { strict as assert } from "node:assert";
import { CreateDisposition, FILE_OPEN_REPARSE_POINT, statusName } from "../../../nt/index.js";
import { Fsctl } from "../../../wire/smb2/index.js";
import { type ClientTree, type FileId, must } from "../../client/index.js";
import { needing, type WireCase, wireCase } from "../case.js";

const NEW = { createDisposition: CreateDisposition.CREATE };

/** A tag that is nobody's in particular, and the GUID that goes with one. [MS-FSCC] 2.1.2.3 */
const PRIVATE_TAG = 0x0000_0123;
const GUID = "00112233445566778899aabbccddeeff";

/** [MS-FSCC] 2.1.2.3; the one of Microsoft's has no GUID. [MS-FSCC] 2.1.2.2 */
function point(tag: number, data: string, guid = ""): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(tag >>> 0, 0);
  head.writeUInt16LE(data.length, 4);
  return Buffer.concat([head, Buffer.from(guid, "hex"), Buffer.from(data, "latin1")]);
}

async function control(tree: ClientTree, fileId: FileId, ctlCode: number, input?: Buffer) {
  const reply = await tree.ioctl({ fileId, ctlCode, ...(input && { input }) });
  return { status: statusName(reply.status), value: reply.value };
}

const cases: readonly WireCase[] = [
  wireCase(
    "a reparse point of a private tag is set, told, and removed by who knows its GUID",
    "winfsp-tests reparse_guid_test; [MS-FSA] 2.1.5.10",
    async (stage) => {
      const { tree } = await stage.connect();
      const { fileId } = must(await tree.create({ ...NEW, path: "file" }));
      const { SET_REPARSE_POINT, GET_REPARSE_POINT, DELETE_REPARSE_POINT } = Fsctl;
      const got = () => control(tree, fileId, GET_REPARSE_POINT);
      assert.equal((await got()).status, "NOT_A_REPARSE_POINT");
      const data = point(PRIVATE_TAG, "some data", GUID);
      assert.equal((await control(tree, fileId, SET_REPARSE_POINT, data)).status, "SUCCESS");
      assert.deepEqual(Buffer.from((await got()).value ?? []), data);
      const other = point(PRIVATE_TAG, "", GUID.replace("00", "ff"));
      const refused = await control(tree, fileId, DELETE_REPARSE_POINT, other);
      assert.equal(refused.status, "REPARSE_ATTRIBUTE_CONFLICT");
      must(await tree.close(fileId));

      const following = await tree.create({ path: "file" });
      assert.notEqual(statusName(following.status), "SUCCESS");
      const createOptions = FILE_OPEN_REPARSE_POINT;
      const again = must(await tree.create({ path: "file", createOptions })).fileId;
      const removal = point(PRIVATE_TAG, "", GUID);
      assert.equal((await control(tree, again, DELETE_REPARSE_POINT, removal)).status, "SUCCESS");
      const gone = await control(tree, again, DELETE_REPARSE_POINT, removal);
      assert.equal(gone.status, "NOT_A_REPARSE_POINT");
      must(await tree.close(again));
      must(await tree.close(must(await tree.create({ path: "file" })).fileId));
    },
  ),
  wireCase(
    "a special file of NFS comes back as it was set",
    "winfsp-tests reparse_nfs_test; [MS-FSCC] 2.1.2.6",
    async (stage) => {
      const { tree } = await stage.connect();
      const { fileId } = must(await tree.create({ ...NEW, path: "fifo" }));
      const NFS_TAG = 0x8000_0014;
      const data = point(NFS_TAG, "FIFO\0\0\0\0"); // NFS_SPECFILE_FIFO
      const set = await control(tree, fileId, Fsctl.SET_REPARSE_POINT, data);
      assert.equal(set.status, "SUCCESS");
      const got = await control(tree, fileId, Fsctl.GET_REPARSE_POINT);
      assert.deepEqual(Buffer.from(got.value ?? []), data);
      must(await tree.close(fileId));
    },
  ),
];

/** Reparse points. */
export const reparseCases: readonly WireCase[] = needing(
  ["getReparsePoint", "setReparsePoint", "deleteReparsePoint"],
  cases,
);
