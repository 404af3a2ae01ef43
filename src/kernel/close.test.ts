import { describe, expect, it } from "vitest";
import { memory } from "../filesystems/memory/index.js";
import type { FileSystem } from "../fs/index.js";
import { CreateAction, CreateDisposition, FILE_READ_DATA } from "../nt/index.js";
import { outcomeOf, VolumeDriver } from "../testing/volume-driver.js";

const CREATE = { createDisposition: CreateDisposition.CREATE };
const OPEN_IF = { createDisposition: CreateDisposition.OPEN_IF };

/** A memory file system, some operations of which are others. */
function driverWith(change: (base: FileSystem) => Partial<FileSystem>): VolumeDriver {
  const base = memory() as FileSystem;
  const changed: Partial<Record<PropertyKey, unknown>> = change(base);
  const proxy = new Proxy<FileSystem>(base, {
    get: (target, key) => {
      const member: unknown = changed[key] ?? Reflect.get(target, key, target);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
  return new VolumeDriver(proxy);
}

/** Holds up whoever passes while it is shut. */
class Gate {
  isShut = false;
  #open: () => void = () => undefined;

  async pass(): Promise<void> {
    if (!this.isShut) return;
    this.isShut = false;
    await new Promise<void>((resolve) => {
      this.#open = resolve;
    });
  }

  open(): void {
    this.#open();
  }
}

const throwBug = () => {
  throw new Error("a bug of the file system's");
};

describe("closing", () => {
  it("does not lose a delete that is set while another open's cleanup is under way", async () => {
    const gate = new Gate();
    const driver = driverWith((base) => ({
      cleanup: async (...args) => {
        await gate.pass();
        await base.cleanup?.(...args);
      },
    }));
    const first = await driver.open("f", CREATE);
    await first.write(Buffer.from("x"), 0);
    gate.isShut = true;
    const closing = first.close();
    const second = await driver.open("f");
    expect(outcomeOf(await second.setDisposition(true))).toBe("SUCCESS");
    await second.close();
    gate.open();
    await closing;
    expect(await driver.names()).toEqual([]);
  });

  it("sends an open that is on its way to the file that has the name by then", async () => {
    const gate = new Gate();
    const driver = driverWith((base) => ({
      open: async (...args) => {
        const opened = await base.open(...args);
        await gate.pass();
        return opened;
      },
    }));
    await driver.makeFile("f", "old");
    const deleter = await driver.open("f");
    gate.isShut = true;
    const waits: unknown[] = [];
    const late = driver.create("f", { onWait: (cancel) => waits.push(cancel) });
    await new Promise(setImmediate); // let it get as far as the gate
    await deleter.setDisposition(true);
    await deleter.close();
    await driver.makeFile("f", "new");
    gate.open();
    const created = await late;
    if (!created.ok) throw new Error(outcomeOf(created));
    const data = new Uint8Array(3);
    await created.value.open.read(data, 0);
    expect(Buffer.from(data).toString()).toBe("new");
    expect(waits).toEqual([]); // no other client is in the way
    await created.value.open.close();
    expect(driver.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
  });

  it.each([
    { what: "a file", last: "f", wanted: "f" },
    { what: "a file whose stream closes last", last: "f:s", wanted: "f" },
    { what: "a file whose stream is wanted", last: "f", wanted: "f:s" },
  ])("lets a create wait while $what is being taken away", async ({ last, wanted }) => {
    const gate = new Gate();
    const driver = driverWith((base) => ({
      cleanup: async (...args) => {
        await gate.pass();
        await base.cleanup?.(...args);
      },
    }));
    await driver.makeFile("f", "old");
    const [deleter, other] = [await driver.open("f"), await driver.open(last, OPEN_IF)];
    await deleter.setDisposition(true);
    await deleter.close();
    expect(await driver.outcome(wanted, OPEN_IF)).toBe("DELETE_PENDING"); // somebody has it open
    gate.isShut = true;
    const closing = other.close();
    const waits: unknown[] = [];
    const creating = driver.create(wanted, { ...OPEN_IF, onWait: (cancel) => waits.push(cancel) });
    await new Promise(setImmediate);
    expect(waits).toHaveLength(1);
    gate.open();
    await closing;
    const created = await creating;
    if (!created.ok) throw new Error(outcomeOf(created));
    expect(created.value.createAction).toBe(CreateAction.CREATED);
    await created.value.open.close();
    expect(driver.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
  });

  it("lets a create go on with a file that stays after all", async () => {
    const gate = new Gate();
    const driver = driverWith((base) => ({
      cleanup: async (file, path, params, caller) => {
        await gate.pass();
        if (params.isDelete) throwBug();
        await base.cleanup?.(file, path, params, caller);
      },
    }));
    await driver.makeFile("f", "old");
    const deleter = await driver.open("f");
    await deleter.setDisposition(true);
    gate.isShut = true;
    const closing = deleter.close();
    const opening = driver.outcome("f");
    await new Promise(setImmediate);
    gate.open();
    await expect(closing).rejects.toThrow("a bug");
    expect(await opening).toBe("OPENED");
    expect(driver.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
  });

  it("leaves nothing open where the end of a listing throws", async () => {
    const entries = { next: () => ({ done: true, value: undefined }), return: throwBug };
    const driver = driverWith(() => ({
      readDirectory: () => ({ [Symbol.iterator]: () => entries }) as never,
    }));
    const open = await driver.open("", { desiredAccess: FILE_READ_DATA });
    const cursor = await open.directoryCursor("*", false);
    if (!cursor.ok) throw new Error(outcomeOf(cursor));
    for (let i = 0; i < 3; i++) await cursor.value.next();
    await expect(open.close()).rejects.toThrow("a bug");
    expect(driver.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
  });

  it("keeps a directory of which a bug does not tell whether it may go", async () => {
    const vetoes: (() => void)[] = [() => undefined, throwBug, () => undefined, () => undefined];
    const driver = driverWith(() => ({ canDelete: () => vetoes.shift()?.() }));
    await driver.makeDirectory("dir");
    await driver.makeFile("dir\\file");
    const open = await driver.open("dir");
    expect(outcomeOf(await open.setDisposition(true))).toBe("SUCCESS");
    await expect(open.close()).rejects.toThrow("a bug");
    expect(driver.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
    expect(await driver.names("dir")).toEqual(["file"]);
    await driver.remove("dir\\file");
    await driver.remove("dir");
    expect(await driver.names()).toEqual([]);
  });

  it("leaves nothing open where the cleanup throws", async () => {
    const driver = driverWith(() => ({ cleanup: throwBug }));
    const open = await driver.open("f", CREATE);
    await open.write(Buffer.from("x"), 0);
    await expect(open.close()).rejects.toThrow("a bug");
    expect(driver.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
  });
});
