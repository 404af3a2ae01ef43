import {
  foldName,
  joinPath,
  NtError,
  NtStatus,
  posixNameOf,
  splitPath,
  windowsNameOf,
} from "../../nt/index.js";
import type { NodeFs, NodeStats } from "./node-fs-api.js";

/** Where something is, or would be. */
export interface Place {
  /** For the kernel, as stored: `\` between names. */
  readonly path: string;
  /** For Node: `/` between names. */
  readonly nodePath: string;
}

/** A path that leads to something. */
export interface Resolved extends Place {
  readonly stats: NodeStats;
}

/**
 * Finds what the paths of the kernel stand for below a directory of Node's. On a volume that does not
 * tell case apart, a name that is not there as asked for is looked for among all names of its directory.
 */
export class PathResolver {
  readonly #fs: NodeFs;
  readonly #root: string;
  readonly #isCaseSensitive: boolean;

  /** @param root - the directory that is the root of the volume */
  constructor(fs: NodeFs, root: string, isCaseSensitive: boolean) {
    this.#fs = fs;
    this.#root = root.replace(/\/+$/, "") || "/";
    this.#isCaseSensitive = isCaseSensitive;
  }

  /** The path for Node, whether there is something or not. */
  nodePathOf(path: string): string {
    return splitPath(path).map(posixNameOf).reduce(joinNodePath, this.#root);
  }

  /** @throws NtError OBJECT_NAME_NOT_FOUND, OBJECT_PATH_NOT_FOUND; what Node's own errors stand for */
  async find(path: string): Promise<Resolved> {
    const nodePath = this.nodePathOf(path);
    const stats = await this.#statOrNothing(nodePath);
    if (stats !== undefined) return { nodePath, path, stats };
    return this.#walk(path);
  }

  /**
   * Where a path would lead: its directory is there, and its name is as given.
   *
   * @throws NtError OBJECT_NAME_COLLISION where something has the name, OBJECT_PATH_NOT_FOUND where the directory is
   *   missing, NOT_A_DIRECTORY where it is none
   */
  async findFree(path: string): Promise<Place> {
    const names = splitPath(path);
    const name = names.pop() ?? "";
    const directory = await this.#findOnWay(names);
    if (!directory.stats.isDirectory()) throw new NtError(NtStatus.NOT_A_DIRECTORY);
    const taken = await this.#lookUp(directory, name);
    if (taken !== undefined) throw new NtError(NtStatus.OBJECT_NAME_COLLISION);
    return child(directory, name);
  }

  /** Name by name: tells which one is missing, and finds those that differ in case. */
  async #walk(path: string): Promise<Resolved> {
    const names = splitPath(path);
    const name = names.pop() ?? "";
    const directory = await this.#findOnWay(names);
    if (!directory.stats.isDirectory()) throw new NtError(NtStatus.OBJECT_PATH_NOT_FOUND);
    const found = await this.#lookUp(directory, name);
    if (found === undefined) throw new NtError(NtStatus.OBJECT_NAME_NOT_FOUND);
    return found;
  }

  /** @throws NtError OBJECT_PATH_NOT_FOUND */
  async #findOnWay(names: readonly string[]): Promise<Resolved> {
    const stats = await this.#fs.stat(this.#root, BIGINT);
    let at: Resolved | undefined = { nodePath: this.#root, path: "\\", stats };
    for (const name of names) {
      at = at.stats.isDirectory() ? await this.#lookUp(at, name) : undefined;
      if (at === undefined) throw new NtError(NtStatus.OBJECT_PATH_NOT_FOUND);
    }
    return at;
  }

  async #lookUp(directory: Resolved, name: string): Promise<Resolved | undefined> {
    const exact = await this.#childIfThere(directory, name);
    if (exact !== undefined || this.#isCaseSensitive) return exact;
    const folded = foldName(name);
    const names = await this.#fs.readdir(directory.nodePath);
    const similar = names.map(windowsNameOf).find((other) => foldName(other) === folded);
    return similar === undefined ? undefined : this.#childIfThere(directory, similar);
  }

  async #childIfThere(directory: Resolved, name: string): Promise<Resolved | undefined> {
    const place = child(directory, name);
    const stats = await this.#statOrNothing(place.nodePath);
    return stats && { ...place, stats };
  }

  /** Undefined where the path leads nowhere. */
  async #statOrNothing(nodePath: string): Promise<NodeStats | undefined> {
    try {
      return await this.#fs.stat(nodePath, BIGINT);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }
}

/** So that times are exact to the tick, and ids to the last bit. */
export const BIGINT = { bigint: true } as const;

/** A name in a directory, as a path for Node. */
export function joinNodePath(directory: string, name: string): string {
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}

function child(directory: Place, name: string): Place {
  return {
    path: joinPath(directory.path, name),
    nodePath: joinNodePath(directory.nodePath, posixNameOf(name)),
  };
}

/** Whether what was thrown says that there is nothing by a path. */
export function isMissing(thrown: unknown): boolean {
  if (!(thrown instanceof Error) || !("code" in thrown)) return false;
  return thrown.code === "ENOENT" || thrown.code === "ENOTDIR";
}
