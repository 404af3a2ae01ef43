/**
 * Who uses a mounted file system, as far as this user may know. Links in /proc are read, which asks nothing of
 * the file system itself.
 *
 * @packageDocumentation
 */
import { readdir, readFile, readlink } from "node:fs/promises";
import { MAX_NAMED_USERS } from "./limits.js";

/** `NAME (PID)` of the first few processes that have something below `path` open, or as their directory. */
export async function usersOf(path: string): Promise<readonly string[]> {
  const users: string[] = [];
  for (const pid of await namesIn("/proc")) {
    if (users.length === MAX_NAMED_USERS) break;
    if (!/^\d+$/.test(pid) || !(await uses(pid, path))) continue;
    const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "?");
    users.push(`${name.trim()} (${pid})`);
  }
  return users;
}

async function uses(pid: string, path: string): Promise<boolean> {
  const descriptors = await namesIn(`/proc/${pid}/fd`);
  for (const link of ["cwd", "root", ...descriptors.map((fd) => `fd/${fd}`)]) {
    const target = await readlink(`/proc/${pid}/${link}`).catch(() => "");
    if (target === path || target.startsWith(`${path}/`)) return true;
  }
  return false;
}

/** None where it is gone, or somebody else's. */
function namesIn(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch(() => []);
}
