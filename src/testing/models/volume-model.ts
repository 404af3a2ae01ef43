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
import type { LeaseName, OplockName } from "../conformance/index.js";
import {
  isWithin,
  Keeping,
  type Letters,
  leaseOf,
  lettersOfLease,
  lettersOfOplock,
  oplockOf,
  type Told,
} from "./keeping.js";
import type { LockWish, OpenWish } from "./operation.js";

/** A status, by its name. */
export type StatusName = keyof typeof NtStatus;

/** A file, a directory, or a stream of either. */
export interface ModelFile {
  readonly isDirectory: boolean;
  /** Of a stream, what it is a stream of. */
  readonly main: ModelFile | undefined;
  text: string;
}

/** A name that is open, or the name of a file of which a stream is. */
interface ModelLink {
  /** Where it is now; where it was last, when it is gone. */
  path: string;
  /** Of a stream, the name of its file. */
  readonly fileLink: ModelLink | undefined;
  /** Nobody can open it any more, and another file may have the name. */
  isGone: boolean;
  /** It goes when nothing of it is open any more. */
  isGoing: boolean;
  /** How often it was decided that it stays after all. */
  keptCount: number;
}

/** One open of the model. */
export interface ModelOpen {
  readonly client: number;
  readonly file: ModelFile;
  readonly link: ModelLink;
  readonly access: number;
  readonly shares: number;
  readonly isDeleteOnClose: boolean;
  /** An oplock of its own, or a lease that it shares. */
  readonly keeping: Keeping | undefined;
  /** The name goes with this open, by POSIX rules, unless it was kept since. */
  goesAt: number | undefined;
  hasWritten: boolean;
  hasResized: boolean;
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

/** What it waits for: that others let go of something. */
export interface Waits {
  readonly asks: readonly { readonly of: Keeping; readonly lost: string }[];
  /** How it goes on then; from the beginning unless told. */
  readonly then?: () => Evaluation;
}

/** What something comes to; or what it waits for. */
export type Evaluation = Ended | Waits;

/** How a name is changed or goes. */
interface NameChange {
  readonly replaces: boolean;
  readonly isPosix: boolean;
}

const OVERWRITING: readonly (keyof typeof CreateDisposition)[] = [
  "SUPERSEDE",
  "OVERWRITE",
  "OVERWRITE_IF",
];
const FOR_DIRECTORIES: readonly (keyof typeof CreateDisposition)[] = ["OPEN", "CREATE", "OPEN_IF"];

const ROOT: ModelFile = { isDirectory: true, main: undefined, text: "" };

export class VolumeModel {
  /** Streams by `file:stream`. */
  readonly names = new Map<string, ModelFile>([["", ROOT]]);
  readonly opens = new Set<ModelOpen>();
  readonly keepings = new Set<Keeping>();
  #links: ModelLink[] = [];
  #locks: ModelLock[] = [];
  /** Who has been told to let go since this was last taken. */
  told: Told[] = [];

  open(client: number, wish: OpenWish): Evaluation {
    const { path, disposition, kind } = wish;
    if (kind === "directory" && !FOR_DIRECTORIES.includes(disposition)) {
      return refuse("INVALID_PARAMETER");
    }
    if (kind === "directory" && isStream(path)) return refuse("NOT_A_DIRECTORY");
    const lease = this.#leaseFor(client, wish);
    if (lease !== undefined && this.#linkOf(lease) !== this.#linkAt(path)) {
      return refuse("INVALID_PARAMETER"); // it is for another name
    }
    if (this.names.get(parentOf(path))?.isDirectory !== true) {
      return refuse("OBJECT_PATH_NOT_FOUND");
    }
    const file = this.names.get(path);
    if (file === undefined) return this.#make(client, wish);
    if (this.#isGoing(path)) return refuse("DELETE_PENDING");
    if (disposition === "CREATE") {
      const isWrong = file.isDirectory && kind === "file";
      return refuse(isWrong ? "FILE_IS_A_DIRECTORY" : "OBJECT_NAME_COLLISION");
    }
    if (!file.isDirectory && kind === "directory") return refuse("NOT_A_DIRECTORY");
    if (file.isDirectory && kind === "file") return refuse("FILE_IS_A_DIRECTORY");
    const isOverwrite = OVERWRITING.includes(disposition);
    if (file.isDirectory && isOverwrite) return refuse("OBJECT_NAME_COLLISION");

    const wait = this.#waitsToJoin(file, wish, lease);
    if (wait !== undefined) return wait;
    if (isOverwrite) this.#empty(file, path, lease);
    return this.#admit(client, wish, file, isOverwrite ? overwritten(disposition) : "OPENED");
  }

  /** Who must let go before an open may join those that are there; or that it may not. */
  #waitsToJoin(
    file: ModelFile,
    wish: OpenWish,
    lease: Keeping | undefined,
  ): Evaluation | undefined {
    const { disposition, shares, isDeleteOnClose } = wish;
    const isOverwrite = OVERWRITING.includes(disposition);
    const others = this.keepingsOf(file).filter((keeping) => keeping !== lease);
    const handles = asking(
      others.filter((keeping) => keeping.keeps("H")),
      "H",
    );
    const looksOnly = wish.access === FILE_READ_ATTRIBUTES && !isOverwrite;
    const writer = looksOnly ? undefined : others.find((keeping) => keeping.keeps("W"));
    const lost = `W${isOverwrite ? "R" : ""}${isDeleteOnClose ? "H" : ""}`;
    const writes = writer && asking([writer], lost);
    // Who holds a batch oplock may have closed the file long ago, as far as its programs know.
    if (writer?.isLease === false && writer.keeps("H")) return writes;
    let access = wish.access;
    if (disposition === "SUPERSEDE") access |= DELETE;
    else if (isOverwrite) access |= FILE_WRITE_DATA;
    if (!this.#mayShare(file, { access, shares })) {
      return handles.asks.length > 0 ? handles : refuse("SHARING_VIOLATION");
    }
    if (writes !== undefined) return writes;
    return isDeleteOnClose && handles.asks.length > 0 ? handles : undefined;
  }

  /** The streams go: those that are open when they are closed. WinFsp 3.12 */
  #empty(file: ModelFile, path: string, by: Keeping | undefined): void {
    this.#dataChanges(file, by);
    file.text = "";
    for (const [name, stream] of this.names) {
      if (stream.main !== file) continue;
      const link = this.#linkAt(name);
      if (link === undefined) {
        this.names.delete(name);
        continue;
      }
      link.isGoing = true;
      for (const keeping of this.keepingsOf(stream)) keeping.lose("H");
    }
    this.#entryChanges(path);
  }

  #make(client: number, wish: OpenWish): Evaluation {
    const { path, disposition, kind } = wish;
    if (disposition === "OPEN" || disposition === "OVERWRITE") {
      return refuse("OBJECT_NAME_NOT_FOUND");
    }
    if (isStream(path)) return this.#makeStream(client, wish);
    if (this.#isGoing(parentOf(path))) return refuse("DELETE_PENDING");
    const file = { isDirectory: kind === "directory", main: undefined, text: "" };
    this.names.set(path, file);
    this.#entryChanges(path);
    return this.#admit(client, wish, file, "CREATED");
  }

  /** With its file, where that is not there. */
  #makeStream(client: number, wish: OpenWish): Evaluation {
    const mainPath = fileOf(wish.path);
    const known = this.names.get(mainPath);
    if (known === undefined && this.#isGoing(parentOf(mainPath))) return refuse("DELETE_PENDING");
    if (known !== undefined && this.#isGoing(wish.path)) return refuse("DELETE_PENDING");
    const main = known ?? { isDirectory: false, main: undefined, text: "" };
    const file = { isDirectory: false, main, text: "" };
    if (!this.#mayShare(file, wish)) return refuse("SHARING_VIOLATION");
    this.names.set(mainPath, main);
    if (known === undefined) this.#entryChanges(mainPath);
    this.names.set(wish.path, file);
    return this.#admit(client, wish, file, "CREATED");
  }

  #admit(client: number, wish: OpenWish, file: ModelFile, action: string): Evaluation {
    const { path, access, shares, isDeleteOnClose } = wish;
    const keeping = this.#grant(client, wish, file);
    const open: ModelOpen = {
      client,
      file,
      link: this.#makeLink(path),
      access,
      shares,
      isDeleteOnClose,
      keeping,
      goesAt: undefined,
      hasWritten: false,
      hasResized: false,
    };
    this.opens.add(open);
    const letters = keeping?.letters ?? "";
    const kept = keeping?.isLease === true ? `lease ${leaseOf(letters)}` : oplockOf(letters);
    return { status: "SUCCESS", value: `${action}, ${kept}`, open };
  }

  /** What it gets of what it would like to keep to itself. */
  #grant(client: number, wish: OpenWish, file: ModelFile): Keeping | undefined {
    const isLocked = this.#locks.some(({ open }) => open.file === file);
    if ("oplock" in wish.keeping) {
      const wanted = lettersOfOplock(wish.keeping.oplock);
      if (file.isDirectory || isLocked || wanted === "") return undefined;
      const possible = this.#possible(file, wanted, undefined, true);
      const letters = possible.includes("W") || possible === "" ? possible : "R";
      return letters === "" ? undefined : this.#keep({ client, file, key: undefined }, letters);
    }
    const { key, state } = wish.keeping.lease;
    const asked = isLocked ? "" : lettersOfLease(state);
    const wanted = file.isDirectory ? (asked.replace("W", "") as Letters) : asked;
    const lease = this.#leaseFor(client, wish);
    const possible = this.#possible(file, wanted, lease, false);
    if (lease === undefined) return this.#keep({ client, file, key }, possible);
    // One that is there becomes more, and all of what is asked for, or stays as it is.
    const isMore = isWithin(lease.letters, wanted);
    if (isMore && possible === wanted && lease.asked === undefined) lease.letters = wanted;
    return lease;
  }

  #keep(
    whose: { readonly client: number; readonly file: ModelFile; readonly key: number | undefined },
    letters: Letters,
  ): Keeping {
    const keeping = new Keeping(whose, letters, (told) => this.told.push(told));
    this.keepings.add(keeping);
    return keeping;
  }

  /** What of a wish goes with what others have open, and keep. [MS-FSA] 2.1.5.18 */
  #possible(
    file: ModelFile,
    wanted: Letters,
    own: Keeping | undefined,
    isOplock: boolean,
  ): Letters {
    const others = this.keepingsOf(file).filter((keeping) => keeping !== own);
    if (others.some((keeping) => keeping.keeps("W"))) return "";
    const isAlone = this.opensOf(file).every(
      ({ access, keeping }) =>
        access === FILE_READ_ATTRIBUTES || (own !== undefined && keeping === own),
    );
    let possible: string = wanted;
    const readers = others.filter((keeping) => keeping.letters !== "");
    if (!isAlone || readers.length > 0) possible = possible.replace("W", "");
    // An oplock of level II and a lease with the handle are not held beside each other.
    if (isOplock && readers.some((keeping) => keeping.keeps("H"))) return "";
    if (!isOplock && readers.some((keeping) => !keeping.isLease)) {
      possible = possible.replace("H", "");
    }
    return possible as Letters;
  }

  /** The lease that an open is to come under, where there is one. */
  #leaseFor(client: number, { keeping }: OpenWish): Keeping | undefined {
    return "lease" in keeping ? this.leaseOf(client, keeping.lease.key) : undefined;
  }

  leaseOf(client: number, key: number): Keeping | undefined {
    return [...this.keepings].find((keeping) => keeping.client === client && keeping.key === key);
  }

  /** The name that a lease is for. */
  #linkOf(lease: Keeping): ModelLink | undefined {
    return [...this.opens].find(({ keeping }) => keeping === lease)?.link;
  }

  #mayShare(file: ModelFile, wanted: Sharing): boolean {
    const uses = usesOf(wanted.access);
    if (!this.opensOf(file).every((other) => mayShare(other, wanted))) return false;
    if (uses === 0) return true;
    // As to deleting the file, it and its streams have one say.
    if (file.main !== undefined) {
      const isToDelete = this.opensOf(file.main).some(({ access }) => (access & DELETE) !== 0);
      return !isToDelete || (wanted.shares & FILE_SHARE_DELETE) !== 0;
    }
    return (uses & FILE_SHARE_DELETE) === 0 || this.#streamsShareDelete(file);
  }

  /** Whether all who have a stream of a file open let the file be deleted. */
  #streamsShareDelete(file: ModelFile): boolean {
    return [...this.opens]
      .filter((open) => open.file.main === file)
      .every(({ access, shares }) => usesOf(access) === 0 || (shares & FILE_SHARE_DELETE) !== 0);
  }

  keepingsOf(file: ModelFile): Keeping[] {
    return [...this.keepings].filter((keeping) => keeping.file === file);
  }

  opensOf(file: ModelFile): ModelOpen[] {
    return [...this.opens].filter((open) => open.file === file);
  }

  /** Whether somebody is still waited for. */
  isWaitedFor(keeping: Keeping): boolean {
    return this.keepings.has(keeping) && keeping.asked !== undefined;
  }

  close(open: ModelOpen): Evaluation {
    const { link, file, keeping } = open;
    if (open.isDeleteOnClose && !link.isGone) this.#markGoing(open, false);
    this.#locks = this.#locks.filter((lock) => lock.open !== open);
    this.opens.delete(open);
    if (keeping !== undefined && !this.opensOf(file).some((other) => other.keeping === keeping)) {
      this.keepings.delete(keeping);
    }
    const going = this.#nameThatGoes(open);
    const hasTold = going === undefined ? open.hasWritten || open.hasResized : open.hasResized;
    if (hasTold && !isLost(link)) this.#entryChanges(link.path);
    if (going !== undefined) this.#remove(going);
    this.#links = this.#links.filter((each) => this.#countAt(each) > 0);
    return done();
  }

  /** Its own, by POSIX rules; or with the last open of it; or that of its file, with the last open of a stream. */
  #nameThatGoes({ link, goesAt }: ModelOpen): ModelLink | undefined {
    if (link.isGone) return undefined;
    if (link.isGoing && goesAt === link.keptCount) return link;
    const { fileLink } = link;
    if (fileLink?.isGoing === true && !fileLink.isGone && this.#countAt(fileLink) === 0) {
      return fileLink;
    }
    return link.isGoing && this.#countAt(link) === 0 ? link : undefined;
  }

  /** Where it is a directory that is not empty after all, nothing goes. */
  #remove(link: ModelLink): void {
    if (isLost(link)) return; // of a stream, whose file is gone already
    const { path } = link;
    if (this.#childrenOf(path).length > 0) return;
    this.#takeNames(path);
    this.#entryChanges(path);
    if (this.#countAt(link) > 0) link.isGone = true;
  }

  /** A name, and those of the streams. */
  #takeNames(path: string): void {
    for (const name of [...this.names.keys()]) {
      if (name === path || name.startsWith(`${path}:`)) this.names.delete(name);
    }
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
    this.#dataChanges(file, open.keeping);
    const before = file.text.padEnd(offset, "\0");
    const after = before.slice(0, offset) + text + before.slice(offset + text.length);
    if (after.length !== file.text.length) open.hasResized = true;
    file.text = after;
    open.hasWritten = true;
    return done(text.length);
  }

  truncate(open: ModelOpen, size: number): Evaluation {
    const { file, access, link } = open;
    if (file.isDirectory) return refuse("INVALID_PARAMETER");
    if ((access & FILE_WRITE_DATA) === 0) return refuse("ACCESS_DENIED");
    this.#dataChanges(file, open.keeping);
    file.text = file.text.slice(0, size).padEnd(size, "\0");
    if (!isLost(link)) this.#entryChanges(link.path);
    return done();
  }

  setDelete(open: ModelOpen, isDelete: boolean, isPosix: boolean): Evaluation {
    const { access, link, file, keeping } = open;
    if ((access & DELETE) === 0) return refuse("ACCESS_DENIED");
    if (link.isGone) return refuse("FILE_DELETED");
    if (!isDelete) {
      link.isGoing = false;
      link.keptCount++;
      return done();
    }
    const then = (): Evaluation => {
      if (!isLost(link) && this.#childrenOf(link.path).length > 0) {
        return refuse("DIRECTORY_NOT_EMPTY");
      }
      if (link.isGone) return refuse("FILE_DELETED");
      this.#markGoing(open, isPosix);
      return done();
    };
    const some = file.isDirectory ? this.keepingsOf(file) : this.#keepingsAt(link);
    const handles = asking(
      some.filter((other) => other !== keeping && other.keeps("H")),
      "H",
    );
    return handles.asks.length > 0 ? { ...handles, then } : then();
  }

  /** Nobody else is to keep it open for no program; and nobody waits for that. */
  #markGoing(open: ModelOpen, isPosix: boolean): void {
    const { link, file, keeping } = open;
    link.isGoing = true;
    if (isPosix) open.goesAt = link.keptCount;
    for (const other of this.keepingsOf(file)) if (other !== keeping) other.lose("H");
  }

  rename(open: ModelOpen, newPath: string, how: NameChange): Evaluation {
    const { link, file, keeping } = open;
    if ((open.access & DELETE) === 0) return refuse("ACCESS_DENIED");
    if (newPath.startsWith(":")) return this.#renameStream(open, newPath, how);
    if (link.isGone) return refuse("ACCESS_DENIED");
    if (newPath === link.path) return done();
    if (link.fileLink !== undefined) return refuse("INVALID_PARAMETER");
    if (link.isGoing) return refuse("DELETE_PENDING");
    if (isBelow(newPath, link.path)) return refuse("INVALID_PARAMETER");
    const parent = this.names.get(parentOf(newPath));
    const target = this.names.get(newPath);
    let unfit: StatusName | undefined;
    if (parent === undefined) unfit = "OBJECT_PATH_NOT_FOUND";
    else if (target !== undefined && !how.replaces) unfit = "OBJECT_NAME_COLLISION";
    else if (target?.isDirectory === true && !(how.isPosix && file.isDirectory)) {
      unfit = "ACCESS_DENIED";
    }
    const targetLink = this.#linkAt(newPath) ?? this.#linkAbove(newPath);
    if (unfit === undefined) {
      const inTheWay = [
        ...this.#keepingsAt(link).filter((other) => other !== keeping),
        ...(how.replaces ? this.#keepingsBelow(newPath) : []),
        ...(parent !== undefined && this.#isOpenForDelete(parent) ? this.keepingsOf(parent) : []),
      ].filter((other) => other.keeps("H"));
      if (inTheWay.length > 0) return asking(inTheWay, "H");
    }
    const refused =
      this.#refusesToMove(link, how) ??
      this.#refusesEntry(open, parent) ??
      (unfit === "OBJECT_NAME_COLLISION" ? unfit : this.#refusesToGo(newPath, how)) ??
      unfit;
    if (refused !== undefined) return refuse(refused);
    if (parent?.isDirectory === false) return refuse("NOT_A_DIRECTORY");
    if (target?.isDirectory === true && this.#childrenOf(newPath).length > 0) {
      return refuse("DIRECTORY_NOT_EMPTY");
    }
    this.#takeNames(newPath);
    if (targetLink !== undefined) targetLink.isGone = true;
    this.#entryChanges(link.path);
    this.#move(link.path, newPath);
    this.#entryChanges(newPath);
    return done();
  }

  /** Nothing moves while something below it is open; by POSIX rules, unless all share DELETE. */
  #refusesToMove(link: ModelLink, { isPosix }: NameChange): StatusName | undefined {
    const below = [...this.opens].filter((other) => other.link !== link && isAt(other.link, link));
    if (below.length === 0) return undefined;
    if (!isPosix) return "ACCESS_DENIED";
    const isShared = below.every((other) => this.#letsDelete(other.file));
    return isShared ? undefined : "SHARING_VIOLATION";
  }

  /** A new entry is made in a directory as by an open that writes to it, and does not let it be deleted. */
  #refusesEntry(open: ModelOpen, parent: ModelFile | undefined): StatusName | undefined {
    const above = parent === undefined ? [] : this.opensOf(parent);
    const isRefused = above.some(
      ({ client, access, shares, file }) =>
        (file.isDirectory && (access & DELETE) !== 0 && client === open.client) ||
        (usesOf(access) !== 0 && (shares & FILE_SHARE_WRITE) === 0),
    );
    return isRefused ? "SHARING_VIOLATION" : undefined;
  }

  /** What has the new name must not be open; by POSIX rules, unless all share DELETE. */
  #refusesToGo(newPath: string, { isPosix }: NameChange): StatusName | undefined {
    if (this.#isGoing(parentOf(newPath))) return "DELETE_PENDING";
    const open = [...this.opens].filter(
      ({ link }) => !isLost(link) && isAtOrBelow(link.path, newPath),
    );
    if (open.length === 0) return undefined;
    if (!isPosix) return "ACCESS_DENIED";
    if (open.some(({ link }) => link.path.startsWith(`${newPath}\\`))) return "ACCESS_DENIED";
    const isShared = open.every(({ file }) => this.#letsDelete(file));
    return isShared ? undefined : "SHARING_VIOLATION";
  }

  /** Whether all who have a file open, or a stream of it, let it be deleted. */
  #letsDelete(file: ModelFile): boolean {
    const isShared = this.opensOf(file).every(
      ({ access, shares }) => usesOf(access) === 0 || (shares & FILE_SHARE_DELETE) !== 0,
    );
    return isShared && this.#streamsShareDelete(file);
  }

  #isOpenForDelete(file: ModelFile): boolean {
    return this.opensOf(file).some(({ access }) => (access & DELETE) !== 0);
  }

  /** [MS-FSA] 2.1.5.14.11.1 */
  #renameStream({ link }: ModelOpen, newName: string, { replaces }: NameChange): Evaluation {
    if (isLost(link)) return refuse("ACCESS_DENIED");
    if (link.isGoing) return refuse("DELETE_PENDING");
    if (link.fileLink === undefined) return refuse("INVALID_PARAMETER");
    const newPath = `${fileOf(link.path)}${newName}`;
    if (newPath === link.path) return done();
    const target = this.names.get(newPath);
    if (target !== undefined && !replaces) return refuse("OBJECT_NAME_COLLISION");
    const isOpen = this.#linkAt(newPath) !== undefined;
    if (target !== undefined && (isOpen || target.text !== "")) return refuse("INVALID_PARAMETER");
    this.names.delete(newPath);
    this.#move(link.path, newPath);
    return done();
  }

  #move(path: string, newPath: string): void {
    const moved = [...this.names].filter(([name]) => isAtOrBelow(name, path));
    for (const [name] of moved) this.names.delete(name);
    for (const [name, file] of moved) this.names.set(newPath + name.slice(path.length), file);
    for (const link of this.#links) {
      if (isLost(link) || !isAtOrBelow(link.path, path)) continue;
      link.path = newPath + link.path.slice(path.length);
    }
  }

  /** @param mayWait - where another lock is in the way it is no refusal */
  lock(open: ModelOpen, range: LockWish, mayWait: boolean): Evaluation | undefined {
    const { file, access } = open;
    if (file.isDirectory) return refuse("INVALID_PARAMETER");
    if ((access & (FILE_READ_DATA | FILE_WRITE_DATA)) === 0) return refuse("ACCESS_DENIED");
    this.#dataChanges(file, open.keeping);
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

  acknowledge({ keeping }: ModelOpen, oplock: OplockName): Evaluation {
    if (keeping === undefined || keeping.isLease) return refuse("INVALID_OPLOCK_PROTOCOL");
    return { status: keeping.acknowledgeOplock(oplock) };
  }

  acknowledgeLease(client: number, key: number, keeps: LeaseName): Evaluation {
    const lease = this.leaseOf(client, key);
    return { status: lease?.acknowledgeLease(keeps) ?? "OBJECT_NAME_NOT_FOUND" };
  }

  /** So long that nobody needs to be waited for any more. */
  letTimePass(): void {
    for (const keeping of this.keepings) if (keeping.asked !== undefined) keeping.giveUp();
  }

  list(path: string): Evaluation {
    const wish: OpenWish = {
      path,
      disposition: "OPEN",
      access: FILE_READ_DATA,
      shares: FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
      kind: "directory",
      isDeleteOnClose: false,
      keeping: { oplock: "none" },
    };
    const opened = path === "" ? this.#admit(-1, wish, ROOT, "OPENED") : this.open(-1, wish);
    if (!("status" in opened) || opened.open === undefined) return opened;
    this.close(opened.open);
    return done(this.#childrenOf(path));
  }

  /** Who keeps reads hears that they are stale; not who keeps writes, or has a lease, and makes the change itself. */
  #dataChanges(file: ModelFile, by: Keeping | undefined): void {
    for (const keeping of this.keepingsOf(file)) {
      if (keeping !== by || !(keeping.isLease || keeping.keeps("W"))) keeping.lose("RW");
    }
  }

  /** An entry of a directory is not what it was: who keeps the listing hears of it. */
  #entryChanges(path: string): void {
    const directory = this.names.get(parentOf(path));
    if (directory === undefined || isStream(path)) return;
    for (const keeping of this.keepingsOf(directory)) keeping.lose("RW");
  }

  /** The names in a directory, sorted. */
  #childrenOf(path: string): string[] {
    const below = [...this.names.keys()].filter(
      (name) => name !== "" && !isStream(name) && parentOf(name) === path,
    );
    return below.map((name) => name.slice(path === "" ? 0 : path.length + 1)).sort();
  }

  #linkAt(path: string): ModelLink | undefined {
    return this.#links.find((link) => !isLost(link) && link.path === path);
  }

  /** The name of a file of which nothing but streams is open. */
  #linkAbove(path: string): ModelLink | undefined {
    return this.#links.find((link) => link.fileLink?.path === path && !isLost(link))?.fileLink;
  }

  #makeLink(path: string): ModelLink {
    const known = this.#linkAt(path);
    if (known !== undefined) return known;
    const fileLink = isStream(path) ? this.#makeLink(fileOf(path)) : undefined;
    const link = { path, fileLink, isGone: false, isGoing: false, keptCount: 0 };
    this.#links.push(link);
    return link;
  }

  /** Whether a name is to go, or that of the file whose stream it is. */
  #isGoing(path: string): boolean {
    return this.#linkAt(path)?.isGoing === true || this.#linkAt(fileOf(path))?.isGoing === true;
  }

  /** Opens of a name, and of all below it. */
  #countAt(link: ModelLink): number {
    return [...this.opens].filter((open) => isAt(open.link, link)).length;
  }

  /** What is kept of a name, and of all below it. */
  #keepingsAt(link: ModelLink): Keeping[] {
    const some = [...this.opens].filter((open) => isAt(open.link, link));
    return [...this.keepings].filter((keeping) => some.some(({ file }) => file === keeping.file));
  }

  #keepingsBelow(path: string): Keeping[] {
    const some = [...this.opens].filter(
      ({ link }) => !isLost(link) && isAtOrBelow(link.path, path),
    );
    return [...this.keepings].filter((keeping) => some.some(({ file }) => file === keeping.file));
  }
}

function refuse(status: StatusName): Evaluation {
  return { status };
}

function done(value?: unknown): Evaluation {
  return { status: "SUCCESS", value };
}

function asking(holders: readonly Keeping[], lost: string): Waits {
  return { asks: holders.map((of) => ({ of, lost })) };
}

function overwritten(disposition: keyof typeof CreateDisposition): string {
  return disposition === "SUPERSEDE" ? "SUPERSEDED" : "OVERWRITTEN";
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

function isStream(path: string): boolean {
  return path.includes(":");
}

/** The file of a stream; of another name, that name. */
function fileOf(path: string): string {
  const [file = ""] = path.split(":");
  return file;
}

/** What lies below a directory; and the streams of a file. */
function isBelow(path: string, above: string): boolean {
  return path.startsWith(`${above}\\`) || path.startsWith(`${above}:`);
}

function isAtOrBelow(path: string, above: string): boolean {
  return path === above || isBelow(path, above);
}

/** Whether nobody finds it any more, because it is gone, or its file is. */
function isLost(link: ModelLink): boolean {
  return link.isGone || link.fileLink?.isGone === true;
}

/** Whether a name is another one, or lies below it. */
function isAt(link: ModelLink, above: ModelLink): boolean {
  if (link === above || (link.fileLink === above && !link.isGone)) return true;
  return !isLost(link) && !isLost(above) && isBelow(link.path, above.path);
}
