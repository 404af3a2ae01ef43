import { randomBytes } from "node:crypto";
import { EventEmitter } from "node:events";
import { hostname } from "node:os";
import type { FileSystem } from "./fs/index.js";
import { type Mounted, type MountOptions, mountVolume } from "./fuse/index.js";
import { systemClock, type View, Volume, viewOf } from "./kernel/index.js";
import { foldName, isLegalName, statusName } from "./nt/index.js";
import {
  Accounts,
  type Clock,
  type OpenFile,
  type RequestRecord,
  type SessionEvent,
  type Share,
  type SmbConfig,
  SmbServer,
  STYPE_DISKTREE,
  type TableSizes,
  TcpListener,
} from "./smb/index.js";

export type { Clock, OpenFile };

/** A version of the protocol, as people write it. */
export type DialectName = "2.0.2" | "2.1" | "3.0" | "3.0.2" | "3.1.1";

/** Somebody who may log on. */
export interface User {
  /** Compared without case. */
  readonly name: string;
  readonly password: string;
  /**
   * Groups of the user, by names in any case. Administrators, Users, Guests and Power Users are Windows'
   * own; Administrators may besides see and set what is audited, take ownership, and back up and restore.
   * Each user and each group has a SID that is made of its name: the same on every start and machine.
   */
  readonly groups?: readonly string[] | undefined;
}

/** How a server is to be. Everything has a default that is safe. */
export interface ServeOptions {
  /** The name of the only share; `share` unless told. Several shares have theirs from the map. */
  readonly share?: string | undefined;
  /**
   * Shares by name, and how each is to be. Of one file system: several ways to it, in place of `share`. Of
   * several: only what differs, for shares that the map names.
   */
  readonly shares?: Readonly<Record<string, ShareOptions>> | undefined;
  /** 127.0.0.1 unless told. */
  readonly host?: string | undefined;
  /** 4450 unless told; 0 for any that is free. */
  readonly port?: number | undefined;
  /** Who may log on; nobody unless told. */
  readonly users?: readonly User[] | undefined;
  /** Users that are not known become guests; false unless told. */
  readonly isGuestAllowed?: boolean | undefined;
  /** `required` unless told: a request that is not signed is refused. Guests cannot sign. */
  readonly signing?: "required" | "enabled" | undefined;
  /** `enabled` unless told: used when the client asks. `required`: nothing goes in clear. */
  readonly encryption?: "required" | "enabled" | "off" | undefined;
  /** 2.0.2 unless told. */
  readonly minDialect?: DialectName | undefined;
  /** 3.1.1 unless told. */
  readonly maxDialect?: DialectName | undefined;
  /** No client may change anything; false unless told. */
  readonly isReadOnly?: boolean | undefined;
  /**
   * Symbolic links that lead to somewhere in their file system are followed by the server, never out of
   * it; false unless told: then they are told to clients, some of which do not follow them.
   */
  readonly followsSymlinks?: boolean | undefined;
  /** The server's name as clients see it; the machine's unless told. */
  readonly serverName?: string | undefined;
  /** Time and chance; the machine's unless told. For tests: see `FakeClock` in `anymount/testing`. */
  readonly clock?: Clock | undefined;
}

/** How one share is to be. Everything may be left out. */
export interface ShareOptions {
  /** As lists show it. */
  readonly comment?: string | undefined;
  /** Nobody may change anything by this share, whatever other shares of the file system allow. */
  readonly isReadOnly?: boolean | undefined;
  /** Listings leave out what the user may not read: access-based enumeration. */
  readonly hidesUnreadable?: boolean | undefined;
}

/** What a share is reached by. */
export interface SharedFolder {
  readonly name: string;
  /** `smb://HOST:PORT/NAME` */
  readonly url: string;
}

/** One request, as it was answered. */
export interface RequestEvent extends Omit<RecordWithoutStatus, "treeId" | "messageId"> {
  /** Its name in [MS-ERREF]. */
  readonly status: string;
}

type RecordWithoutStatus = Omit<RequestRecord, "status">;

/** What a {@link Server} tells. */
export interface ServerEvents {
  /** A user was let in, or has left. */
  session: [event: SessionEvent];
  /** A request was answered. */
  request: [event: RequestEvent];
  /** Something failed that should not; the server goes on. Without a listener it goes to stderr. */
  error: [error: unknown];
}

/** A server that clients can connect to. */
export class Server extends EventEmitter<ServerEvents> {
  readonly host: string;
  readonly port: number;
  readonly shares: readonly SharedFolder[];
  readonly #smb: SmbServer;
  readonly #listener: TcpListener;
  /** By the folded name of the share; one may have several. */
  readonly #volumeOfShare: ReadonlyMap<string, Volume>;
  readonly #volumes: readonly Volume[];
  readonly #mounts = new Set<Mounted>();
  #closing: Promise<void> | undefined;

  /** Made by {@link serve}. */
  constructor(parts: {
    readonly host: string;
    readonly port: number;
    readonly shareNames: readonly string[];
    readonly smb: SmbServer;
    readonly listener: TcpListener;
    readonly volumes: ReadonlyMap<string, Volume>;
  }) {
    super();
    this.host = parts.host;
    this.port = parts.port;
    const host = parts.host.includes(":") ? `[${parts.host}]` : parts.host;
    this.shares = parts.shareNames.map((name) => ({
      name,
      url: `smb://${host}:${parts.port}/${encodeURIComponent(name)}`,
    }));
    this.#smb = parts.smb;
    this.#listener = parts.listener;
    this.#volumeOfShare = parts.volumes;
    this.#volumes = [...new Set(parts.volumes.values())];
  }

  /** How full the server's tables are; all 0 when the clients are gone. */
  get tableSizes(): TableSizes & {
    readonly openFiles: number;
    readonly openNames: number;
    readonly leases: number;
  } {
    const files = this.#volumes.map(({ tableSizes }) => tableSizes);
    return {
      ...this.#smb.tableSizes,
      openFiles: files.reduce((sum, { nodes }) => sum + nodes, 0),
      openNames: files.reduce((sum, { opens }) => sum + opens, 0),
      leases: this.#volumes.reduce((sum, { leases }) => sum + leases.size, 0),
    };
  }

  /** What clients have open at the moment, in the order in which they came. */
  get opens(): readonly OpenFile[] {
    return this.#smb.openFiles;
  }

  /** Lets the process end though the server listens and clients are connected; as Node's servers have it. */
  unref(): this {
    this.#listener.unref();
    return this;
  }

  /**
   * Mounts what a share leads to on a directory of this machine too, by `/dev/fuse`: Linux only, see `anymount/fuse`. What clients
   * change is seen there at once, and the other way round; `close` unmounts it.
   *
   * @param where - made where it is not there
   * @param options - and the share, where the server has several; what the share says of itself is not for the mount
   * @throws Error whose message says what to do
   */
  async mount(
    where: string,
    { share, ...options }: MountOptions & { readonly share?: string | undefined } = {},
  ): Promise<Mounted> {
    const name = share ?? this.#onlyShare();
    const volume = this.#volumeOfShare.get(foldName(name));
    if (volume === undefined) throw new Error(`there is no share "${name}": correct its name`);
    const onError = options.onError ?? this.#report;
    const mounted = await mountVolume(volume, where, { name, ...options, onError });
    this.#mounts.add(mounted);
    const forget = () => this.#mounts.delete(mounted);
    mounted.ended.then(forget, (error: unknown) => {
      forget();
      onError(error);
    });
    return mounted;
  }

  /** Ends every session, closes every file, unmounts and stops listening. Calling it again waits for the same. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** The share that is meant where none is named. */
  #onlyShare(): string {
    const [first, ...others] = this.shares;
    if (first !== undefined && new Set(this.#volumes).size === 1) return first.name;
    const names = [first, ...others].map((shared) => shared?.name).join(", ");
    throw new Error(`the server has several shares: say which of ${names} to mount`);
  }

  readonly #report = (error: unknown) => {
    if (this.listenerCount("error") > 0) this.emit("error", error);
    else console.error("anymount:", error);
  };

  async #close(): Promise<void> {
    for (const mounted of this.#mounts) await mounted.unmount({ isForced: true });
    const stopped = this.#listener.close();
    await this.#smb.close();
    await stopped;
    for (const volume of this.#volumes) await volume.stop();
  }
}

/** One file system, or several by the names of their shares. */
export type Served = FileSystem | Readonly<Record<string, FileSystem>>;

/**
 * Serves file systems over SMB. Resolves when clients can connect.
 *
 * @param what - one file system, or several by the names of their shares
 * @throws Error whose message says what to do, where an option does not fit; Node's own error where the
 *   address cannot be had (EADDRINUSE, EACCES)
 */
export async function serve(what: Served, options: ServeOptions = {}): Promise<Server> {
  const { host = "127.0.0.1", port = 4450 } = options;
  const shares = sharesOf(what, options);
  const config = configOf(options);
  const volumes = new Map<string, Volume>();
  for (const { name, volume } of shares)
    if (volume !== undefined) volumes.set(foldName(name), volume);
  const late: { server: Server | undefined } = { server: undefined };
  const smb = new SmbServer(config, shares, {
    session: (event) => late.server?.emit("session", event),
    get request() {
      const isWanted = (late.server?.listenerCount("request") ?? 0) > 0;
      return isWanted
        ? (record: RequestRecord) => late.server?.emit("request", eventOf(record))
        : undefined;
    },
    error: (error) => {
      if (late.server !== undefined && late.server.listenerCount("error") > 0) {
        late.server.emit("error", error);
      } else {
        console.error("anymount:", error);
      }
    },
  });
  for (const volume of new Set(volumes.values())) await volume.start();
  const listener = new TcpListener(smb);
  const actualPort = await listener.listen({ host, port });
  const shareNames = shares.map(({ name }) => name);
  late.server = new Server({ host, port: actualPort, shareNames, smb, listener, volumes });
  return late.server;
}

function eventOf({ status, ...record }: RequestRecord): RequestEvent {
  return { ...record, status: statusName(status) };
}

const MAX_SHARE_NAME_UNITS = 80;

/** The shares, each on its volume; a file system under several names has one volume. */
function sharesOf(what: Served, options: ServeOptions): Share[] {
  const named = isFileSystem(what) ? sharesOfOne(what, options) : what;
  const of = new Map(Object.entries(options.shares ?? {}));
  const volumes = new Map<FileSystem, Volume>();
  const names = new Set<string>();
  const shares = Object.entries(named).map(([name, fileSystem]): Share => {
    checkShareName(name, names);
    const { isReadOnly = false, followsSymlinks, clock = machineClock } = options;
    const volumeOptions = { isReadOnly, followsSymlinks, clock };
    const volume = volumes.get(fileSystem) ?? new Volume(fileSystem, volumeOptions);
    volumes.set(fileSystem, volume);
    const { comment = "", ...how } = of.get(name) ?? {};
    of.delete(name);
    return { name, comment, type: STYPE_DISKTREE, volume, view: view(how) };
  });
  for (const name of of.keys()) {
    throw new Error(
      `the options speak of a share "${name}", which is not served: correct its name`,
    );
  }
  if (shares.length === 0) throw new Error("there is nothing to serve: name at least one share");
  return shares;
}

/** The names that lead to the only file system. */
function sharesOfOne(
  what: FileSystem,
  { share, shares }: ServeOptions,
): Record<string, FileSystem> {
  if (shares === undefined) return { [share ?? "share"]: what };
  if (share !== undefined) throw new Error("there is share and shares: name all in shares");
  return Object.fromEntries(Object.keys(shares).map((name) => [name, what]));
}

function view({ isReadOnly = false, hidesUnreadable = false }: ShareOptions): View {
  return viewOf({ isReadOnly, hidesUnreadable });
}

function isFileSystem(what: Served): what is FileSystem {
  return typeof (what as FileSystem).open === "function";
}

function checkShareName(name: string, taken: Set<string>): void {
  const folded = foldName(name);
  if (!isLegalName(name, MAX_SHARE_NAME_UNITS) || name.includes("\\")) {
    throw new Error(`"${name}" cannot be the name of a share: use letters, digits, - and _`);
  }
  if (folded === "IPC$") throw new Error("IPC$ is the server's own share: choose another name");
  if (taken.has(folded)) throw new Error(`two shares are called "${name}": choose another name`);
  taken.add(folded);
}

const DIALECTS: Readonly<Record<DialectName, SmbConfig["minDialect"]>> = {
  "2.0.2": 0x0202,
  "2.1": 0x0210,
  "3.0": 0x0300,
  "3.0.2": 0x0302,
  "3.1.1": 0x0311,
};

const MAX_SERVER_NAME_UNITS = 15;

/** What the compiler sees to, for those who have none. */
function checkOptions({ signing, encryption, ...options }: ServeOptions): void {
  checkWord("signing", signing, ["required", "enabled"]);
  checkWord("encryption", encryption, ["required", "enabled", "off"]);
  checkWord("minDialect", options.minDialect, Object.keys(DIALECTS));
  checkWord("maxDialect", options.maxDialect, Object.keys(DIALECTS));
  for (const { name, password } of options.users ?? []) {
    if (!name) throw new Error("a user has no name: say who may log on");
    if (!password) throw new Error(`the user ${name} has no password: nobody logs on without one`);
  }
}

function checkWord(option: string, word: string | undefined, words: readonly string[]): void {
  if (word === undefined || words.includes(word)) return;
  throw new Error(`${option} is one of ${words.join(", ")}, not "${word}"`);
}

function configOf(options: ServeOptions): SmbConfig {
  const { minDialect = "2.0.2", maxDialect = "3.1.1", users = [] } = options;
  checkOptions({ ...options, minDialect, maxDialect, users });
  if (DIALECTS[minDialect] > DIALECTS[maxDialect]) {
    throw new Error(`the lowest dialect, ${minDialect}, is above the highest, ${maxDialect}`);
  }
  if (options.encryption === "required" && DIALECTS[maxDialect] < DIALECTS["3.0"]) {
    throw new Error(
      `encryption needs dialect 3.0 or later: allow it, or do not require encryption`,
    );
  }
  const name = options.serverName ?? hostname().split(".")[0] ?? "";
  return {
    serverGuid: randomBytes(16),
    serverName: (name === "" ? "ANYMOUNT" : name).slice(0, MAX_SERVER_NAME_UNITS).toUpperCase(),
    accounts: new Accounts(users, { allowGuest: options.isGuestAllowed ?? false }),
    isSigningRequired: (options.signing ?? "required") === "required",
    encryption: options.encryption ?? "enabled",
    minDialect: DIALECTS[minDialect],
    maxDialect: DIALECTS[maxDialect],
    clock: options.clock ?? machineClock,
  };
}

/** The real time, and real chance. */
const machineClock: Clock = { ...systemClock, random: (length) => randomBytes(length) };
