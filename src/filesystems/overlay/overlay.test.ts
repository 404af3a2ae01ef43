import { beforeEach, describe, expect, it } from "vitest";
import { delegate, factsOf, withOperations } from "../../delegation/index.js";
import {
  type Caller,
  type Change,
  ChangeAction,
  type FileSystem,
  type Notify,
} from "../../fs/index.js";
import type { Open } from "../../kernel/index.js";
import {
  CreateDisposition,
  descriptorOfSddl,
  FILE_ATTRIBUTE_SPARSE_FILE,
  FILE_DIRECTORY_FILE,
  FILE_READ_ATTRIBUTES,
  NtError,
  NtStatus,
} from "../../nt/index.js";
import { outcomeOf, VolumeDriver } from "../../testing/volume-driver.js";
import { type MemoryOptions, memory } from "../memory/index.js";
import { readOnly } from "../read-only/index.js";
import { traced } from "../traced/index.js";
import { dir } from "../tree/index.js";
import { overlay } from "./index.js";
import { COPY_CHUNK_BYTES, MAX_RENAME_BYTES, MAX_RENAME_ENTRIES } from "./limits.js";

const CALLER: Caller = {
  userName: "anna",
  userSid: "S-1-5-21-1-2-3-1001",
  groupSids: ["S-1-1-0"],
  sessionId: 1,
  clientAddress: "",
};
const LOOK = { createOptions: 0, grantedAccess: 0 };
const CREATE = { createDisposition: CreateDisposition.CREATE };

const make = (options: MemoryOptions = {}) => memory({ maxSize: 2 ** 27, ...options });

/** The names in the upper layer itself, those that are reserved with them. */
const namesOf = (layer: FileSystem, directory = "") => new VolumeDriver(layer).names(directory);

describe("an overlay", () => {
  let upper: FileSystem;
  let lower: FileSystem;
  let below: VolumeDriver;
  let drive: VolumeDriver;

  beforeEach(async () => {
    upper = make();
    lower = make();
    below = new VolumeDriver(lower);
    await below.makeDirectory("dir");
    await below.makeFile("dir\\inside", "inside");
    await below.makeFile("file", "old");
    await below.makeFile("file:stream", "old stream");
    drive = new VolumeDriver(overlay(upper, lower));
  });

  it("copies nothing before something is changed", async () => {
    const open = await drive.open("dir\\inside");
    await open.read(new Uint8Array(10), 0);
    await open.close();
    await drive.names("dir");
    expect(await namesOf(upper)).toEqual([]);
  });

  it("shows what was written to those who had the file open before, under the same id", async () => {
    const reader = await drive.open("file", { desiredAccess: 1 });
    const stream = await drive.open("file:stream", { desiredAccess: 1 });
    const writer = await drive.open("file");
    await writer.write(Buffer.from("new"), 0);
    const target = new Uint8Array(20);
    expect(await reader.read(target, 0)).toEqual({ ok: true, value: 3 });
    expect(Buffer.from(target.subarray(0, 3)).toString()).toBe("new");
    expect(await stream.read(target, 0)).toEqual({ ok: true, value: 10 });
    const { fileId } = reader.createInfo;
    expect(writer.createInfo.fileId).toBe(fileId);
    for (const open of [reader, stream, writer]) await open.close();
    const again = await drive.open("file");
    expect(again.createInfo.fileId).toBe(fileId);
    await again.close();
    expect(await below.text("file")).toBe("old");
  });

  it("writes what many write at once to one copy", async () => {
    const opens: Open[] = [];
    for (let i = 0; i < 20; i++) opens.push(await drive.open("file"));
    await Promise.all(opens.map(async (open, i) => open.write(Buffer.from("x"), 3 + i)));
    for (const open of opens) await open.close();
    expect(await drive.text("file")).toBe(`old${"x".repeat(20)}`);
    expect(await namesOf(upper)).toEqual(["file"]);
  });

  it("calls no operation of a lower layer that changes anything", async () => {
    const called: string[] = [];
    const watched = delegate(lower, (operation, method) => (...args) => {
      if (factsOf(operation).isChange === true) called.push(operation);
      return method(...args);
    });
    const driver = new VolumeDriver(overlay(upper, watched));
    const open = await driver.open("file");
    await open.write(Buffer.from("x"), 0);
    await open.setEas([{ name: "EA", value: Buffer.from("x"), isNeeded: false }]);
    await open.rename({ newName: "moved", replaceIfExists: false });
    await open.close();
    await driver.remove("dir\\inside");
    await driver.remove("dir");
    expect(called).toEqual([]);
    expect(await below.names("dir")).toEqual(["inside"]);
  });

  it("shows nobody what hides a name, and lets nobody make one", async () => {
    await below.makeFile(".wh.theirs", "");
    await drive.remove("file");
    expect(await namesOf(upper)).toEqual([".wh.file"]);
    expect(await drive.names()).toEqual(["dir"]);
    expect(await drive.list("", ".wh.*")).toEqual([]);
    expect(await drive.list("", ".WH.FILE")).toEqual([]);
    for (const name of [".wh.file", ".WH.FILE", ".wh.theirs"]) {
      expect(await drive.outcome(name)).toBe("OBJECT_NAME_NOT_FOUND");
      expect(await drive.outcome(name, CREATE)).toBe("OBJECT_NAME_INVALID");
    }
    const open = await drive.open("dir");
    const renamed = await open.rename({ newName: ".wh.x", replaceIfExists: false });
    expect(outcomeOf(renamed)).toBe("OBJECT_NAME_INVALID");
    await open.close();
    const { fileId } = (await upper.open("\\.wh.file", LOOK, CALLER)).info;
    const opening = async () => drive.volume.fileSystem.openByFileId?.(fileId, LOOK, CALLER);
    await expect(opening()).rejects.toThrow("INVALID_PARAMETER");
  });

  it("hides what was deleted from the next overlay, too, and what is made there is new", async () => {
    await drive.remove("file");
    await drive.remove("dir\\inside");
    await drive.remove("dir");
    await drive.makeDirectory("dir");
    const next = new VolumeDriver(overlay(upper, lower));
    expect(await next.names()).toEqual(["dir"]);
    expect(await next.names("dir")).toEqual([]);
    expect(await next.outcome("file")).toBe("OBJECT_NAME_NOT_FOUND");
    await next.makeFile("file", "another");
    expect(await next.outcome("file:stream")).toBe("OBJECT_NAME_NOT_FOUND");
    await next.remove("file");
    expect(await next.names()).toEqual(["dir"]);
  });

  it("hides names of any length", async () => {
    const long = "n".repeat(255);
    await below.makeFile(long, "long");
    await below.makeFile(`${long.slice(1)}x`, "other");
    await drive.remove(long.toUpperCase());
    expect(await drive.names()).toEqual(["dir", "file", `${long.slice(1)}x`]);
    expect(await new VolumeDriver(overlay(upper, lower)).outcome(long)).toBe(
      "OBJECT_NAME_NOT_FOUND",
    );
  });

  it("deletes a directory only when clients see nothing in it", async () => {
    const open = await drive.open("dir");
    expect(outcomeOf(await open.setDisposition(true))).toBe("DIRECTORY_NOT_EMPTY");
    await drive.remove("dir\\inside");
    expect(outcomeOf(await open.setDisposition(true))).toBe("SUCCESS");
    await open.close();
    expect(await drive.names()).toEqual(["file"]);
    expect(await namesOf(upper)).toEqual([".wh.dir"]);
  });

  it("lists each name once, the upper layer's first, whatever its case", async () => {
    const second = make();
    const other = new VolumeDriver(second);
    for (const name of ["FILE", "Second", "dir"]) await other.makeFile(name, "hidden, or not");
    const three = new VolumeDriver(overlay(upper, lower, second));
    await three.makeFile("first", "");
    expect(await three.list("", "*")).toEqual([".", "..", "first", "dir", "file", "Second"]);
    expect(await three.text("FILE")).toBe("old");
    expect(await three.names("dir")).toEqual(["inside"]);
  });

  it("opens a copied file by its id, and none that was deleted", async () => {
    const open = await drive.open("file");
    const { fileId } = open.createInfo;
    await open.write(Buffer.from("new"), 0);
    await open.close();
    const { fileSystem } = drive.volume;
    const opened = await fileSystem.openByFileId?.(fileId, LOOK, CALLER);
    expect(opened?.normalizedPath).toBe("\\file");
    expect(opened?.info.fileId).toBe(fileId);
    await fileSystem.close?.(opened?.file);
    await drive.remove("file");
    const opening = async () => fileSystem.openByFileId?.(fileId, LOOK, CALLER);
    await expect(opening()).rejects.toThrow("INVALID_PARAMETER");
  });

  it("opens the copy of a file by its id, also where it is made that moment", async () => {
    let onLook: (() => Promise<unknown>) | undefined;
    const watched = delegate(lower, (operation, method) => {
      if (operation !== "getSecurityByName") return method;
      return (...args) => {
        const before = onLook;
        const found = method(...args);
        if (args[0] !== "\\file" || before === undefined) return found;
        onLook = undefined;
        return before().then(() => found);
      };
    });
    const both = new VolumeDriver(overlay(upper, watched));
    const writer = await both.open("file");
    const { fileSystem } = both.volume;
    onLook = () => writer.write(Buffer.from("new"), 0) as Promise<unknown>;
    const { fileId } = writer.createInfo;
    const opened = await fileSystem.openByFileId?.(fileId, LOOK, CALLER);
    const target = new Uint8Array(3);
    await fileSystem.read?.(opened?.file, target, 0, CALLER);
    expect(Buffer.from(target).toString()).toBe("new");
    await fileSystem.close?.(opened?.file);
    await writer.close();
  });

  it("leaves nothing open where a copy cannot be opened for all that have the file", async () => {
    let opens = 0;
    let copies = 0;
    const counted = delegate(upper, (operation, method) => {
      if (operation !== "open" && operation !== "create" && operation !== "close") return method;
      return (...args) => {
        if (operation === "open" && args[0] === "\\file" && ++copies > 1) {
          throw new NtError(NtStatus.INSUFFICIENT_RESOURCES);
        }
        opens += operation === "close" ? -1 : 1;
        return method(...args);
      };
    });
    const both = new VolumeDriver(overlay(counted, lower));
    const first = await both.open("file");
    const second = await both.open("file");
    const written = await first.write(Buffer.from("new"), 0);
    expect(written.ok).toBe(false);
    await first.close();
    await second.close();
    expect(opens).toBe(0);
  });

  it("copies through little memory, keeps holes, and leaves out what is emptied", async () => {
    const large = await below.open("large", CREATE);
    await large.setSparse(true);
    await large.setEndOfFile(2 ** 30);
    await large.write(new Uint8Array(3 * COPY_CHUNK_BYTES).fill(7), 2 ** 29);
    await large.close();
    const reads: number[] = [];
    const watched = traced(lower, ({ asked }) => void reads.push(Number(asked["length"])), {
      operations: ["read"],
    });
    const driver = new VolumeDriver(overlay(upper, watched));
    const open = await driver.open("large");
    await open.write(Buffer.from("x"), 0);
    const info = await open.getInfo();
    await open.close();
    expect(Math.max(...reads)).toBeLessThanOrEqual(COPY_CHUNK_BYTES);
    expect(reads.reduce((sum, length) => sum + length, 0)).toBe(3 * COPY_CHUNK_BYTES);
    if (!info.ok) throw new Error(outcomeOf(info));
    expect(info.value.fileSize).toBe(2 ** 30);
    expect(info.value.allocationSize).toBeLessThan(2 ** 23);
    expect(info.value.fileAttributes & FILE_ATTRIBUTE_SPARSE_FILE).not.toBe(0);
    reads.length = 0;
    await driver.outcome("dir\\inside", { createDisposition: CreateDisposition.OVERWRITE });
    expect(reads).toEqual([]);
    expect(await driver.text("dir\\inside")).toBe("");
  });

  it.each([
    { what: "entries", entries: MAX_RENAME_ENTRIES, bytes: 0 },
    { what: "bytes", entries: 1, bytes: MAX_RENAME_BYTES },
  ])("does not rename a directory with too many $what to be copied", async ({ entries, bytes }) => {
    await below.makeDirectory("much");
    await below.makeDirectory("much\\below");
    const { file } = await lower.open("\\", LOOK, CALLER);
    await lower.close?.(file);
    for (let i = 0; i < entries; i++) await below.makeFile(`much\\below\\${i}`);
    const large = await below.open("much\\below\\0");
    await large.setSparse(true);
    await large.setEndOfFile(bytes + 1);
    await large.close();
    const open = await drive.open("much");
    const renamed = await open.rename({ newName: "moved", replaceIfExists: false });
    await open.close();
    expect(outcomeOf(renamed)).toBe("NOT_SAME_DEVICE");
    expect(await namesOf(upper)).toEqual([]);
  });

  it("takes a lower layer that has neither streams nor descriptors", async () => {
    const driver = new VolumeDriver(overlay(upper, dir({ sub: dir({ a: "text" }) })));
    const open = await driver.open("sub\\a");
    expect(outcomeOf(await open.getSecurity(7))).toBe("SUCCESS");
    expect(outcomeOf(await open.write(Buffer.from("T"), 0))).toBe("SUCCESS");
    await open.close();
    await driver.makeFile("sub\\a:stream", "more");
    expect(await driver.text("sub\\a")).toBe("Text");
    expect(await driver.text("sub\\a:stream")).toBe("more");
    expect(driver.volume.capabilities.canOpenByFileId).toBe(false);
  });

  it("can do what its upper layer can do", () => {
    const all = new VolumeDriver(make()).volume.capabilities;
    expect(drive.volume.capabilities).toEqual(all);
    const less = withOperations(upper, (operation) => operation !== "getStreams");
    const { capabilities } = new VolumeDriver(overlay(less, lower)).volume;
    expect(capabilities).toEqual({ ...all, hasNamedStreams: false });
  });

  it("has the size and the label of its upper layer, and is as writable", async () => {
    const labelled = overlay(make({ label: "Upper", isReadOnly: true }), lower);
    expect(await labelled.getVolumeInfo()).toMatchObject({ label: "Upper" });
    const driver = new VolumeDriver(labelled);
    expect(await driver.outcome("file")).toBe("MEDIA_WRITE_PROTECTED");
    expect(await driver.outcome("file", { desiredAccess: FILE_READ_ATTRIBUTES })).toBe("OPENED");
  });

  it("gives the root of a new upper layer the descriptor of the root below, and leaves it alone later", async () => {
    const descriptor = (sddl: string) => descriptorOfSddl(`O:BAG:BAD:P${sddl}`);
    const rootOf = async (driver: VolumeDriver) => {
      await driver.volume.start();
      const found = await driver.volume.fileSystem.getSecurityByName?.("\\", CALLER);
      return found?.securityDescriptor;
    };
    const theirs = descriptor("(A;OICI;GR;;;WD)");
    const guarded = make({ rootSecurityDescriptor: theirs });
    const first = new VolumeDriver(overlay(upper, guarded));
    expect(await rootOf(first)).toEqual(theirs);
    const open = await upper.open("\\", LOOK, CALLER);
    const own = descriptor("(A;OICI;FA;;;WD)");
    await upper.setSecurity?.(open.file, own, CALLER);
    await new VolumeDriver(upper).makeFile("something");
    expect(await rootOf(new VolumeDriver(overlay(upper, guarded)))).toEqual(own);
  });

  it("tells nobody of changes to what only it knows of", async () => {
    const told: Change[] = [];
    const telling = {
      ...readOnly(lower),
      start: (notify: Notify) => {
        notify([change("\\.wh.file"), change("\\file"), change("\\dir\\.wh..wh.tx")]);
      },
    };
    await overlay(upper, telling).start?.((changes) => void told.push(...changes));
    expect(told.map(({ path }) => path)).toEqual(["\\file"]);
  });

  it("keeps an empty directory that was made where a full one was deleted empty when it is renamed", async () => {
    await drive.remove("dir\\inside");
    await drive.remove("dir");
    await drive.outcome("dir", { ...CREATE, createOptions: FILE_DIRECTORY_FILE });
    const open = await drive.open("dir");
    const moved = await open.rename({ newName: "moved", replaceIfExists: false });
    const back = await open.rename({ newName: "dir", replaceIfExists: false });
    await open.close();
    expect([outcomeOf(moved), outcomeOf(back)]).toEqual(["SUCCESS", "SUCCESS"]);
    expect(await drive.names("dir")).toEqual([]);
  });

  it.each([
    { layers: () => [make()], problem: /nothing to lay over/ },
    { layers: () => [readOnly(make()), make()], problem: /needs create/ },
    { layers: () => [upper, upper], problem: /two layers/ },
    { layers: () => [upper, make({ isCaseSensitive: true })], problem: /case/ },
    { layers: () => [upper, ...Array.from({ length: 127 }, () => dir({}))], problem: /too many/ },
  ])("is refused where the layers do not go together: $problem", ({ layers, problem }) => {
    const [first, ...others] = layers();
    expect(() => overlay(first as FileSystem, ...others)).toThrow(problem);
  });
});

function change(path: string): Change {
  return { path, action: ChangeAction.MODIFIED, filter: 1 };
}
