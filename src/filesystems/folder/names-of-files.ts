import type { LinkInfo } from "../../fs/index.js";
import { joinPath, lastName, NtError, parentPath } from "../../nt/index.js";
import { Detour, type Directories, type Found } from "./directories.js";
import { glanceAt, hasCode, namesIn } from "./host-files.js";
import { hostNameOfBytes, pathIn, windowsNameOfHost } from "./host-names.js";
import type { HostStats } from "./host-stats.js";
import { MAX_ENTRIES_SEARCHED, MAX_FILES_WITH_NAMES, MAX_KNOWN_NAMES } from "./limits.js";
import { isSideDirectory } from "./side-files.js";

/** What is looked for. */
export interface Lead {
  readonly directories: Directories;
  readonly fileId: bigint;
  readonly stats: HostStats;
}

type FileIdOf = (stats: HostStats) => bigint;

/** Entries that are looked at before others get their turn. */
const ENTRIES_A_TURN = 256;

/**
 * The names of files that have several. The host tells how many there are, and not which: those under which a
 * file was seen are remembered, and where one is missing, the folder is searched.
 */
export class NamesOfFiles {
  readonly #paths = new Map<bigint, Set<string>>();

  /** A file was seen under a name. */
  note(fileId: bigint, path: string): void {
    const paths = this.#paths.get(fileId) ?? new Set();
    this.#paths.delete(fileId);
    this.#paths.set(fileId, paths);
    if (paths.size < MAX_KNOWN_NAMES) paths.add(path);
    if (this.#paths.size <= MAX_FILES_WITH_NAMES) return;
    for (const oldest of this.#paths.keys()) {
      this.#paths.delete(oldest);
      return;
    }
  }

  /** A name was changed. */
  moved(fileId: bigint, from: string, to: string): void {
    const paths = this.#paths.get(fileId);
    if (paths?.delete(from) === true) paths.add(to);
  }

  /** All names of a file; of one with more than can be searched for, those that were found. */
  find(lead: Lead, fileIdOf: FileIdOf): LinkInfo[] | Promise<LinkInfo[]> {
    const count = lead.stats.isDirectory() ? 1 : Number(lead.stats.nlink);
    const known = this.#stillThere(lead, fileIdOf);
    if (known.length >= count) return known.map((found) => linkInfoOf(found, lead, fileIdOf));
    return this.#search(lead, count, fileIdOf);
  }

  #stillThere({ directories, fileId }: Lead, fileIdOf: FileIdOf): Found[] {
    const there: Found[] = [];
    const paths = this.#paths.get(fileId) ?? new Set<string>();
    for (const path of paths) {
      const found = findOrNothing(directories, path);
      if (found !== undefined && fileIdOf(found.stats) === fileId) there.push(found);
      else paths.delete(path);
    }
    return there;
  }

  /** Breadth first; a directory that goes meanwhile is left out. */
  async #search(lead: Lead, count: number, fileIdOf: FileIdOf): Promise<LinkInfo[]> {
    const links: LinkInfo[] = [];
    const waiting = ["\\"];
    let searched = 0;
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
      const directory = reachOrNothing(lead.directories, path);
      if (directory === undefined) continue;
      const names = namesIn(directory.fd);
      for (const bytes of names) {
        if (++searched > MAX_ENTRIES_SEARCHED || links.length >= count) return links;
        if (searched % ENTRIES_A_TURN === 0) await nextTurn();
        const held = reachOrNothing(lead.directories, path); // others may have had their turn
        if (held === undefined) break;
        const name = windowsNameOfHost(bytes);
        const stats = glanceAt(pathIn(held.fd, hostNameOfBytes(bytes)));
        if (stats?.isDirectory() === true) {
          if (path !== "\\" || !isSideDirectory(name)) waiting.push(joinPath(path, name));
        } else if (stats !== undefined && fileIdOf(stats) === lead.fileId) {
          const found = joinPath(path, name);
          this.note(lead.fileId, found);
          links.push(linkTo(lead, found, fileIdOf));
        }
      }
    }
    return links;
  }
}

function linkInfoOf({ path }: Found, lead: Lead, fileIdOf: FileIdOf): LinkInfo {
  return linkTo(lead, path, fileIdOf);
}

function linkTo({ directories }: Lead, path: string, fileIdOf: FileIdOf): LinkInfo {
  const { stats } = directories.findStraight(parentPath(path));
  return { directoryFileId: fileIdOf(stats), name: lastName(path) };
}

function findOrNothing(directories: Directories, path: string): Found | undefined {
  return orNothing(() => directories.find(path));
}

function reachOrNothing(directories: Directories, path: string) {
  return orNothing(() => directories.reach(path));
}

/** What is gone is no name any more, nor is what is behind a link. */
function orNothing<T>(look: () => T | Detour): T | undefined {
  try {
    const found = look();
    return found instanceof Detour ? undefined : found;
  } catch (error) {
    if (error instanceof NtError || hasCode(error, "ENOENT", "ENOTDIR", "EACCES")) return undefined;
    throw error;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
