import { strict as assert } from "node:assert";
import { viewOf } from "../../../bytes/index.js";
import type { ExtendedAttribute } from "../../../fs/index.js";
import {
  CreateDisposition,
  FILE_DIRECTORY_FILE,
  FILE_NO_EA_KNOWLEDGE,
  NtStatus,
  statusName,
} from "../../../nt/index.js";
import { FileInformationClass, readExtendedAttributes } from "../../../wire/fscc/index.js";
import { CreateContextName } from "../../../wire/smb2/index.js";
import { type ClientTree, type CreateParams, type FileId, must } from "../../client/index.js";
import { needing, type WireCase, wireCase } from "../case.js";
import { eaList } from "../smb-drive-data.js";

const { FileFullEaInformation: infoClass } = FileInformationClass;
const NEW = { createDisposition: CreateDisposition.CREATE };

/** @param attributes - each as `name=value`, with `!` before it where it is needed */
function eas(...attributes: readonly string[]): ExtendedAttribute[] {
  return attributes.map((attribute) => {
    const isNeeded = attribute.startsWith("!");
    const [name = "", value = ""] = attribute.slice(isNeeded ? 1 : 0).split("=");
    return { name, value: Buffer.from(value), isNeeded };
  });
}

function withEas(...attributes: readonly string[]): Pick<CreateParams, "contexts"> {
  const data = viewOf(eaList(eas(...attributes)));
  return { contexts: [{ name: CreateContextName.EXTENDED_ATTRIBUTES, data }] };
}

/** All of a file, each as `NAME=value`: a server may keep the case of names, or not. */
async function easOf(tree: ClientTree, fileId: FileId): Promise<string[]> {
  const reply = await tree.queryInfo({ fileId, infoClass, flags: 1 }); // from the start
  if (reply.status === NtStatus.NO_EAS_ON_FILE) return [];
  const told = readExtendedAttributes(viewOf(must(reply)));
  const asText = ({ name, value }: (typeof told)[number]) =>
    `${name.toUpperCase()}=${Buffer.from(value).toString()}`;
  return told.map(asText).sort();
}

const cases: readonly WireCase[] = [
  wireCase(
    "a file is made with extended attributes, and not with those whose names are wrong",
    "winfsp-tests ea_create_test; WinFsp 3.10",
    async (stage) => {
      const { tree } = await stage.connect();
      const created = await tree.create({ ...NEW, path: "file", ...withEas("one=1", "TWO=two") });
      const { fileId } = must(created);
      assert.deepEqual(await easOf(tree, fileId), ["ONE=1", "TWO=two"]);
      must(await tree.close(fileId));
      const bad = await tree.create({ ...NEW, path: "bad", ...withEas("a*b=1") });
      assert.equal(statusName(bad.status), "INVALID_EA_NAME");
      assert.equal(
        statusName((await tree.create({ path: "bad" })).status),
        "OBJECT_NAME_NOT_FOUND",
      );
    },
  ),
  wireCase(
    "who knows nothing of extended attributes gives none, and opens nothing that needs one",
    "winfsp-tests ea_create_test; WinFsp 3.2",
    async (stage) => {
      const { tree } = await stage.connect();
      const createOptions = FILE_NO_EA_KNOWLEDGE;
      const both = await tree.create({ ...NEW, path: "file", createOptions, ...withEas("A=1") });
      assert.equal(statusName(both.status), "ACCESS_DENIED");
      const made = await tree.create({ ...NEW, path: "file", ...withEas("!A=1") });
      must(await tree.close(must(made).fileId));
      const opened = await tree.create({ path: "file", createOptions });
      assert.equal(statusName(opened.status), "ACCESS_DENIED");
      must(await tree.close(must(await tree.create({ path: "file" })).fileId));
    },
  ),
  wireCase(
    "who overwrites a file puts his extended attributes for those it had",
    "winfsp-tests ea_overwrite_test",
    async (stage) => {
      const { tree } = await stage.connect();
      const made = await tree.create({ ...NEW, path: "file", ...withEas("A=1", "B=2") });
      must(await tree.close(must(made).fileId));
      const createDisposition = CreateDisposition.OVERWRITE;
      const emptied = await tree.create({ path: "file", createDisposition, ...withEas("C=3") });
      const { fileId } = must(emptied);
      assert.deepEqual(await easOf(tree, fileId), ["C=3"]);
      must(await tree.close(fileId));
    },
    ["overwrite"],
  ),
  wireCase(
    "extended attributes of files and directories are set, replaced and removed",
    "winfsp-tests ea_getset_test",
    async (stage) => {
      const { tree } = await stage.connect();
      for (const createOptions of [0, FILE_DIRECTORY_FILE]) {
        const path = `name ${createOptions}`;
        const { fileId } = must(await tree.create({ ...NEW, path, createOptions }));
        const set = async (...attributes: readonly string[]) => {
          must(await tree.setInfo({ fileId, infoClass, data: eaList(eas(...attributes)) }));
        };
        assert.deepEqual(await easOf(tree, fileId), []);
        await set("A=1", "B=2");
        await set("a=one", "C=3");
        assert.deepEqual(await easOf(tree, fileId), ["A=one", "B=2", "C=3"]);
        await set("B=", "none=");
        assert.deepEqual(await easOf(tree, fileId), ["A=one", "C=3"]);
        must(await tree.close(fileId));
      }
    },
  ),
];

/** Extended attributes. */
export const eaCases: readonly WireCase[] = needing(
  ["getExtendedAttributes", "setExtendedAttributes"],
  cases,
);
