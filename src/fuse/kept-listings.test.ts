import { describe, expect, it } from "vitest";
import { delegate } from "../delegation/index.js";
import { memory } from "../filesystems/memory/index.js";
import { ChangeAction, type Opened } from "../fs/index.js";
import { CreateDisposition, EVERYONE, NETWORK } from "../nt/index.js";
import { KernelDrive } from "../testing/conformance/kernel-drive.js";
import { FuseClient } from "../testing/fuse-client.js";
import {
  FOPEN_CACHE_DIR,
  FOPEN_KEEP_CACHE,
  NotifyCode,
  NotifyInvalInodeOut,
  Opcode,
} from "../wire/fuse/index.js";
import type { FuseHostOptions } from "./fuse-host.js";

const ROOT = 1;
const NEW = { createDisposition: CreateDisposition.CREATE };
const ANNA = { uid: 1001, gid: 1001 };
const KEPT = FOPEN_CACHE_DIR | FOPEN_KEEP_CACHE;

/** A mount of a directory with some files, and somebody else who uses the volume. */
async function mounted(options: FuseHostOptions = {}) {
  const client = new FuseClient(memory({ isCaseSensitive: true }), options);
  const other = new KernelDrive(client.volume, {
    userName: "other",
    userSid: "S-1-5-21-1-2-3-1001",
    groupSids: [EVERYONE, NETWORK],
    sessionId: 1,
    clientAddress: "",
  });
  const { nodeId: directory } = await client.mkdir(ROOT, "dir", 0o777);
  for (let i = 0; i < 10; i++) await client.put(directory, `f${i}`, "");
  return { client, other, directory };
}

/** Lists a directory as the kernel does where it has nothing. @returns what the kernel was told at OPENDIR */
async function listOnce(client: FuseClient, directory: number, who = {}): Promise<number> {
  const { fh, openFlags } = await client.openDirectory(directory, who);
  await client.list(fh);
  await client.release(fh, Opcode.RELEASEDIR);
  return openFlags;
}

/** The directories whose pages the kernel was told to forget. */
function forgotten({ device }: FuseClient): number[] {
  return device.notifications.flatMap(({ code, body }) => {
    if (code !== NotifyCode.INVAL_INODE) return [];
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    const { ino, off } = NotifyInvalInodeOut.read(view, 0);
    return off === 0 ? [ino] : [];
  });
}

describe("a listing that the kernel keeps", () => {
  it("is good for the next open, once it was read to its end", async () => {
    const { client, directory } = await mounted();
    const begun = await client.openDirectory(directory);
    expect(begun.openFlags).toBe(FOPEN_CACHE_DIR);
    await client.release(begun.fh, Opcode.RELEASEDIR);
    expect(await listOnce(client, directory)).toBe(FOPEN_CACHE_DIR);
    expect(await listOnce(client, directory)).toBe(KEPT);
    expect(await listOnce(client, directory)).toBe(KEPT);
  });

  it("is no longer good when the names in it may be told again no longer", async () => {
    const { client, directory } = await mounted({ entryTimeoutMs: 500 });
    await listOnce(client, directory);
    client.clock.advance(499);
    expect((await client.openDirectory(directory)).openFlags).toBe(KEPT);
    client.clock.advance(1);
    expect(forgotten(client)).toEqual([directory]); // by who has it open still, and may begin again
    expect(client.host.listings.size).toBe(1);
  });

  it("is no longer good when the directory has another time", async () => {
    const { client, directory } = await mounted();
    await listOnce(client, directory);
    await client.setattr(directory, { valid: 1 << 5, mtime: 1_000_000 });
    expect(await listOnce(client, directory)).toBe(FOPEN_CACHE_DIR);
  });

  it.each([
    {
      what: "comes",
      change: async (other: KernelDrive) => (await other.open("dir\\new", NEW)).close(),
    },
    {
      what: "goes",
      change: async (other: KernelDrive) => {
        const file = await other.open("dir\\f3");
        await file.setDelete(true);
        await file.close();
      },
    },
    {
      what: "is renamed",
      change: async (other: KernelDrive) => {
        const file = await other.open("dir\\f3");
        await file.rename("dir\\other");
        await file.close();
      },
    },
    {
      what: "is moved away",
      change: async (other: KernelDrive) => {
        const file = await other.open("dir\\f3");
        await file.rename("elsewhere");
        await file.close();
      },
    },
  ])("is taken back when a name in it $what by somebody else", async ({ change }) => {
    const { client, other, directory } = await mounted();
    await listOnce(client, directory);
    await change(other);
    await client.host.caches.settling;
    expect(forgotten(client)).toEqual([directory]);
    expect(await listOnce(client, directory)).toBe(FOPEN_CACHE_DIR);
    expect(await listOnce(client, directory)).toBe(KEPT);
  });

  it.each([
    { what: "a name in it", path: "\\dir\\new", action: ChangeAction.ADDED },
    { what: "no more than the directory", path: "\\dir", action: ChangeAction.MODIFIED },
  ])("is taken back when the file system tells of $what", async ({ path, action }) => {
    const { client, directory } = await mounted();
    await listOnce(client, directory);
    client.volume.notifyHub.copyHolders.changedBehind([{ path, action, filter: 0 }]);
    await client.host.caches.settling;
    expect(forgotten(client)).toEqual([directory]);
    expect(await listOnce(client, directory)).toBe(FOPEN_CACHE_DIR);
  });

  it("is not good where a change came while it was read", async () => {
    const { client, other, directory } = await mounted();
    const { fh } = await client.openDirectory(directory);
    await client.list(fh, 0);
    await client.release(fh, Opcode.RELEASEDIR);
    const reading = await client.openDirectory(directory);
    await (await other.open("dir\\new", NEW)).close();
    await client.list(reading.fh, 2);
    await client.release(reading.fh, Opcode.RELEASEDIR);
    expect(await listOnce(client, directory)).toBe(FOPEN_CACHE_DIR);
  });

  it("goes on as it was where the kernel has lost it, whatever has gone meanwhile", async () => {
    const { client, directory } = await mounted();
    await listOnce(client, directory);
    const { fh, openFlags } = await client.openDirectory(directory);
    expect(openFlags).toBe(KEPT);
    for (let i = 0; i < 6; i++) await client.unlink(directory, `f${i}`);
    const rest = await client.list(fh, 6);
    expect(rest.map(({ name }) => name)).toEqual(["f4", "f5", "f6", "f7", "f8", "f9"]);
    const again = await client.list(fh, 0);
    expect(again.map(({ name }) => name)).toEqual([".", "..", "f6", "f7", "f8", "f9"]);
  });

  it("is used by one open at a time, and others leave it in place", async () => {
    const { client, directory } = await mounted();
    const first = await client.openDirectory(directory);
    expect(await listOnce(client, directory)).toBe(FOPEN_KEEP_CACHE);
    await client.list(first.fh);
    await client.release(first.fh, Opcode.RELEASEDIR);
    expect(await listOnce(client, directory)).toBe(KEPT);
  });

  it("is for the user who has listed it", async () => {
    const { client, directory } = await mounted({ isShared: true });
    await listOnce(client, directory);
    expect(await listOnce(client, directory, ANNA)).toBe(FOPEN_CACHE_DIR);
    expect(await listOnce(client, directory, ANNA)).toBe(KEPT);
    expect(await listOnce(client, directory)).toBe(FOPEN_CACHE_DIR);
  });

  it("is none where names are not to be kept, or are for nobody to keep", async () => {
    const { client, directory } = await mounted({ entryTimeoutMs: 0 });
    expect(await listOnce(client, directory)).toBe(0);
    const changing = delegate(memory(), (operation, method) => {
      if (operation !== "open") return method;
      return (...args) => ({ ...(method(...args) as Opened<unknown>), isUncacheable: true });
    });
    const uncacheable = new FuseClient(changing);
    expect(await listOnce(uncacheable, ROOT)).toBe(0);
  });

  it("is gone with the mount, timers too", async () => {
    const { client, directory } = await mounted();
    await listOnce(client, directory);
    expect(client.clock.timerCount).toBe(1);
    await client.host.close();
    expect(client.host.listings.size).toBe(0);
    expect(client.clock.timerCount).toBe(0);
  });
});
