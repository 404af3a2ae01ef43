import type { Oplock, Volume } from "../kernel/index.js";
import type { NtStatus } from "../nt/index.js";
import { foldName } from "../nt/index.js";
import { AccountDirectory } from "./auth/index.js";
import { BufferPool } from "./buffer-pool.js";
import type { Call } from "./call.js";
import { commands } from "./commands/index.js";
import type { RequestRecord, SmbConfig, SmbObserver } from "./config.js";
import { Connection } from "./connection.js";
import { CLOSE_GRACE_MS, MAX_CONNECTIONS } from "./limits.js";
import type { PipeHost } from "./pipes/index.js";
import { Session } from "./session.js";
import { IPC_SHARE, type Share } from "./share.js";
import { SlabPool } from "./slab.js";
import { type OpenTarget, type SmbOpen, shownPath } from "./smb-open.js";
import type { Transport } from "./transport.js";
import type { TreeConnect } from "./tree-connect.js";

/** How full the server's tables are; all 0 when the clients are gone. */
export interface TableSizes {
  readonly connections: number;
  readonly sessions: number;
  readonly opens: number;
  readonly pendingRequests: number;
}

/** Something that a client has open. */
export interface OpenFile {
  readonly share: string;
  /** From the root, `\` between names and none before the first; empty for the root. */
  readonly path: string;
  readonly userName: string;
  readonly clientAddress: string;
  readonly sessionId: number;
}

/** The server, whatever carries its connections. [MS-SMB2] 3.3.1.5 */
export class SmbServer implements PipeHost {
  readonly config: SmbConfig;
  readonly observer: SmbObserver;
  readonly pool = new BufferPool();
  readonly directory: AccountDirectory;
  readonly slabs = new SlabPool();
  readonly #shares: ReadonlyMap<string, Share>;
  readonly #connections = new Set<Connection>();
  readonly #sessions = new Map<number, Session>();
  /** The connections of each client, in the order in which they came. [MS-SMB2] 3.3.1.5 */
  readonly #clients = new Map<string, Set<Connection>>();
  /** Sessions that are closing: their files are not all closed yet. */
  readonly #closing = new Set<Promise<void>>();
  #nextSessionId: number;
  #nextFileId = 1;

  constructor(config: SmbConfig, shares: readonly Share[], observer: SmbObserver) {
    this.config = config;
    this.observer = observer;
    this.directory = new AccountDirectory(config.accounts, config.serverName);
    this.#shares = new Map([...shares, IPC_SHARE].map((share) => [foldName(share.name), share]));
    this.#nextSessionId = firstSessionId(config);
  }

  get serverName(): string {
    return this.config.serverName;
  }

  get serverComment(): string {
    return "anymount";
  }

  /** Where Windows puts a computer that nobody has put anywhere. */
  get workgroup(): string {
    return "WORKGROUP";
  }

  nowMs(): number {
    return this.config.clock.nowMs();
  }

  get tableSizes(): TableSizes {
    const connections = [...this.#connections];
    const sessions = [...this.#sessions.values()];
    return {
      connections: connections.length,
      sessions: sessions.length,
      opens: sessions.reduce((sum, { opens }) => sum + opens.size, 0),
      pendingRequests: connections.reduce((sum, { pendingCount }) => sum + pendingCount, 0),
    };
  }

  /** What clients have open, in the order in which they came. */
  get openFiles(): readonly OpenFile[] {
    return [...this.#sessions.values()].flatMap(({ sessionId, caller, connection, opens }) =>
      [...opens.values()].map(({ treeConnect, target }) => ({
        share: treeConnect.share.name,
        path: shownPath(target),
        userName: caller?.userName ?? "",
        clientAddress: connection.transport.clientAddress,
        sessionId,
      })),
    );
  }

  /** A client has come. @returns undefined when there are too many: hang up */
  connect(transport: Transport): Connection | undefined {
    if (this.#connections.size >= MAX_CONNECTIONS) return undefined;
    const connection = new Connection(this, transport);
    this.#connections.add(connection);
    return connection;
  }

  /** A connection has ended, and everything on it with it. */
  connectionClosed(connection: Connection): void {
    this.#connections.delete(connection);
    this.#forgetConnection(connection);
    for (const session of [...connection.sessions.values()]) void this.closeSession(session);
  }

  /** A connection has told which client it is of. */
  clientKnown(connection: Connection, clientId: string): void {
    const others = this.#clients.get(clientId);
    if (others === undefined) this.#clients.set(clientId, new Set([connection]));
    else others.add(connection);
  }

  #forgetConnection(connection: Connection): void {
    const clientId = connection.negotiated?.clientId;
    if (clientId === undefined) return;
    const connections = this.#clients.get(clientId);
    connections?.delete(connection);
    if (connections?.size === 0) this.#clients.delete(clientId);
  }

  /**
   * A session that a client can be spoken to by, unasked: on the oldest of its connections, as Windows does, and of
   * the user where there is one.
   */
  sessionOfClient(clientId: string, userSid: string): Session | undefined {
    let other: Session | undefined;
    for (const connection of this.#clients.get(clientId) ?? []) {
      for (const session of connection.sessions.values()) {
        if (!session.isValid) continue;
        if (session.caller?.userSid === userSid) return session;
        other ??= session;
      }
    }
    return other;
  }

  /** A client's lease, on whichever volume. */
  findLease(id: string): Oplock | undefined {
    for (const { volume } of this.#shares.values()) {
      const lease = volume?.leases.find(id);
      if (lease !== undefined) return lease;
    }
    return undefined;
  }

  /** Whether a client has a lease of this id already, on another volume than the one it asks for. */
  isLeasedElsewhere(id: string, here: Volume): boolean {
    for (const { volume } of this.#shares.values()) {
      if (volume !== here && volume?.leases.find(id) !== undefined) return true;
    }
    return false;
  }

  findShare(name: string): Share | undefined {
    return this.#shares.get(foldName(name));
  }

  shares(): readonly Share[] {
    return [...this.#shares.values()];
  }

  newSession(connection: Connection): Session {
    const session = new Session(this.#nextSessionId++, connection);
    connection.sessions.set(session.sessionId, session);
    this.#sessions.set(session.sessionId, session);
    return session;
  }

  /** A user was let in. */
  sessionOpened(session: Session): void {
    session.connection.stayOpen();
    this.#tellSession("opened", session);
  }

  /** Ends a session; done when its files are closed. What fails is told, and nothing is left behind. */
  closeSession(session: Session): Promise<void> {
    if (session.isClosed) return Promise.resolve();
    const wasValid = session.isValid;
    session.connection.sessions.delete(session.sessionId);
    this.#sessions.delete(session.sessionId);
    const closing = session.close().catch((error: unknown) => {
      this.observer.error(error);
    });
    this.#closing.add(closing);
    session.connection.cancelAll((call) => call.session === session);
    void closing.finally(() => this.#closing.delete(closing));
    if (wasValid) this.#tellSession("closed", session);
    return closing;
  }

  /** The session that a client had before it lost its connection, if it is its own. [MS-SMB2] 3.3.5.5.3 */
  async closePreviousSession(sessionId: number, userName: string): Promise<void> {
    const previous = this.#sessions.get(sessionId);
    if (previous?.caller?.userName === userName) await this.closeSession(previous);
  }

  addOpen(session: Session, treeConnect: TreeConnect, target: OpenTarget): SmbOpen {
    return session.addOpen(this.#nextFileId++, treeConnect, target);
  }

  /** Leaves the record of a request, where somebody wants it. */
  record(call: Call, status: NtStatus): void {
    const tell = this.observer.request;
    if (tell === undefined) return;
    const { header, session, connection, treeConnect, open } = call;
    const current = open && shownPath(open.target);
    const path = call.path ?? current;
    const record: RequestRecord = {
      command: commands[header.command]?.name ?? String(header.command),
      messageId: header.messageId,
      sessionId: session?.sessionId ?? header.sessionId,
      treeId: header.treeId,
      userName: session?.caller?.userName ?? "",
      clientAddress: connection.transport.clientAddress,
      status,
      durationMs: this.config.clock.nowMs() - call.startedMs,
      detail: call.detail,
      share: treeConnect?.share.name,
      path,
      newPath: current === path ? undefined : current,
    };
    tell.call(this.observer, record);
  }

  /** Ends every session and connection; done when all files are closed, or the time for it is up. */
  async close(): Promise<void> {
    for (const connection of [...this.#connections]) connection.close();
    let stopTimer: () => void = () => undefined;
    const timeUp = new Promise<void>((resolve) => {
      stopTimer = this.config.clock.after(CLOSE_GRACE_MS, resolve);
    });
    await Promise.race([this.#allClosed(), timeUp]);
    stopTimer();
  }

  async #allClosed(): Promise<void> {
    while (this.#closing.size > 0) await Promise.all(this.#closing);
  }

  #tellSession(type: "opened" | "closed", session: Session): void {
    const { sessionId, caller, connection } = session;
    const { clientAddress } = connection.transport;
    this.observer.session({ type, sessionId, userName: caller?.userName ?? "", clientAddress });
  }
}

/** Not 0, and not the same at every start, so that a client's old session is not taken for a new one. */
function firstSessionId({ clock }: SmbConfig): number {
  const random = new DataView(clock.random(4).slice().buffer);
  return 1 + (random.getUint32(0) >>> 2); // below 2^32 for long: some clients keep half of it
}
