/**
 * What is to be known of every operation by a file system that passes it on.
 *
 * @packageDocumentation
 */
import type { Awaitable, Caller, DirectoryEntry, DirectoryName, FileSystem } from "../fs/index.js";

/** The name of an operation: of a method of the contract. */
export type FileSystemOperation = {
  [Name in keyof FileSystem]-?: OperationOf<Name> extends never ? never : Name;
}[keyof FileSystem];

/** The method that an operation is. */
export type OperationOf<Name extends keyof FileSystem> = Extract<
  NonNullable<FileSystem[Name]>,
  (...args: never[]) => unknown
>;

/** Any operation, as what does not look at its arguments calls it. */
export type AnyOperation = (...args: unknown[]) => unknown;

/** What a listing is: of entries, or of names. */
export type Entries<Entry extends DirectoryName = DirectoryEntry> =
  | Iterable<Entry>
  | AsyncIterable<Entry>;

/** What holds of an operation, whatever the file system. */
export interface OperationFacts {
  /** What the first argument is. */
  readonly about: "file" | "path" | "other";
  /** Which argument the caller is; undefined where there is none. */
  readonly callerAt?: number;
  /** It may change what is stored. */
  readonly isChange?: true;
}

/** Every operation there is. An operation that is added to the contract does not compile without its row. */
const FACTS: { readonly [Name in FileSystemOperation]: OperationFacts } = {
  start: { about: "other" },
  stop: { about: "other" },
  getVolumeInfo: { about: "other" },
  setVolumeLabel: { about: "other", callerAt: 1, isChange: true },
  getSecurityByName: { about: "path", callerAt: 1 },
  open: { about: "path", callerAt: 2 },
  openByFileId: { about: "other", callerAt: 2 },
  create: { about: "path", callerAt: 2, isChange: true },
  overwrite: { about: "file", callerAt: 2, isChange: true },
  cleanup: { about: "file", callerAt: 3, isChange: true },
  close: { about: "file" },
  read: { about: "file", callerAt: 3 },
  readViews: { about: "file", callerAt: 3 },
  write: { about: "file", callerAt: 4, isChange: true },
  flush: { about: "file", callerAt: 1 },
  getFileInfo: { about: "file", callerAt: 1 },
  setBasicInfo: { about: "file", callerAt: 2, isChange: true },
  setFileSize: { about: "file", callerAt: 2, isChange: true },
  setAllocationSize: { about: "file", callerAt: 2, isChange: true },
  setSparse: { about: "file", callerAt: 2, isChange: true },
  getAllocatedRanges: { about: "file", callerAt: 3 },
  setZeroData: { about: "file", callerAt: 3, isChange: true },
  canDelete: { about: "file", callerAt: 2 },
  rename: { about: "file", callerAt: 3, isChange: true },
  link: { about: "file", callerAt: 3, isChange: true },
  getLinks: { about: "file", callerAt: 1 },
  getSecurity: { about: "file", callerAt: 1 },
  setSecurity: { about: "file", callerAt: 2, isChange: true },
  readDirectory: { about: "file", callerAt: 2 },
  readDirectoryNames: { about: "file", callerAt: 1 },
  getDirectoryEntry: { about: "file", callerAt: 2 },
  getStreams: { about: "file", callerAt: 1 },
  getExtendedAttributes: { about: "file", callerAt: 1 },
  setExtendedAttributes: { about: "file", callerAt: 2, isChange: true },
  getReparsePoint: { about: "file", callerAt: 1 },
  getReparsePointByName: { about: "path", callerAt: 1 },
  setReparsePoint: { about: "file", callerAt: 2, isChange: true },
  deleteReparsePoint: { about: "file", callerAt: 2, isChange: true },
  getObjectId: { about: "file", callerAt: 1 },
  control: { about: "file", callerAt: 3, isChange: true },
};

/** The names of all operations, in the order of the contract. */
export const FILE_SYSTEM_OPERATIONS: readonly FileSystemOperation[] = Object.keys(
  FACTS,
) as FileSystemOperation[]; // the keys of the table are the names

/** What holds of an operation. */
export function factsOf(operation: FileSystemOperation): OperationFacts {
  return FACTS[operation];
}

/** Who asks, by the arguments of an operation; undefined where it has no caller. */
export function callerOf(
  operation: FileSystemOperation,
  args: readonly unknown[],
): Caller | undefined {
  const { callerAt } = FACTS[operation];
  return callerAt === undefined ? undefined : (args[callerAt] as Caller | undefined);
}

/** What is made of a value, now or later. (A module that exports `then` cannot be imported by `import()`.) */
export function chain<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
