/**
 * Where the host's symbolic links lead, as far as that is in the folder; nobody looks outside of it.
 *
 * @packageDocumentation
 */
import { readlinkSync } from "node:fs";
import { joinPath, NtError, parentPath, splitPath } from "../../nt/index.js";
import { Detour, type Directories, type Found } from "./directories.js";
import { type HostPath, windowsNameOfHost } from "./host-names.js";
import { MAX_LINK_HOPS } from "./limits.js";

/** What a link says, as the host has it. */
export function readLink(hostPath: HostPath): Buffer {
  return readlinkSync(hostPath, { encoding: "buffer" });
}

/** Whether a path leads to a directory, by whatever links. */
export function leadsToDirectory(directories: Directories, path: string): boolean {
  let at = path;
  for (let hops = 0; hops < MAX_LINK_HOPS; hops++) {
    const found = findOrNothing(directories, at);
    if (found === undefined) return false;
    if (!(found instanceof Detour) && !found.stats.isSymbolicLink())
      return found.stats.isDirectory();
    const names = splitPath(at);
    const count = found instanceof Detour ? found.reparseAt : names.length;
    const next = follow(directories, names.slice(0, count));
    if (next === undefined) return false;
    at = names.slice(count).reduce(joinPath, next);
  }
  return false;
}

/** The path that a link stands for; undefined where it leads out of the folder, or is none. */
function follow(directories: Directories, names: readonly string[]): string | undefined {
  const path = `\\${names.join("\\")}`;
  const link = findOrNothing(directories, path);
  if (link === undefined || link instanceof Detour || !link.stats.isSymbolicLink())
    return undefined;
  const target = readLink(link.hostPath).toString("latin1");
  if (target.startsWith("/")) return undefined;
  const way = splitPath(parentPath(path));
  for (const part of target.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") way.push(windowsNameOfHost(Buffer.from(part, "latin1")));
    else if (way.pop() === undefined) return undefined;
  }
  return `\\${way.join("\\")}`;
}

function findOrNothing(directories: Directories, path: string): Found | Detour | undefined {
  try {
    return directories.find(path);
  } catch (error) {
    if (error instanceof NtError || (error instanceof Error && "code" in error)) return undefined;
    throw error;
  }
}
