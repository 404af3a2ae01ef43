import { relative } from "node:path/posix";
import type { Caller, SecurityByName } from "../../fs/index.js";
import { NtError, NtStatus } from "../../nt/index.js";
import { kindOf } from "./file-info.js";
import type { FuseCalls } from "./fuse-calls.js";
import type { FuseStat } from "./fuse-operations.js";
import { joinFusePath, parentFusePath } from "./fuse-paths.js";
import { MAX_LINK_HOPS } from "./limits.js";
import { isMissing } from "./refusal.js";

/** What a path leads to: something, or a link on the way to it. */
export type Found =
  | { readonly stat: FuseStat }
  | { readonly reparseAt: NonNullable<SecurityByName["reparseAt"]> };

/** Finds what paths of FUSE lead to. Links on the way are never followed by the operations: they are the kernel's business. */
export class Lookup {
  readonly #calls: FuseCalls;
  readonly #hasLinks: boolean;
  readonly #mountPoint: string | undefined;

  /** @param mountPoint - where the file system believes that it is mounted */
  constructor(calls: FuseCalls, mountPoint: string | undefined) {
    this.#calls = calls;
    this.#mountPoint = mountPoint;
    this.#hasLinks = calls.has("readlink");
  }

  /**
   * @throws NtError OBJECT_NAME_NOT_FOUND; OBJECT_PATH_NOT_FOUND where a name before the last is missing or no
   *   directory
   */
  async find(path: string, caller: Caller): Promise<Found> {
    if (path === "/") return { stat: await this.#calls.getattr(path, caller) };
    if (this.#hasLinks) {
      const link = await this.#checkWay(path, caller);
      if (link !== undefined) return { reparseAt: link };
    }
    const stat = await this.statOrNothing(path, caller);
    if (stat !== undefined) return { stat };
    if (!this.#hasLinks) await this.#checkWay(path, caller);
    throw new NtError(NtStatus.OBJECT_NAME_NOT_FOUND);
  }

  /** What a path leads to, where no link is on the way. @throws as `find`; OBJECT_PATH_NOT_FOUND past a link */
  async stat(path: string, caller: Caller): Promise<FuseStat> {
    const found = await this.find(path, caller);
    if ("stat" in found) return found.stat;
    throw new NtError(NtStatus.OBJECT_PATH_NOT_FOUND);
  }

  /** Undefined where there is nothing. */
  async statOrNothing(path: string, caller: Caller): Promise<FuseStat | undefined> {
    try {
      return await this.#calls.getattr(path, caller);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /**
   * Where a new name is to be: nothing is there yet, and its directory is.
   *
   * @throws NtError OBJECT_NAME_COLLISION, OBJECT_PATH_NOT_FOUND, NOT_A_DIRECTORY
   */
  async checkFree(path: string, caller: Caller): Promise<void> {
    const parent = parentFusePath(path);
    let stat: FuseStat;
    try {
      stat = await this.stat(parent, caller);
    } catch (error) {
      if (isMissing(error)) throw new NtError(NtStatus.OBJECT_PATH_NOT_FOUND);
      throw error;
    }
    if (kindOf(stat) !== "directory") throw new NtError(NtStatus.NOT_A_DIRECTORY);
    if ((await this.statOrNothing(path, caller)) !== undefined) {
      throw new NtError(NtStatus.OBJECT_NAME_COLLISION);
    }
  }

  /** Whether a link leads, through others, to a directory on the volume. */
  async leadsToDirectory(path: string, caller: Caller): Promise<boolean> {
    let at = path;
    for (let hops = 0; hops < MAX_LINK_HOPS; hops++) {
      const stat = await this.statOrNothing(at, caller);
      if (stat === undefined) return false;
      if (kindOf(stat) !== "link") return kindOf(stat) === "directory";
      const { target } = await this.targetOf(at, caller);
      const next = resolveTarget(at, target);
      if (next === undefined) return false;
      at = next;
    }
    return false;
  }

  /**
   * Where a link leads, and whether that is on the volume for sure: from the link, or below the mount point. The latter is
   * told from the link, as nobody but the file system knows of its mount point.
   */
  async targetOf(path: string, caller: Caller): Promise<{ target: string; isOfVolume: boolean }> {
    const target = await this.#calls.readlink(path, caller);
    if (!target.startsWith("/")) return { target, isOfVolume: true };
    const at = this.#mountPoint;
    if (at === undefined || (target !== at && !target.startsWith(`${at}/`))) {
      return { target, isOfVolume: false };
    }
    const inside = target.slice(at.length) || "/";
    return { target: relative(parentFusePath(path), inside) || ".", isOfVolume: true };
  }

  /** Each name before the last is a directory; else how many names lead to the link that one is. */
  async #checkWay(path: string, caller: Caller): Promise<number | undefined> {
    const names = path.slice(1).split("/");
    let at = "/";
    for (const [i, name] of names.slice(0, -1).entries()) {
      at = joinFusePath(at, name);
      const stat = await this.statOrNothing(at, caller);
      const kind = stat && kindOf(stat);
      if (kind === "link" && this.#hasLinks) return i + 1;
      if (kind !== "directory") throw new NtError(NtStatus.OBJECT_PATH_NOT_FOUND);
    }
    return undefined;
  }
}

/** Where a link leads on the volume; undefined where it leads out of it. */
function resolveTarget(path: string, target: string): string | undefined {
  const names = target.startsWith("/") ? [] : parentFusePath(path).split("/").filter(Boolean);
  for (const name of target.split("/")) {
    if (name === "" || name === ".") continue;
    if (name !== "..") names.push(name);
    else if (names.pop() === undefined) return undefined;
  }
  return `/${names.join("/")}`;
}
