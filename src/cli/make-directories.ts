import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf } from "./error-code.js";

/**
 * Makes a directory and those above it that are missing. Node 20's `mkdir` with `recursive` never comes to an
 * end where a directory that is there takes no names, such as `/proc`.
 *
 * @param mode - permissions of what is made, less the umask
 * @throws what Node gives
 */
export async function makeDirectories(path: string, mode: number): Promise<void> {
  const status = await tryMakeDirectory(path, mode);
  if (status !== "ENOENT" || dirname(path) === path) return;
  await makeDirectories(dirname(path), mode);
  await mkdir(path, { mode });
}

/** @returns ENOENT where the directory above is missing */
async function tryMakeDirectory(path: string, mode: number): Promise<"ENOENT" | undefined> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (codeOf(error) === "ENOENT") return "ENOENT";
    if (codeOf(error) !== "EEXIST") throw error;
  }
  return undefined;
}
