import type { Caller, DirectoryEntry } from "../../fs/index.js";
import { isLegalName, NtError, NtStatus, windowsNameOf } from "../../nt/index.js";
import { kindOf } from "./file-info.js";
import type { FuseCalls } from "./fuse-calls.js";
import type { FuseEntry, FuseStat } from "./fuse-operations.js";
import { LISTING_BATCH, MAX_ENTRIES } from "./limits.js";

/** What a listing is made of. */
export interface ListingParts {
  readonly calls: FuseCalls;
  readonly path: string;
  readonly fh: unknown;
  readonly caller: Caller;
  readonly maxNameUnits: number;
  /** Names that are only there because somebody has them open. */
  readonly isHidden: (name: string) => boolean;
  /** One entry, by its name in POSIX; undefined where it has gone meanwhile. */
  readonly entry: (name: string, stat: FuseStat | undefined) => Promise<DirectoryEntry | undefined>;
}

/** The entries of a directory: all names first, then what each of them stands for, some at once. */
export async function* listEntries(parts: ListingParts): AsyncGenerator<DirectoryEntry> {
  let batch: Promise<DirectoryEntry | undefined>[] = [];
  for (const each of await namesIn(parts)) {
    batch.push(entryOf(parts, each));
    if (batch.length < LISTING_BATCH) continue;
    yield* present(await Promise.all(batch));
    batch = [];
  }
  yield* present(await Promise.all(batch));
}

/** Whether a directory has nothing in it. */
export async function isEmpty(parts: Omit<ListingParts, "entry">): Promise<boolean> {
  return (await namesIn(parts)).length === 0;
}

/** The names that clients can be shown; `.`, `..` and names that come twice are none. */
async function namesIn(parts: Omit<ListingParts, "entry">): Promise<readonly FuseEntry[]> {
  const { calls, path, fh, caller, maxNameUnits, isHidden } = parts;
  const seen = new Set<string>();
  const entries: FuseEntry[] = [];
  for await (const each of await calls.readdir(path, fh, caller)) {
    const name = nameOf(each);
    if (seen.has(name) || isHidden(name)) continue;
    if (!isLegalName(windowsNameOf(name), maxNameUnits)) continue; // nobody could ask for it
    if (entries.length >= MAX_ENTRIES) throw new NtError(NtStatus.INSUFFICIENT_RESOURCES);
    seen.add(name);
    entries.push(each);
  }
  return entries;
}

function nameOf(entry: FuseEntry): string {
  return typeof entry === "string" ? entry : entry.name;
}

/** What a listing knows of a link is of no use: what it leads to is asked for. */
function entryOf({ entry }: ListingParts, each: FuseEntry): Promise<DirectoryEntry | undefined> {
  if (typeof each === "string") return entry(each, undefined);
  const { name, stat } = each;
  return entry(name, stat === undefined || kindOf(stat) === "link" ? undefined : stat);
}

function present(entries: readonly (DirectoryEntry | undefined)[]): readonly DirectoryEntry[] {
  return entries.filter((each) => each !== undefined);
}
