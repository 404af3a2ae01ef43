import { execFile } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { homedir, release } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import type { Machine } from "./mount-plan.js";

/** Where mount.cifs and the like are, which the PATH of ordinary users may lack. */
const SYSTEM_FOLDERS = ["/usr/sbin", "/sbin"];

/** What this machine has to mount with. */
export async function thisMachine(): Promise<Machine> {
  const { platform, env } = process;
  const isLinux = platform === "linux";
  return {
    platform,
    release: release(),
    isRoot: process.geteuid?.() === 0,
    // Who has become root by sudo wants the files to be his.
    userId: Number(env["SUDO_UID"] ?? process.getuid?.() ?? 0),
    groupId: Number(env["SUDO_GID"] ?? process.getgid?.() ?? 0),
    home: homedir(),
    hasCifs: isLinux && (await hasCifs()),
    programs: new Set(isLinux ? ["mount.cifs", "gio"].filter(isProgram) : []),
  };
}

async function hasCifs(): Promise<boolean> {
  if (/\tcifs$/m.test(readFileSync("/proc/filesystems", "utf8"))) return true;
  try {
    await promisify(execFile)("modprobe", ["--dry-run", "cifs"]);
    return true;
  } catch {
    return false; // no such module, or no way to load any
  }
}

function isProgram(name: string): boolean {
  const folders = (process.env["PATH"] ?? "").split(delimiter).concat(SYSTEM_FOLDERS);
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
