import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, mkdtemp, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type DeviceOptions, type MountedDevice, mountDevice } from "../../src/fuse/index.js";
import { mountAt } from "../../src/fuse/mount-table.js";
import { usersOf } from "../../src/fuse/mount-users.js";
import { NotifyCode, NotifyInvalInodeOut } from "../../src/wire/fuse/index.js";
import { describeWithFuse } from "../fuse-here.js";
import { OneFileHost } from "./one-file-host.js";

const OPTIONS: DeviceOptions = {
  name: "one-file",
  allowOther: false,
  defaultPermissions: false,
  isReadOnly: false,
  allowsNonEmpty: false,
  staysAwake: true,
};

describeWithFuse("a mounted device", () => {
  let folder: string;
  let mounts: MountedDevice[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "anymount-device-"));
    mounts = [];
  });

  afterEach(async () => {
    for (const mount of mounts) await mount.unmount({ isForced: true });
    await rm(folder, { recursive: true });
  });

  async function mount(
    options: Partial<DeviceOptions> = {},
    where = join(folder, "mnt"),
  ): Promise<{ mounted: MountedDevice; host: OneFileHost; file: string }> {
    const mounted = await mountDevice(where, { ...OPTIONS, ...options });
    mounts.push(mounted);
    const host = new OneFileHost(mounted.device, Buffer.alloc(3_000_000, "abcdefg"));
    return { mounted, host, file: join(mounted.path, "file") };
  }

  it.each(["pipe", "poll", "read"] as const)("is read and written, waiting by %s", async (by) => {
    const { mounted, host, file } = await mount({ waitingBy: by });
    expect((await readFile(file)).equals(host.content)).toBe(true);
    const change = Buffer.alloc(1_500_000, "xyz");
    const handle = await open(file, "r+");
    await handle.write(change, 0, change.length, 1000);
    await handle.close();
    expect(host.content.subarray(1000, 1000 + change.length).equals(change)).toBe(true);
    await mounted.unmount();
    await mounted.ended;
    expect(mountAt(mounted.path)).toBeUndefined();
  });

  it("is told by notification what the kernel has kept, and forgets it", async () => {
    const { mounted, host, file } = await mount();
    const handle = await open(file);
    try {
      const first = Buffer.alloc(5);
      await handle.read(first, 0, 5, 0);
      host.content.fill("q");
      const body = Buffer.alloc(NotifyInvalInodeOut.size);
      const inval = NotifyInvalInodeOut.blank(new DataView(body.buffer, body.byteOffset), 0);
      inval.ino = 2;
      await handle.read(first, 0, 5, 0);
      expect(first.toString()).toBe("abcde");
      expect(await mounted.device.notify(NotifyCode.INVAL_INODE, body)).toBe(true);
      await handle.read(first, 0, 5, 0);
      expect(first.toString()).toBe("qqqqq");
      inval.ino = 77;
      expect(await mounted.device.notify(NotifyCode.INVAL_INODE, body)).toBe(false);
    } finally {
      await handle.close();
    }
  });

  it("makes a missing directory, says so, and removes it in the end", async () => {
    const { mounted } = await mount({}, join(folder, "deep", "mnt"));
    expect(mounted.isDirectoryNew).toBe(true);
    await mounted.unmount();
    await expect(access(mounted.path)).rejects.toThrow("ENOENT");
  });

  it("leaves a directory that was there", async () => {
    await mkdir(join(folder, "mnt"));
    const { mounted } = await mount();
    expect(mounted.isDirectoryNew).toBe(false);
    await mounted.unmount();
    await access(mounted.path);
  });

  it("is shown under its name and type, read-only when it is", async () => {
    const { mounted } = await mount({ name: "with, comma", isReadOnly: true });
    expect(mountAt(mounted.path)).toMatchObject({ source: "with, comma", type: "fuse.anymount" });
    await expect(writeFile(join(mounted.path, "file"), "")).rejects.toThrow("EROFS");
  });

  it.each(["pipe", "poll", "read"] as const)(
    "that is in use says by whom, and goes when it is forced, waiting by %s",
    async (by) => {
      const { mounted, file } = await mount({ waitingBy: by });
      // Not with a file that this process has open: see watchdog.ts
      const user = spawn("sh", ["-c", 'exec sleep 1000 <"$0"', file], { stdio: "ignore" });
      try {
        await vi.waitUntil(async () => (await usersOf(mounted.path)).length > 0);
        await expect(mounted.unmount()).rejects.toMatchObject({
          code: "EBUSY",
          message: expect.stringContaining(`sleep (${user.pid})`) as string,
        });
        await mounted.unmount({ isForced: true });
        expect(mountAt(mounted.path)).toBeUndefined();
      } finally {
        user.kill();
      }
    },
  );

  it("that somebody else unmounts ends", async () => {
    const { mounted } = await mount();
    const umount = spawn("umount", [mounted.path]);
    expect(await once(umount, "exit")).toEqual([0, null]);
    await mounted.ended;
    await mounted.unmount(); // and there is nothing more to do
  });

  it("that was never started can be unmounted", async () => {
    const mounted = await mountDevice(join(folder, "mnt"), OPTIONS);
    await mounted.unmount();
    expect(mountAt(mounted.path)).toBeUndefined();
  });

  it("replaces what a crashed server has left", async () => {
    const where = join(folder, "mnt");
    await mkdir(where);
    // mount(8) gets a descriptor of the device that ends with it: nobody ever serves this
    const left = spawnSync("sh", [
      "-c",
      'exec 3<>/dev/fuse; mount -i -t fuse.anymount -o fd=3,rootmode=40000,user_id=0,group_id=0 left "$0"',
      where,
    ]);
    expect(left.stderr.toString()).toBe("");
    await expect(stat(where)).rejects.toThrow("ENOTCONN");
    const { mounted, file } = await mount();
    expect((await stat(file)).size).toBe(3_000_000);
    await mounted.unmount();
    expect(mountAt(where)).toBeUndefined();
  });

  it("does not cover what is in a directory unless that is allowed", async () => {
    await writeFile(join(folder, "precious"), "");
    await expect(mount({}, folder)).rejects.toThrow("is not empty");
    const { mounted } = await mount({ allowsNonEmpty: true }, folder);
    await mounted.unmount();
    await access(join(folder, "precious"));
  });

  it("does not lie on top of another", async () => {
    await mount();
    await expect(mount()).rejects.toThrow("fuse.anymount mounted on");
  });

  it("needs a directory", async () => {
    const file = join(folder, "file");
    await writeFile(file, "");
    await expect(mount({}, file)).rejects.toThrow("is no directory");
    await expect(mount({}, join(file, "below"))).rejects.toThrow("is no directory");
  });
});
