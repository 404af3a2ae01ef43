import type { Sealer, Signer } from "../crypto/index.js";
import type { Awaitable, Caller } from "../fs/index.js";
import type { SpnegoAcceptor } from "./auth/index.js";
import type { Connection } from "./connection.js";
import { MAX_OPENS_PER_SESSION, MAX_TREE_CONNECTS_PER_SESSION } from "./limits.js";
import type { Share } from "./share.js";
import { type OpenTarget, SmbOpen } from "./smb-open.js";
import { TreeConnect } from "./tree-connect.js";

/** What a session protects its messages with; made once, when the user is known. */
export interface SessionKeys {
  readonly signer: Signer;
  /** Decrypts what the client sends; undefined where no cipher was agreed. */
  readonly opener: Sealer | undefined;
  /** Encrypts what the server sends. */
  readonly sealer: Sealer | undefined;
}

/** A user on a connection. [MS-SMB2] 3.3.1.8 */
export class Session {
  readonly sessionId: number;
  readonly connection: Connection;
  readonly treeConnects = new Map<number, TreeConnect>();
  readonly opens = new Map<number, SmbOpen>();
  /** Set once the user is known, and again when it is asked for anew. */
  caller: Caller | undefined;
  kind: "user" | "guest" | "anonymous" = "user";
  keys: SessionKeys | undefined;
  /** A request in clear is refused. */
  isEncrypted = false;
  isSigningRequired = false;
  /** The client encrypts, asked or not: what comes to it unasked is encrypted, too. */
  hasSpokenEncrypted = false;
  /** The authentication under way; undefined when there is none. */
  acceptor: SpnegoAcceptor | undefined;
  /** Over the messages that set the session up, 3.1.1. [MS-SMB2] 3.3.1.8 */
  preauthHash: Uint8Array = new Uint8Array();
  isClosed = false;
  #nextTreeId = 1;
  #nonce = 0;

  constructor(sessionId: number, connection: Connection) {
    this.sessionId = sessionId;
    this.connection = connection;
  }

  /** The user was let in at least once. */
  get isValid(): boolean {
    return this.caller !== undefined && !this.isClosed;
  }

  /** A number that no other message of this session is encrypted under. */
  nextNonce(): number {
    return ++this.#nonce;
  }

  /** @returns undefined when the session has too many */
  addTreeConnect(share: Share): TreeConnect | undefined {
    if (this.treeConnects.size >= MAX_TREE_CONNECTS_PER_SESSION) return undefined;
    const treeConnect = new TreeConnect(this.#nextTreeId++, share);
    this.treeConnects.set(treeConnect.treeId, treeConnect);
    return treeConnect;
  }

  /** Whether one more open would be too many. */
  get hasTooManyOpens(): boolean {
    return this.opens.size >= MAX_OPENS_PER_SESSION;
  }

  addOpen(fileId: number, treeConnect: TreeConnect, target: OpenTarget): SmbOpen {
    const open = new SmbOpen(fileId, treeConnect, target);
    this.opens.set(fileId, open);
    return open;
  }

  closeOpen(open: SmbOpen): Awaitable<void> {
    if (this.opens.delete(open.fileId)) return open.close();
  }

  /** Ends a tree connect and all opens on it. */
  async disconnectTree(treeConnect: TreeConnect): Promise<void> {
    this.treeConnects.delete(treeConnect.treeId);
    const opens = [...this.opens.values()].filter((open) => open.treeConnect === treeConnect);
    await this.#closeAll(opens);
  }

  /** Ends the session and everything in it. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.treeConnects.clear();
    const opens = [...this.opens.values()];
    await this.#closeAll(opens);
  }

  /** Done when all are closed, those behind one that fails too. @throws what the first failed with */
  async #closeAll(opens: readonly SmbOpen[]): Promise<void> {
    const close = async (open: SmbOpen) => {
      await this.closeOpen(open);
    };
    const closed = await Promise.allSettled(opens.map(close));
    for (const one of closed) if (one.status === "rejected") throw one.reason;
  }
}
