import { mkdtemp, readdir, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { mountDevice } from "../../src/fuse/index.js";
import { mountAt } from "../../src/fuse/mount-table.js";
import { describeWithFuse } from "../fuse-here.js";

vi.mock("../../src/fuse/linux-calls.js", () => ({
  loadLinuxCalls: () =>
    Promise.resolve({
      setNonBlocking() {
        throw new Error("fcntl fails");
      },
    }),
}));

/** How often this process has the device open. */
async function openDevices(): Promise<number> {
  const names = await readdir("/proc/self/fd");
  const targets = await Promise.all(
    names.map((name) => readlink(join("/proc/self/fd", name)).catch(() => "")),
  );
  return targets.filter((target) => target === "/dev/fuse").length;
}

describeWithFuse("a mount whose requests cannot be waited for", () => {
  it("leaves nothing behind", async () => {
    const folder = await mkdtemp(join(tmpdir(), "anymount-failure-"));
    const where = join(folder, "mnt");
    const options = {
      name: "failure",
      allowOther: false,
      defaultPermissions: false,
      isReadOnly: false,
      allowsNonEmpty: false,
      staysAwake: false,
      waitingBy: "poll",
    } as const;
    try {
      await expect(mountDevice(where, options)).rejects.toThrow("fcntl fails");
      expect(mountAt(where)).toBeUndefined();
      expect(await openDevices()).toBe(0);
      expect(await readdir(folder)).toEqual([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
