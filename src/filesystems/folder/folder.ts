import { accessSync, closeSync, constants, existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { MAX_FILE_SYSTEM_NAME_UNITS, MAX_LABEL_UNITS } from "../../fs/index.js";
import { FolderFileSystem, type FolderOptions } from "./folder-file-system.js";
import { hasCode, takeHoldOfRoot } from "./host-files.js";
import { pathOfOpen } from "./host-names.js";

/** Why a folder cannot be served, in a sentence for people. */
export class FolderError extends Error {
  override readonly name = "FolderError";
}

/**
 * A directory of this machine, served with everything that the host can keep. Nothing outside of it is read
 * or written, whatever symbolic links are put in it.
 *
 * @param path - of the directory; relative to the working directory
 * @throws FolderError where there is no such directory, or the host is not Linux with `/proc`
 */
export function folder(path: string, options: FolderOptions = {}): FolderFileSystem {
  checkHost();
  checkOptions(options);
  const rootFd = openRoot(path);
  try {
    const label = options.label ?? basename(resolve(path)).slice(0, MAX_LABEL_UNITS);
    const isReadOnly = options.isReadOnly === true || isOnReadOnlyVolume(rootFd);
    const onWarning = options.onWarning ?? warn;
    return new FolderFileSystem({ rootFd, label, isReadOnly, onWarning }, options);
  } catch (error) {
    closeSync(rootFd);
    throw error;
  }
}

function warn(message: string): void {
  process.emitWarning(message);
}

/** Names are followed from directories that are open, which nothing else in Node can. */
function checkHost(): void {
  if (process.platform === "linux" && existsSync("/proc/self/fd")) return;
  throw new FolderError(
    "a folder is served on Linux with /proc mounted only, as its names cannot be followed safely elsewhere: " +
      "where everybody who may write to it is trusted, serve a tree module that exports fromNodeFs(fs, { root })",
  );
}

function checkOptions({ label, fileSystemName }: FolderOptions): void {
  if ((label?.length ?? 0) > MAX_LABEL_UNITS) {
    throw new RangeError(`A volume label has at most ${MAX_LABEL_UNITS} characters: "${label}"`);
  }
  const nameUnits = fileSystemName?.length ?? 1;
  if (nameUnits === 0 || nameUnits > MAX_FILE_SYSTEM_NAME_UNITS) {
    throw new RangeError(
      `A file system name has 1 to ${MAX_FILE_SYSTEM_NAME_UNITS} characters: "${fileSystemName}"`,
    );
  }
}

function openRoot(path: string): number {
  try {
    const fd = takeHoldOfRoot(path);
    accessSync(pathOfOpen(fd), constants.R_OK | constants.X_OK);
    return fd;
  } catch (error) {
    if (hasCode(error, "ENOENT"))
      throw new FolderError(`there is no directory ${path}: check the path`);
    if (hasCode(error, "ENOTDIR"))
      throw new FolderError(`${path} is not a directory: give the one that it is in`);
    if (hasCode(error, "EACCES", "EPERM")) {
      throw new FolderError(
        `the directory ${path} cannot be read: start as a user who may, or give another`,
      );
    }
    throw error;
  }
}

function isOnReadOnlyVolume(rootFd: number): boolean {
  try {
    accessSync(pathOfOpen(rootFd), constants.W_OK);
    return false;
  } catch (error) {
    return hasCode(error, "EROFS");
  }
}
