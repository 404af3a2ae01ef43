import { describe, expect, it } from "vitest";
import { memory } from "../filesystems/memory/index.js";
import type { ExtendedAttribute, FileSystem } from "../fs/index.js";
import {
  CreateDisposition,
  FILE_NO_EA_KNOWLEDGE,
  FILE_NOTIFY_CHANGE_EA,
  FILE_READ_DATA,
  FILE_READ_EA,
  FILE_WRITE_DATA,
  NtStatus,
  statusName,
} from "../nt/index.js";
import { late } from "../testing/late-file-system.js";
import { outcomeOf, VolumeDriver } from "../testing/volume-driver.js";
import type { Open } from "./open.js";

function attribute(name: string, text: string, isNeeded = false): ExtendedAttribute {
  return { name, value: Buffer.from(text), isNeeded };
}

function texts(attributes: readonly ExtendedAttribute[]): string[] {
  return attributes.map(({ name, value }) => `${name}=${Buffer.from(value).toString()}`);
}

const RESTART = { isRestart: true, index: undefined };
const GO_ON = { isRestart: false, index: undefined };

/** What a walk tells, and takes `count` of; or why it does not. */
async function scan(
  open: Open,
  request = GO_ON as { isRestart: boolean; index: number | undefined },
  count = 1,
) {
  const run = await open.scanEas(request);
  if (!run.ok) return statusName(run.status);
  run.value.taken(count);
  return texts(run.value.attributes);
}

const { CREATE, OPEN_IF, OVERWRITE, OPEN } = CreateDisposition;

describe.each([
  { kind: "that answers at once", newFileSystem: (): FileSystem => memory() },
  { kind: "that answers later", newFileSystem: () => late(memory()) },
])("extended attributes of a file system $kind", ({ newFileSystem }) => {
  async function newFile(...attributes: ExtendedAttribute[]) {
    const driver = new VolumeDriver(newFileSystem());
    const open = await driver.open("file", { createDisposition: CREATE });
    expect(outcomeOf(await open.setEas(attributes))).toBe("SUCCESS");
    return { driver, open };
  }

  it("are added, replaced and removed, whatever the case of their names", async () => {
    const { open } = await newFile(attribute("One", "1"), attribute("TWO", "2"));
    expect(await scan(open, RESTART)).toEqual(["One=1", "TWO=2"]);
    await open.setEas([attribute("ONE", "one"), attribute("two", ""), attribute("three", "3")]);
    expect(await scan(open, RESTART)).toEqual(["ONE=one", "three=3"]);
  });

  it("count in what is known of the file", async () => {
    const { open } = await newFile(attribute("EAONE", "VALUE1"), attribute("SECONDEA", "ValueTwo"));
    expect(await open.getInfo()).toMatchObject({ value: { eaSize: 41 } });
    await open.setEas([attribute("EAONE", ""), attribute("SECONDEA", "")]);
    expect(await open.getInfo()).toMatchObject({ value: { eaSize: 0 } });
    expect(await scan(open, RESTART)).toBe("NO_EAS_ON_FILE");
  });

  it("are told by name, each once, the missing ones empty", async () => {
    const { open } = await newFile(attribute("One", "1"), attribute("Two", "2"));
    const found = await open.getEasByName(["two", "none", "TWO", "one"]);
    expect(found.ok && texts(found.value)).toEqual(["Two=2", "NONE=", "One=1"]);
    expect(outcomeOf(await open.getEasByName(["one", "a:b"]))).toBe("INVALID_EA_NAME");
  });

  it("are walked one after the other, from an index, and again", async () => {
    const { open } = await newFile(attribute("A", "1"), attribute("B", "2"), attribute("C", "3"));
    expect(await scan(open)).toEqual(["A=1", "B=2", "C=3"]);
    expect(await scan(open, GO_ON, 2)).toEqual(["B=2", "C=3"]);
    expect(await scan(open)).toBe("NO_MORE_EAS");
    expect(await scan(open, RESTART)).toEqual(["A=1", "B=2", "C=3"]);
    expect(await scan(open, { isRestart: false, index: 3 })).toEqual(["C=3"]);
    expect(await scan(open, { isRestart: false, index: 4 })).toBe("NO_MORE_EAS");
    expect(await scan(open, { isRestart: false, index: 5 })).toBe("NONEXISTENT_EA_ENTRY");
    expect(await scan(open, { isRestart: false, index: 0 })).toBe("NONEXISTENT_EA_ENTRY");
  });

  it("that have changed since a walk began are walked from the start only", async () => {
    const { driver, open } = await newFile(attribute("A", "1"), attribute("B", "2"));
    const other = await driver.open("FILE");
    expect(await scan(open)).toEqual(["A=1", "B=2"]);
    await other.setEas([attribute("C", "3")]);
    expect(await scan(open)).toBe("EA_CORRUPT_ERROR");
    expect(await scan(open, RESTART)).toEqual(["A=1", "B=2", "C=3"]);
  });

  it.each(["", "a:b", "a*", "a?b", "tab\t", "ä\u0100", "x".repeat(255)])(
    "are not called '%s'",
    async (name) => {
      const { open } = await newFile(attribute("kept", "1"));
      const bad = [attribute("other", "1"), attribute(name, "1")];
      expect(outcomeOf(await open.setEas(bad))).toBe("INVALID_EA_NAME");
      expect(await scan(open, RESTART)).toEqual(["kept=1"]);
    },
  );

  it("take rights of their own", async () => {
    const { driver, open } = await newFile(attribute("A", "1"));
    await open.close();
    const reader = await driver.open("file", { desiredAccess: FILE_READ_EA });
    expect(await scan(reader, RESTART)).toEqual(["A=1"]);
    expect(outcomeOf(await reader.setEas([attribute("A", "2")]))).toBe("ACCESS_DENIED");
    const writer = await driver.open("file", { desiredAccess: FILE_READ_DATA | FILE_WRITE_DATA });
    expect(await scan(writer, RESTART)).toBe("ACCESS_DENIED");
  });

  it("come with a new file and with one that is emptied, and not with one that is opened", async () => {
    const driver = new VolumeDriver(newFileSystem());
    const creating = { createDisposition: OPEN_IF, extendedAttributes: [attribute("A", "1")] };
    const made = await driver.open("file", creating);
    expect(made.createInfo.eaSize).toBe(4 + 5 + 2);
    expect(await scan(made, RESTART)).toEqual(["A=1"]);
    await driver.open("file", { ...creating, extendedAttributes: [attribute("B", "2")] });
    expect(await scan(made, RESTART)).toEqual(["A=1"]);
    const emptying = { createDisposition: OVERWRITE, extendedAttributes: [attribute("C", "3")] };
    await driver.open("file", emptying);
    expect(await scan(made, RESTART)).toEqual(["C=3"]);
    await driver.open("file", { createDisposition: OVERWRITE });
    expect(await scan(made, RESTART)).toBe("NO_EAS_ON_FILE");
  });

  it("of a create must have names, and an opener that knows of them", async () => {
    const driver = new VolumeDriver(newFileSystem());
    const creating = { createDisposition: CREATE, extendedAttributes: [attribute("a/b", "1")] };
    expect(await driver.outcome("file", creating)).toBe("INVALID_EA_NAME");
    const unknowing = { ...creating, createOptions: FILE_NO_EA_KNOWLEDGE };
    expect(await driver.outcome("file", unknowing)).toBe("ACCESS_DENIED");
    expect(await driver.names()).toEqual([]);
  });

  it("that are needed keep out who knows nothing of them", async () => {
    const { driver, open } = await newFile(attribute("A", "1"));
    const unknowing = { createDisposition: OPEN, createOptions: FILE_NO_EA_KNOWLEDGE };
    expect(await driver.outcome("file", unknowing)).toBe("OPENED");
    await open.setEas([attribute("B", "2", true)]);
    expect(await driver.outcome("file", unknowing)).toBe("ACCESS_DENIED");
    expect(await driver.outcome("file")).toBe("OPENED");
  });

  it("that change are told to watchers", async () => {
    const { driver, open } = await newFile();
    const root = await driver.open("");
    const scope = { completionFilter: FILE_NOTIFY_CHANGE_EA, isTree: false, room: 1000 };
    const changes = root.watch({ ...scope, onWait: () => undefined });
    await open.setEas([attribute("A", "1")]);
    expect(await changes).toMatchObject({ ok: true, value: [{ name: "file" }] });
    for (const each of [open, root]) await each.close();
    expect(driver.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
  });

  it("of a stream are its file's", async () => {
    const { driver, open } = await newFile(attribute("A", "1"));
    const stream = await driver.open("file:s", { createDisposition: CREATE });
    expect(await scan(stream, RESTART)).toEqual(["A=1"]);
    await stream.setEas([attribute("B", "2")]);
    expect(await scan(open, RESTART)).toEqual(["A=1", "B=2"]);
  });
});

it("a volume without extended attributes says so", async () => {
  const fs: FileSystem = memory();
  const without = new Proxy(fs, {
    get: (target, key) => {
      if (key === "setExtendedAttributes") return undefined;
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
  const driver = new VolumeDriver(without);
  const creating = { createDisposition: CREATE, extendedAttributes: [attribute("a", "1")] };
  expect(await driver.outcome("file", creating)).toBe("EAS_NOT_SUPPORTED");
  await driver.makeFile("file");
  const open = await driver.open("file");
  expect(await open.setEas([])).toEqual({ ok: false, status: NtStatus.EAS_NOT_SUPPORTED });
  expect(await scan(open, RESTART)).toBe("EAS_NOT_SUPPORTED");
});

it("names of extended attributes are put in upper case where a volume does not keep theirs", async () => {
  const fs = memory();
  const volumeParams = { ...fs.volumeParams, isEaCasePreserving: false };
  const upper = new Proxy(fs, {
    get: (target, key) => {
      if (key === "volumeParams") return volumeParams;
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
  const driver = new VolumeDriver(upper);
  const extendedAttributes = [attribute("One", "1")];
  const open = await driver.open("file", { createDisposition: CREATE, extendedAttributes });
  await open.setEas([attribute("two", "2")]);
  expect(await scan(open, RESTART)).toEqual(["ONE=1", "TWO=2"]);
});
