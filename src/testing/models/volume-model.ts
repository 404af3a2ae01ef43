/**
 * A volume as simply as can be: names in a map, opens in a list, and the rules written down without a
 * thought for speed. What the kernel does must come to the same.
 *
 * @packageDocumentation
 */
import {
  CreateDisposition,
  DELETE,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  FILE_SHARE_DELETE,
  FILE_SHARE_READ,
  FILE_SHARE_WRITE,
  FILE_WRITE_DATA,
  type NtStatus,
} from "../../nt/index.js";
import type { OplockName } from "../conformance/index.js";
import type { LockWish, OpenWish } from "./operation.js";

/** A status, by its name. */
export type StatusName = keyof typeof NtStatus;

interface ModelFile {
  readonly isDirectory: boolean;
  text: string;
}

/** One open of the model. */
export interface ModelOpen {
  readonly client: number;
  readonly file: ModelFile;
  path: string;
  readonly access: number;
  readonly shares: number;
  readonly isDeleteOnClose: boolean;
  oplock: OplockName;
  /** What it may keep at most, as long as it has not said so. */
  asked: OplockName | undefined;
}

interface ModelLock extends LockWish {
  readonly open: ModelOpen;
}

/** What something came to: a status, and what there is to tell. */
export interface Ended {
  readonly status: StatusName;
  readonly value?: unknown;
  /** Of an open. */
  readonly open?: ModelOpen;
}

/** What something comes to; or whom it waits for. */
export type Evaluation =
  | Ended
  | { readonly waitsFor: readonly ModelOpen[]; readonly leaves: OplockName };

/** Somebody was told what it may still keep. */
export interface Told {
  readonly open: ModelOpen;
  readonly oplock: OplockName;
}

const ORDER: readonly OplockName[] = ["none", "II", "exclusive", "batch"];
const OVERWRITING: readonly (keyof typeof CreateDisposition)[] = [
  "SUPERSEDE",
  "OVERWRITE",
  "OVERWRITE_IF",
];
const FOR_DIRECTORIES: readonly (keyof typeof CreateDisposition)[] = ["OPEN", "CREATE", "OPEN_IF"];

export class VolumeModel {
  readonly names = new Map<string, ModelFile>([["", { isDirectory: true, text: "" }]]);
  readonly opens = new Set<ModelOpen>();
  /** Names that go with their last open. */
  readonly #going = new Set<string>();
  #locks: ModelLock[] = [];
  /** Who has been told to let go since this was last taken. */
  told: Told[] = [];

  open(client: number, wish: OpenWish): Evaluation {
    const { path, disposition, kind } = wish;
    const isOverwrite = OVERWRITING.includes(disposition);
    if (kind === "directory" && !FOR_DIRECTORIES.includes(disposition)) {
      return refuse("INVALID_PARAMETER");
    }
    if (this.names.get(parentOf(path))?.isDirectory !== true) {
      return refuse("OBJECT_PATH_NOT_FOUND");
    }
    const file = this.names.get(path);
    if (file === undefined) return this.#make(client, wish);
    if (this.#going.has(path)) return refuse("DELETE_PENDING");
    if (disposition === "CREATE") {
      const isWrong = file.isDirectory && kind === "file";
      return refuse(isWrong ? "FILE_IS_A_DIRECTORY" : "OBJECT_NAME_COLLISION");
    }
    if (!file.isDirectory && kind === "directory") return refuse("NOT_A_DIRECTORY");
    if (file.isDirectory && kind === "file") return refuse("FILE_IS_A_DIRECTORY");
    if (file.isDirectory && isOverwrite) return refuse("OBJECT_NAME_COLLISION");

    const looksOnly = wish.access === FILE_READ_ATTRIBUTES && !isOverwrite;
    const holder = looksOnly ? undefined : this.#exclusiveHolder(file);
    const wait: Evaluation | undefined = holder && {
      waitsFor: [holder],
      leaves: isOverwrite ? "none" : "II",
    };
    if (wait !== undefined && holder?.oplock === "batch") return wait;
    let access = wish.access;
    if (disposition === "SUPERSEDE") access |= DELETE;
    else if (isOverwrite) access |= FILE_WRITE_DATA;
    if (!this.#mayShare(file, access, wish.shares)) return refuse("SHARING_VIOLATION");
    if (wait !== undefined) return wait;

    if (isOverwrite) {
      this.#dataChanges(file, undefined);
      file.text = "";
    }
    const action = isOverwrite ? overwritten(disposition) : "OPENED";
    return this.#admit(client, wish, file, action);
  }

  #make(client: number, wish: OpenWish): Evaluation {
    const { path, disposition, kind } = wish;
    if (disposition === "OPEN" || disposition === "OVERWRITE") {
      return refuse("OBJECT_NAME_NOT_FOUND");
    }
    if (this.#going.has(parentOf(path))) return refuse("DELETE_PENDING");
    const file = { isDirectory: kind === "directory", text: "" };
    this.names.set(path, file);
    return this.#admit(client, wish, file, "CREATED");
  }

  #admit(client: number, wish: OpenWish, file: ModelFile, action: string): Evaluation {
    const { path, access, shares, isDeleteOnClose } = wish;
    const oplock = this.#grant(file, wish.oplock);
    const open = { client, file, path, access, shares, isDeleteOnClose, oplock, asked: undefined };
    this.opens.add(open);
    return { status: "SUCCESS", value: `${action}, ${oplock}`, open };
  }

  #grant(file: ModelFile, wanted: OplockName): OplockName {
    const isLocked = this.#locks.some(({ open }) => open.file === file);
    if (file.isDirectory || isLocked || wanted === "none") return "none";
    const others = this.opensOf(file);
    if (others.some(isExclusive)) return "none";
    const isAlone = others.every(({ access }) => access === FILE_READ_ATTRIBUTES);
    const isShared = others.some(({ oplock }) => oplock === "II");
    return isAlone && !isShared ? wanted : "II";
  }

  #mayShare(file: ModelFile, access: number, shares: number): boolean {
    return this.opensOf(file).every((other) => mayShare(other, { access, shares }));
  }

  #exclusiveHolder(file: ModelFile): ModelOpen | undefined {
    return this.opensOf(file).find(isExclusive);
  }

  /** Asks holders to let go. */
  ask(holders: readonly ModelOpen[], oplock: OplockName): void {
    for (const open of holders) {
      if (open.asked !== undefined) continue;
      open.asked = oplock;
      this.told.push({ open, oplock });
    }
  }

  /** Whether somebody is still waited for. */
  isWaitedFor(holder: ModelOpen): boolean {
    return this.opens.has(holder) && holder.asked !== undefined;
  }

  opensOf(file: ModelFile): ModelOpen[] {
    return [...this.opens].filter((open) => open.file === file);
  }

  close(open: ModelOpen): Evaluation {
    if (open.isDeleteOnClose) this.#going.add(open.path);
    this.#locks = this.#locks.filter((lock) => lock.open !== open);
    this.opens.delete(open);
    const isLast = this.#countAt(open.path) === 0;
    if (isLast && this.#going.has(open.path) && this.#childrenOf(open.path).length === 0) {
      this.names.delete(open.path);
    }
    for (const path of this.#going) if (this.#countAt(path) === 0) this.#going.delete(path);
    return done();
  }

  read(open: ModelOpen, offset: number, length: number): Evaluation {
    const { file, access } = open;
    if (file.isDirectory) return refuse("INVALID_DEVICE_REQUEST");
    if ((access & FILE_READ_DATA) === 0) return refuse("ACCESS_DENIED");
    const isForbidden = this.#locksAt(file, offset, length).some(
      (lock) => lock.isExclusive && lock.open !== open,
    );
    if (isForbidden) return refuse("FILE_LOCK_CONFLICT");
    if (offset >= file.text.length) return refuse("END_OF_FILE");
    return done(file.text.slice(offset, offset + length));
  }

  write(open: ModelOpen, offset: number, text: string): Evaluation {
    const { file, access } = open;
    if (file.isDirectory) return refuse("INVALID_DEVICE_REQUEST");
    if ((access & FILE_WRITE_DATA) === 0) return refuse("ACCESS_DENIED");
    const isForbidden = this.#locksAt(file, offset, text.length).some(
      (lock) => !lock.isExclusive || lock.open !== open,
    );
    if (isForbidden) return refuse("FILE_LOCK_CONFLICT");
    this.#dataChanges(file, open);
    const before = file.text.padEnd(offset, "\0");
    file.text = before.slice(0, offset) + text + before.slice(offset + text.length);
    return done(text.length);
  }

  truncate(open: ModelOpen, size: number): Evaluation {
    const { file, access } = open;
    if (file.isDirectory) return refuse("INVALID_PARAMETER");
    if ((access & FILE_WRITE_DATA) === 0) return refuse("ACCESS_DENIED");
    this.#dataChanges(file, open);
    file.text = file.text.slice(0, size).padEnd(size, "\0");
    return done();
  }

  setDelete({ access, path }: ModelOpen, isDelete: boolean): Evaluation {
    if ((access & DELETE) === 0) return refuse("ACCESS_DENIED");
    if (!isDelete) {
      this.#going.delete(path);
      return done();
    }
    if (this.#childrenOf(path).length > 0) return refuse("DIRECTORY_NOT_EMPTY");
    this.#going.add(path);
    return done();
  }

  rename(open: ModelOpen, newPath: string, replaces: boolean): Evaluation {
    const { path } = open;
    if ((open.access & DELETE) === 0) return refuse("ACCESS_DENIED");
    if (newPath === path) return done();
    if (this.#going.has(path)) return refuse("DELETE_PENDING");
    if (isBelow(newPath, path)) return refuse("INVALID_PARAMETER");
    const parent = this.names.get(parentOf(newPath));
    const target = this.names.get(newPath);
    let unfit: StatusName | undefined;
    if (parent === undefined) unfit = "OBJECT_PATH_NOT_FOUND";
    else if (target !== undefined && !replaces) unfit = "OBJECT_NAME_COLLISION";
    else if (target?.isDirectory === true) unfit = "ACCESS_DENIED";

    const isMoved = (other: ModelOpen) => isAtOrBelow(other.path, path);
    const isReplaced = (other: ModelOpen) => replaces && isAtOrBelow(other.path, newPath);
    const inTheWay = [...this.opens].filter(
      (other) =>
        other !== open && (isMoved(other) || isReplaced(other)) && other.oplock === "batch",
    );
    if (unfit === undefined && inTheWay.length > 0) return { waitsFor: inTheWay, leaves: "II" };
    if (this.#countAt(path) > this.opensOf(open.file).length) return refuse("ACCESS_DENIED");
    const above = parent === undefined ? [] : this.opensOf(parent);
    const isRefused = above.some(
      ({ client, access, shares }) =>
        ((access & DELETE) !== 0 && client === open.client) ||
        (usesOf(access) !== 0 && (shares & FILE_SHARE_WRITE) === 0),
    );
    if (isRefused) return refuse("SHARING_VIOLATION");
    if (unfit === "OBJECT_NAME_COLLISION") return refuse(unfit);
    if (this.#going.has(parentOf(newPath))) return refuse("DELETE_PENDING");
    if (this.#countAt(newPath) > 0) return refuse("ACCESS_DENIED");
    if (unfit !== undefined) return refuse(unfit);
    if (parent?.isDirectory === false) return refuse("NOT_A_DIRECTORY");
    this.#move(path, newPath);
    return done();
  }

  #move(path: string, newPath: string): void {
    const moved = [...this.names].filter(([name]) => isAtOrBelow(name, path));
    for (const [name] of moved) this.names.delete(name);
    for (const [name, file] of moved) this.names.set(newPath + name.slice(path.length), file);
    for (const open of this.opens) {
      if (isAtOrBelow(open.path, path)) open.path = newPath + open.path.slice(path.length);
    }
  }

  /** @param mayWait - where another lock is in the way it is no refusal */
  lock(open: ModelOpen, range: LockWish, mayWait: boolean): Evaluation | undefined {
    const { file, access } = open;
    if (file.isDirectory) return refuse("INVALID_PARAMETER");
    if ((access & (FILE_READ_DATA | FILE_WRITE_DATA)) === 0) return refuse("ACCESS_DENIED");
    this.#dataChanges(file, open);
    if (this.takeLock(open, range)) return done();
    return mayWait ? undefined : refuse("LOCK_NOT_GRANTED");
  }

  /** @returns whether nothing was in the way */
  takeLock(open: ModelOpen, range: LockWish): boolean {
    const isForbidden = this.#locksAt(open.file, range.offset, range.length).some((lock) =>
      lock.isExclusive ? lock.open !== open || range.isExclusive : range.isExclusive,
    );
    if (!isForbidden) this.#locks.push({ ...range, open });
    return !isForbidden;
  }

  unlock(open: ModelOpen, { offset, length }: LockWish): Evaluation {
    if (open.file.isDirectory) return refuse("INVALID_PARAMETER");
    const mine = this.#locks.filter(
      (lock) => lock.open === open && lock.offset === offset && lock.length === length,
    );
    const gone = mine.find(({ isExclusive }) => isExclusive) ?? mine[0];
    if (gone === undefined) return refuse("RANGE_NOT_LOCKED");
    this.#locks.splice(this.#locks.indexOf(gone), 1);
    return done();
  }

  #locksAt(file: ModelFile, offset: number, length: number): ModelLock[] {
    return this.#locks.filter(
      (lock) =>
        lock.open.file === file &&
        lock.offset < offset + length &&
        offset < lock.offset + lock.length,
    );
  }

  acknowledge(open: ModelOpen, oplock: OplockName): Evaluation {
    const { asked } = open;
    if (asked === undefined) return refuse("INVALID_OPLOCK_PROTOCOL");
    open.asked = undefined;
    if (ORDER.indexOf(oplock) > ORDER.indexOf(asked)) {
      open.oplock = "none";
      return refuse("INVALID_OPLOCK_PROTOCOL");
    }
    open.oplock = oplock;
    return done();
  }

  /** So long that nobody needs to be waited for any more. */
  letTimePass(): void {
    for (const open of this.opens) {
      if (open.asked === undefined) continue;
      open.asked = undefined;
      open.oplock = "none";
    }
  }

  list(path: string): Evaluation {
    const wish: OpenWish = {
      path,
      disposition: "OPEN",
      access: FILE_READ_DATA,
      shares: FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
      kind: "directory",
      isDeleteOnClose: false,
      oplock: "none",
    };
    const opened = path === "" ? this.#root(wish) : this.open(-1, wish);
    if (!("status" in opened) || opened.open === undefined) return opened;
    this.close(opened.open);
    return done(this.#childrenOf(path));
  }

  #root(wish: OpenWish): Evaluation {
    const root = this.names.get("");
    return root === undefined ? refuse("INTERNAL_ERROR") : this.#admit(-1, wish, root, "OPENED");
  }

  /** Who keeps reads hears that they are stale; not who keeps writes, and makes the change itself. */
  #dataChanges(file: ModelFile, by: ModelOpen | undefined): void {
    for (const open of this.opensOf(file)) {
      if (open.oplock !== "II" || (open === by && isExclusive(open))) continue;
      open.oplock = "none";
      this.told.push({ open, oplock: "none" });
    }
  }

  /** The names in a directory, sorted. */
  #childrenOf(path: string): string[] {
    const below = [...this.names.keys()].filter((name) => name !== "" && parentOf(name) === path);
    return below.map((name) => name.slice(path === "" ? 0 : path.length + 1)).sort();
  }

  /** Opens of a name, and of all below it. */
  #countAt(path: string): number {
    return [...this.opens].filter((open) => isAtOrBelow(open.path, path)).length;
  }
}

function refuse(status: StatusName): Evaluation {
  return { status };
}

function done(value?: unknown): Evaluation {
  return { status: "SUCCESS", value };
}

function overwritten(disposition: keyof typeof CreateDisposition): string {
  return disposition === "SUPERSEDE" ? "SUPERSEDED" : "OVERWRITTEN";
}

/** Whether it keeps writes to itself. */
function isExclusive({ oplock }: ModelOpen): boolean {
  return oplock === "exclusive" || oplock === "batch";
}

type Sharing = Pick<ModelOpen, "access" | "shares">;

/** Whether each shares what the other does; who only looks at attributes does nothing. */
function mayShare(a: Sharing, b: Sharing): boolean {
  const [usesOfA, usesOfB] = [usesOf(a.access), usesOf(b.access)];
  if (usesOfA === 0 || usesOfB === 0) return true;
  return (usesOfA & ~b.shares) === 0 && (usesOfB & ~a.shares) === 0;
}

/** Whether all opens of a file share with each other. */
export function areCompatible(opens: readonly Sharing[]): boolean {
  return opens.every((a, i) => opens.slice(i + 1).every((b) => mayShare(a, b)));
}

function usesOf(access: number): number {
  let uses = 0;
  if ((access & FILE_READ_DATA) !== 0) uses |= FILE_SHARE_READ;
  if ((access & FILE_WRITE_DATA) !== 0) uses |= FILE_SHARE_WRITE;
  if ((access & DELETE) !== 0) uses |= FILE_SHARE_DELETE;
  return uses;
}

function parentOf(path: string): string {
  const cut = path.lastIndexOf("\\");
  return cut < 0 ? "" : path.slice(0, cut);
}

function isBelow(path: string, above: string): boolean {
  return path.startsWith(`${above}\\`);
}

function isAtOrBelow(path: string, above: string): boolean {
  return path === above || isBelow(path, above);
}
