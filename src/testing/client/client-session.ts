import type { ClientConnection, RequestContext } from "./client-connection.js";
import { ClientTree } from "./client-tree.js";
import type { Reply } from "./request.js";
import { echoRequest, logoffRequest, treeConnectRequest } from "./session-requests.js";

/** A user who has logged on. */
export class ClientSession {
  readonly sessionId: number;
  /** SMB2_SESSION_FLAG_..., as the server set them. */
  readonly sessionFlags: number;
  readonly context: RequestContext;
  readonly #connection: ClientConnection;

  /** Made by `SmbClient.logOn`. */
  constructor(connection: ClientConnection, context: RequestContext, sessionFlags: number) {
    this.#connection = connection;
    this.context = context;
    this.sessionId = context.sessionId;
    this.sessionFlags = sessionFlags;
  }

  /** @param share - its name, or a whole path `\\server\share` */
  async treeConnect(share: string): Promise<Reply<ClientTree>> {
    const path = share.startsWith("\\\\") ? share : `\\\\server\\${share}`;
    const call = this.#connection.start(treeConnectRequest(path), this.context);
    const { status, value } = await call.answer;
    if (value === undefined) return { status, value };
    const context = { ...this.context, treeId: value.treeId };
    return { status, value: new ClientTree(this.#connection, context, value) };
  }

  echo(): Promise<Reply<true>> {
    return this.#connection.start(echoRequest, this.context).answer;
  }

  async logoff(): Promise<Reply<true>> {
    const reply = await this.#connection.start(logoffRequest, this.context).answer;
    this.#connection.removeProtection(this.sessionId);
    return reply;
  }
}
