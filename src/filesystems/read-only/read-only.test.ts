import { describe, expect, it } from "vitest";
import {
  type AnyOperation,
  delegate,
  FILE_SYSTEM_OPERATIONS,
  factsOf,
  withOperations,
} from "../../delegation/index.js";
import type { Caller, FileSystem } from "../../fs/index.js";
import {
  CreateDisposition,
  DELETE,
  FILE_ALL_ACCESS,
  FILE_DELETE_ON_CLOSE,
  FILE_READ_DATA,
  FILE_WRITE_DATA,
  MAXIMUM_ALLOWED,
  NtError,
  statusName,
} from "../../nt/index.js";
import { type Case, cases, runCase } from "../../testing/conformance/index.js";
import { counted } from "../../testing/counting-file-system.js";
import { VolumeDriver } from "../../testing/volume-driver.js";
import { memory } from "../memory/index.js";
import { readOnly } from "./index.js";

const CALLER: Caller = {
  userName: "anna",
  userSid: "S-1-5-21-1-2-3-1001",
  groupSids: ["S-1-1-0"],
  sessionId: 1,
  clientAddress: "",
};
const CHANGES = FILE_SYSTEM_OPERATIONS.filter((operation) => factsOf(operation).isChange === true);

/** Changed by one way, and read by a read-only one: as all that cases do is seen. */
function readByReadOnly(): FileSystem {
  const fileSystem: FileSystem = memory({ maxSize: 2 ** 26 });
  const reading: FileSystem = readOnly(fileSystem);
  const reads = delegate(reading, (operation, method) => {
    return factsOf(operation).isChange === true ? undefined : method;
  });
  const changes = withOperations(fileSystem, (operation) => factsOf(operation).isChange === true);
  return { ...reads, ...changes, volumeParams: { ...fileSystem.volumeParams } };
}

describe("readOnly", () => {
  it.each(cases.map((each: Case) => ({ name: each.name, each })))(
    "reads as without it: $name",
    async ({ each }) => {
      expect(
        await runCase(each, readByReadOnly, { ways: ["direct", "kernel", "smb"] }),
      ).toBeUndefined();
    },
  );

  it("passes on no operation that changes anything", async () => {
    const { fileSystem, count } = counted(memory());
    const fs: FileSystem = readOnly(fileSystem);
    const { file } = await fs.open(
      "\\",
      { createOptions: 0, grantedAccess: FILE_ALL_ACCESS },
      CALLER,
    );
    for (const operation of CHANGES) {
      const method = Reflect.get(fs, operation) as AnyOperation | undefined;
      if (method !== undefined) expect(() => method(file, [], CALLER)).toThrow(NtError);
      expect(count(operation)).toBe(0);
    }
  });

  it("can do all that can be done without a change", () => {
    const { params, capabilities } = new VolumeDriver(readOnly(memory())).volume;
    expect(params.isReadOnly).toBe(true);
    expect(capabilities).toEqual({
      ...new VolumeDriver(memory()).volume.capabilities,
      hasPosixUnlinkRename: false,
    });
  });

  it("has no operation that is not there", () => {
    const less = withOperations(memory(), (operation) => operation !== "setSecurity");
    expect("setSecurity" in readOnly(less)).toBe(false);
  });

  describe("through the kernel", () => {
    const fileSystem = memory();
    const volume = new VolumeDriver(readOnly(fileSystem));
    const made = new VolumeDriver(fileSystem).makeFile("file", "abc");

    it.each([
      { name: "file", request: { desiredAccess: FILE_READ_DATA }, outcome: "OPENED" },
      { name: "file", request: { desiredAccess: MAXIMUM_ALLOWED }, outcome: "OPENED" },
      { name: "file", request: { desiredAccess: FILE_WRITE_DATA } },
      { name: "file", request: { desiredAccess: DELETE } },
      {
        name: "file",
        request: { desiredAccess: FILE_READ_DATA, createOptions: FILE_DELETE_ON_CLOSE },
      },
      {
        name: "file",
        request: {
          desiredAccess: FILE_READ_DATA,
          createDisposition: CreateDisposition.OVERWRITE_IF,
        },
      },
      { name: "new", request: { createDisposition: CreateDisposition.CREATE } },
      { name: "file:stream", request: { createDisposition: CreateDisposition.OPEN_IF } },
    ])("$name opened with $request: $outcome", async ({ name, request, outcome }) => {
      await made;
      expect(await volume.outcome(name, request)).toBe(outcome ?? "MEDIA_WRITE_PROTECTED");
      expect(await volume.names()).toEqual(["file"]);
    });

    it("nothing is linked, labelled, or audited", async () => {
      await made;
      const open = await volume.open("file", { desiredAccess: MAXIMUM_ALLOWED });
      const linked = await open.makeLink({ newName: "other", replaceIfExists: false });
      const labelled = await volume.volume.setVolumeLabel("label", CALLER);
      await open.close();
      for (const result of [linked, labelled]) {
        expect(result.ok ? "done" : statusName(result.status)).toBe("MEDIA_WRITE_PROTECTED");
      }
    });

    it("shows what is changed by another way", async () => {
      await made;
      await new VolumeDriver(fileSystem).makeFile("other", "xyz");
      expect(await volume.text("other")).toBe("xyz");
      await new VolumeDriver(fileSystem).remove("other");
    });
  });
});
