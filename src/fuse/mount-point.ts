/**
 * The directory that a file system is mounted on: looked at before anything is done to it.
 *
 * @packageDocumentation
 */
import { access, constants, mkdir, opendir, realpath, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { STALE_CHECK_MS } from "./limits.js";
import { MountError } from "./mount-error.js";
import { mountAt } from "./mount-table.js";
import { detach, isOurType } from "./unmounting.js";

/** A directory that can be mounted on. */
export interface MountPoint {
  /** Absolute, without symbolic links. */
  readonly path: string;
  /** It was not there, and is to be removed in the end. */
  readonly isNew: boolean;
}

/**
 * Makes a directory ready: what a crashed server of ours has left mounted is detached, a missing directory is made.
 *
 * @throws MountError when it is none, is somebody else's, has something mounted on it, or is not empty
 */
export async function prepareMountPoint(
  where: string,
  { allowsNonEmpty }: { allowsNonEmpty: boolean },
): Promise<MountPoint> {
  const path = await realPathOf(where);
  await clearStale(path);
  const isNew = await makeDirectory(path);
  try {
    await checkDirectory(path, { allowsNonEmpty });
  } catch (error) {
    if (isNew) await removeMountPoint({ path, isNew });
    throw error;
  }
  return { path, isNew };
}

/** Removes the directory if it was made for the mount, and nobody has put anything into it. */
export async function removeMountPoint({ path, isNew }: MountPoint): Promise<void> {
  // Should it be in use or gone, then there is nothing that has to be removed.
  if (isNew) await rmdir(path).catch(() => undefined);
}

/** The place itself is not looked at: what is mounted there may be dead, and not answer. */
export async function realPathOf(where: string): Promise<string> {
  const path = resolve(where);
  try {
    const parent = await realpath(dirname(path));
    const place = join(parent, basename(path));
    return mountAt(place) === undefined ? await realpath(place) : place;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return path;
    if (codeOf(error) === "ENOTDIR") throw noDirectory(path);
    throw new MountError(`${path} cannot be reached (${codeOf(error)}): choose another directory`);
  }
}

/** A server that was killed leaves its mount behind, which answers nothing but ENOTCONN. A new one would lie on top of it. */
async function clearStale(path: string): Promise<void> {
  const found = mountAt(path);
  if (found === undefined) return;
  if (isOurType(found.type) && (await isDead(path))) {
    await detach(path);
    await clearStale(path);
    return;
  }
  throw new MountError(
    `there is a file system of type ${found.type} mounted on ${path} already: unmount it, or choose another directory`,
  );
}

/** Whether nobody serves what is mounted at a place. */
export async function isDead(path: string): Promise<boolean> {
  const answer = stat(path).then(
    () => false,
    (error: unknown) => codeOf(error) === "ENOTCONN",
  );
  const tooLong = delay(STALE_CHECK_MS, false, { ref: false });
  return Promise.race([answer, tooLong]);
}

/** @returns whether it had to be made */
async function makeDirectory(path: string): Promise<boolean> {
  try {
    return await makeLevels(path);
  } catch (error) {
    const code = codeOf(error);
    if (code === "EEXIST" || code === "ENOTDIR") {
      throw noDirectory(path);
    }
    throw new MountError(
      `the directory ${path} is missing and cannot be made (${code}): make it, or choose another`,
    );
  }
}

/** Not Node's recursive mkdir: where a file system makes no directories, as /proc, that one tries for ever. */
async function makeLevels(path: string): Promise<boolean> {
  const isThere = (await stat(path).catch(() => undefined)) !== undefined;
  if (isThere) return false;
  if (dirname(path) !== path) await makeLevels(dirname(path));
  await mkdir(path);
  return true;
}

async function checkDirectory(
  path: string,
  { allowsNonEmpty }: { allowsNonEmpty: boolean },
): Promise<void> {
  if (!(await stat(path)).isDirectory()) {
    throw noDirectory(path);
  }
  try {
    await access(path, constants.W_OK); // what fusermount3 wants, as else anybody could cover anything
    if (!allowsNonEmpty && !(await isEmpty(path))) {
      throw new MountError(
        `${path} is not empty, and what is in it could not be reached: choose an empty directory, or allow that`,
        "ENOTEMPTY",
      );
    }
  } catch (error) {
    if (error instanceof MountError) throw error;
    throw new MountError(
      `${path} is not yours to mount on: choose a directory that you may write to`,
    );
  }
}

function noDirectory(path: string): MountError {
  return new MountError(`${path} is no directory: choose another place to mount on`, "ENOTDIR");
}

async function isEmpty(path: string): Promise<boolean> {
  const directory = await opendir(path);
  try {
    return (await directory.read()) === null;
  } finally {
    await directory.close();
  }
}

/** The name that Node gives an error of the system; errors without one are bugs, and thrown on. */
function codeOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    return error.code;
  }
  throw error;
}
