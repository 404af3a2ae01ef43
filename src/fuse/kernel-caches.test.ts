import { describe, expect, it } from "vitest";
import { memory } from "../filesystems/memory/index.js";
import { ChangeAction } from "../fs/index.js";
import { CreateDisposition, EVERYONE, NETWORK } from "../nt/index.js";
import { KernelDrive } from "../testing/conformance/kernel-drive.js";
import { SmbStage } from "../testing/conformance/stage.js";
import { FuseClient } from "../testing/fuse-client.js";
import {
  NotifyCode,
  NotifyDeleteOut,
  NotifyInvalEntryOut,
  NotifyInvalInodeOut,
} from "../wire/fuse/index.js";
import { MAX_PENDING_NOTIFICATIONS } from "./limits.js";

const ROOT = 1;
const NEW = { createDisposition: CreateDisposition.CREATE };

/** A mount, and somebody else who uses the volume. */
function shared() {
  const client = new FuseClient(memory({ isCaseSensitive: true }));
  const other = new KernelDrive(client.volume, {
    userName: "other",
    userSid: "S-1-5-21-1-2-3-1001",
    groupSids: [EVERYONE, NETWORK],
    sessionId: 1,
    clientAddress: "",
  });
  return { client, other };
}

function viewOf(body: Buffer): DataView {
  return new DataView(body.buffer, body.byteOffset, body.byteLength);
}

/** What the kernel was told, for people to read. */
function told({ device }: FuseClient): string[] {
  return device.notifications.map(({ code, body }) => {
    const nameFrom = (at: number) => body.toString("utf8", at, body.length - 1);
    if (code === NotifyCode.INVAL_INODE) {
      const { ino, off } = NotifyInvalInodeOut.read(viewOf(body), 0);
      return `${off === 0 ? "data" : "attributes"} of ${ino}`;
    }
    if (code === NotifyCode.INVAL_ENTRY) {
      const { parent } = NotifyInvalEntryOut.read(viewOf(body), 0);
      return `name ${parent}/${nameFrom(NotifyInvalEntryOut.size)}`;
    }
    if (code === NotifyCode.INC_EPOCH) return "all names";
    const { parent, child } = NotifyDeleteOut.read(viewOf(body), 0);
    return `deleted ${parent}/${nameFrom(NotifyDeleteOut.size)} of ${child}`;
  });
}

describe("what the kernel keeps", () => {
  it("it is told of when somebody else writes a file that it knows", async () => {
    const { client, other } = shared();
    const nodeId = await client.put(ROOT, "file", "text");
    const file = await other.open("file");
    await file.write("more");
    await client.host.caches.settling;
    expect(told(client)).toEqual([`data of ${nodeId}`]);
    await file.close();
  });

  it("it is not told of what it did itself", async () => {
    const { client } = shared();
    const nodeId = await client.put(ROOT, "file", "text");
    await client.rename([ROOT, "file"], [ROOT, "other"]);
    await client.setattr(nodeId, { valid: 1, mode: 0o600 });
    await client.setxattr(nodeId, "user.x", "y");
    await client.symlink(ROOT, "link", "other");
    await client.link(nodeId, ROOT, "second");
    await client.unlink(ROOT, "other");
    expect(told(client)).toEqual([]);
  });

  it("another mount of the volume is told of", async () => {
    const { client } = shared();
    const second = new FuseClient(client.volume);
    const nodeId = await client.put(ROOT, "file", "text");
    await second.lookup(ROOT, "file");
    const { fh } = await client.open(nodeId);
    await client.write(fh, "more");
    await second.host.caches.settling;
    expect(told(second).some((what) => what.startsWith("attributes of"))).toBe(true);
    expect(told(client)).toEqual([]);
  });

  it("it is not told of files that it does not know", async () => {
    const { client, other } = shared();
    const { nodeId } = await client.mkdir(ROOT, "dir");
    client.forget(nodeId, 1);
    await (await other.open("dir\\file", NEW)).close();
    expect(told(client)).toEqual([]);
  });

  it("of names is taken back when they come, go and move", async () => {
    const { client, other } = shared();
    const nodeId = await client.put(ROOT, "old", "text");
    await (await other.open("new", NEW)).close();
    const moved = await other.open("old");
    await moved.rename("moved");
    await moved.close();
    const gone = await other.open("moved");
    await gone.setDelete(true);
    await gone.close();
    await client.host.caches.settling;
    const names = told(client).filter((what) => !what.startsWith("attributes"));
    expect(names).toEqual([
      `name ${ROOT}/new`,
      `name ${ROOT}/old`,
      `name ${ROOT}/moved`,
      `deleted ${ROOT}/moved of ${nodeId}`,
    ]);
  });

  it("is taken back when the file system says what changed by itself", async () => {
    const { client } = shared();
    const nodeId = await client.put(ROOT, "file", "text");
    const { copyHolders } = client.volume.notifyHub;
    copyHolders.changedBehind([
      { path: "\\file", action: ChangeAction.MODIFIED, filter: 0 },
      { path: "\\came", action: ChangeAction.ADDED, filter: 0 },
      { path: "\\file", action: ChangeAction.REMOVED, filter: 0 },
    ]);
    await copyHolders.settling;
    expect(told(client)).toContain(`data of ${nodeId}`);
    expect(told(client)).toContain(`name ${ROOT}/came`);
    expect(told(client)).toContain(`deleted ${ROOT}/file of ${nodeId}`);
  });

  it("is told of once, where much changes while the kernel is busy", async () => {
    const { client, other } = shared();
    await client.put(ROOT, "file", "text");
    const file = await other.open("file");
    for (let i = 0; i < 100; i++) await file.write(`${i}`);
    await client.host.caches.settling;
    expect(told(client).length).toBeLessThanOrEqual(100);
    let release: () => void = () => undefined;
    const busy = new Promise<boolean>((resolve) => {
      release = () => {
        resolve(true);
      };
    });
    client.device.notifications.length = 0;
    const { device } = client;
    device.notify = (code, body) => {
      device.notifications.push({ code, body: Buffer.from(body) });
      return busy;
    };
    for (let i = 0; i < 100; i++) await file.write(`${i}`);
    release();
    await client.host.caches.settling;
    expect(told(client).length).toBe(2);
    await file.close();
  });
});

describe("where more changes than can wait for the kernel", () => {
  it("it is told that nothing it keeps is true, and no sooner is the last change settled", async () => {
    const { client, other } = shared();
    const { device } = client;
    const nodeId = await client.put(ROOT, "file", "text");
    const { nodeId: unread } = await client.mkdir(ROOT, "dir");
    const file = await other.open("file");
    await client.host.caches.settling;
    device.notifications.length = 0;
    const notify = device.notify.bind(device);
    let release: () => void = () => undefined;
    const busy = new Promise<void>((resolve) => {
      release = resolve;
    });
    device.notify = async (code, body) => {
      await busy;
      return notify(code, body);
    };
    const names = Array.from({ length: MAX_PENDING_NOTIFICATIONS + 1 }, (_, i) => ({
      path: `\\${i}`,
      action: ChangeAction.ADDED,
      filter: 0,
    }));
    client.volume.notifyHub.copyHolders.changedBehind(names);
    await file.write("more");
    release();
    await client.host.caches.settling;
    const lost = device.notifications.slice(MAX_PENDING_NOTIFICATIONS + 1);
    expect(lost[0]?.code).toBe(NotifyCode.INC_EPOCH);
    expect(told(client).slice(MAX_PENDING_NOTIFICATIONS + 2)).toEqual([
      `attributes of ${ROOT}`,
      `data of ${nodeId}`,
      `attributes of ${unread}`,
    ]);
    device.notifications.length = 0;
    await file.write("again");
    await client.host.caches.settling;
    expect(told(client)).toEqual([`data of ${nodeId}`]);
    await file.close();
  });
});

it("a client's write is answered when no mount shows what was there before", async () => {
  const stage = await SmbStage.begin(memory({ isCaseSensitive: true }));
  const client = new FuseClient(stage.volume);
  await client.put(ROOT, "file", "text");
  let release: () => void = () => undefined;
  const busy = new Promise<boolean>((resolve) => {
    release = () => {
      resolve(true);
    };
  });
  const remote = await stage.drive();
  const file = await remote.open("file");
  client.device.notify = () => busy;
  const writing = file.write("more");
  expect(await stage.isWaiting(writing)).toBe(true);
  release();
  expect(await writing).toBe(4);
  await file.close();
  await client.host.close();
  await stage.end();
});
