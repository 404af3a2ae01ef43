import { beforeEach, describe, expect, it } from "vitest";
import { memory } from "../../filesystems/memory/index.js";
import {
  CreateDisposition,
  FILE_CREATE_TREE_CONNECTION,
  FILE_RESERVE_OPFILTER,
  SYNCHRONIZE,
  statusName,
} from "../../nt/index.js";
import { type ClientTree, must } from "../../testing/client/index.js";
import { ANNA, TestServer } from "../../testing/test-server.js";

describe("CREATE", () => {
  let tree: ClientTree;

  beforeEach(async () => {
    const client = new TestServer(memory({ maxSize: 2 ** 26 })).connect();
    must(await client.negotiate());
    tree = must(await must(await client.logOn(ANNA)).treeConnect("ram"));
  });

  it.each([
    { what: "no rights", asked: { desiredAccess: 0 }, status: "ACCESS_DENIED" },
    {
      what: "nothing but to wait, which is fine",
      asked: { desiredAccess: SYNCHRONIZE },
      status: "SUCCESS",
    },
    {
      what: "options that there are not",
      asked: { createOptions: 0xf000_0000 },
      status: "INVALID_PARAMETER",
    },
    { what: "a device's attribute", asked: { fileAttributes: 0x40 }, status: "INVALID_PARAMETER" },
    { what: "a volume's attribute", asked: { fileAttributes: 0x08 }, status: "INVALID_PARAMETER" },
    {
      what: "a tree connection",
      asked: { createOptions: FILE_CREATE_TREE_CONNECTION },
      status: "NOT_SUPPORTED",
    },
    {
      what: "an oplock filter",
      asked: { createOptions: FILE_RESERVE_OPFILTER },
      status: "NOT_SUPPORTED",
    },
    {
      what: "rights that there are not before attributes that there are not",
      asked: { desiredAccess: 0x0800_0000, fileAttributes: 0x08 },
      status: "ACCESS_DENIED",
    },
  ])("asks for $what: $status", async ({ asked, status }) => {
    const reply = await tree.create({
      path: "f",
      createDisposition: CreateDisposition.OPEN_IF,
      ...asked,
    });
    expect(statusName(reply.status)).toBe(status);
  });
});
