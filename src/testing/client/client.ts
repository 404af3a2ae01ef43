import { bytesOf } from "../../bytes/index.js";
import { Dialect, SMB2_GLOBAL_CAP_LARGE_MTU } from "../../wire/smb2/index.js";
import { ClientConnection, type ClientConnectionOptions, NOBODY } from "./client-connection.js";
import type { ClientSession } from "./client-session.js";
import { type ClientTransport, connectTcp, type ServerAddress } from "./client-transport.js";
import { LogOn, type LogOnOptions } from "./log-on.js";
import {
  FIRST_PREAUTH_HASH,
  type Negotiated,
  type NegotiateOptions,
  negotiateRequest,
  nextPreauthHash,
} from "./negotiation.js";
import type { Reply, SmbRequest } from "./request.js";
import { echoRequest } from "./session-requests.js";

/**
 * An SMB client for tests and measurements: every answer is checked, every refusal is a value.
 *
 * @example
 * ```ts
 * const client = await SmbClient.connect({ port: 4450 });
 * must(await client.negotiate());
 * const session = must(await client.logOn({ user: "anna", password: "secret" }));
 * const tree = must(await session.treeConnect("ram"));
 * const file = must(await tree.create({ path: "a.txt" }));
 * ```
 */
export class SmbClient {
  readonly connection: ClientConnection;
  #preauthHash = FIRST_PREAUTH_HASH;
  #negotiated: Negotiated | undefined;

  constructor(transport: ClientTransport, options: ClientConnectionOptions = {}) {
    this.connection = new ClientConnection(transport, options);
  }

  /** Connects over TCP. @throws Node's own error where nobody answers */
  static async connect(
    address: ServerAddress,
    options?: ClientConnectionOptions,
  ): Promise<SmbClient> {
    return new SmbClient(await connectTcp(address), options);
  }

  /** What was agreed on. @throws Error before `negotiate` */
  get negotiated(): Negotiated {
    if (this.#negotiated === undefined) throw new Error("negotiate comes first");
    return this.#negotiated;
  }

  async negotiate(options: NegotiateOptions = {}): Promise<Reply<Negotiated>> {
    const request = negotiateRequest(options);
    const hash = (message: Uint8Array) => {
      this.#preauthHash = nextPreauthHash(this.#preauthHash, message);
    };
    const hashed: typeof request = {
      ...request,
      decode(answer) {
        hash(bytesOf(answer.bytes));
        return request.decode(answer);
      },
    };
    const reply = await this.connection.start(hashed, NOBODY, { onSent: hash }).answer;
    if (reply.value !== undefined) this.#agreeOn(reply.value);
    return reply;
  }

  #agreeOn(negotiated: Negotiated): void {
    this.#negotiated = negotiated;
    this.connection.isMultiCredit =
      negotiated.dialect !== Dialect.SMB_2_0_2 &&
      (negotiated.capabilities & SMB2_GLOBAL_CAP_LARGE_MTU) !== 0;
  }

  /** @throws WireError when the server does not prove that it has the key */
  logOn(options: LogOnOptions): Promise<Reply<ClientSession>> {
    return new LogOn(this.connection, this.negotiated, this.#preauthHash, options).run();
  }

  /** Sends a request on nobody's behalf. */
  send<T>(request: SmbRequest<T>): Promise<Reply<T>> {
    return this.connection.start(request, NOBODY).answer;
  }

  echo(): Promise<Reply<true>> {
    return this.send(echoRequest);
  }

  /** Sends bytes as they are, framing and all. */
  sendRaw(bytes: Uint8Array): void {
    this.connection.sendRaw(bytes);
  }

  /** Ends the connection. */
  close(): void {
    this.connection.close();
  }
}
