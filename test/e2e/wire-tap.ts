import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { viewOf } from "../../src/bytes/index.js";
import { BufferPool } from "../../src/smb/buffer-pool.js";
import { FrameReader } from "../../src/smb/frame-reader.js";
import { MAX_MESSAGE_SIZE } from "../../src/smb/limits.js";
import {
  Command,
  NegotiateContextType,
  NegotiateResponse,
  readEncryptionCapabilities,
  readNegotiateContexts,
  readSigningCapabilities,
  SMB2_FLAGS_SIGNED,
  SMB2_PROTOCOL_ID,
  SyncHeader,
} from "../../src/wire/smb2/index.js";

/** Messages behind the logon, by how they were protected. */
export interface Traffic {
  plain: number;
  signed: number;
  sealed: number;
}

/** What the server's last NEGOTIATE answer said. */
export interface Agreed {
  readonly dialect: number;
  /** Undefined where no context said it. [MS-SMB2] 2.2.4.1.2 */
  readonly cipher: number | undefined;
  /** Undefined where no context said it. [MS-SMB2] 2.2.4.1.7 */
  readonly signingAlgorithm: number | undefined;
}

/** A relay between clients and a server, which sees for itself what was agreed and how it is kept. */
export class WireTap {
  readonly requests: Traffic = { plain: 0, signed: 0, sealed: 0 };
  readonly answers: Traffic = { plain: 0, signed: 0, sealed: 0 };
  agreed: Agreed | undefined;
  readonly #net: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(serverPort: number) {
    this.#net = createServer({ noDelay: true }, (client) => {
      const server = connect({ port: serverPort, host: "127.0.0.1", noDelay: true });
      this.#relay(client, server, this.requests);
      this.#relay(server, client, this.answers);
    });
  }

  /** A tap on a free port, in front of a server of this machine. */
  static async before(serverPort: number): Promise<WireTap> {
    const tap = new WireTap(serverPort);
    tap.#net.listen(0, "127.0.0.1");
    await once(tap.#net, "listening");
    return tap;
  }

  get port(): number {
    return (this.#net.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#net.close();
    await once(this.#net, "close");
  }

  #relay(from: Socket, to: Socket, traffic: Traffic): void {
    this.#sockets.add(from);
    const reader = new FrameReader(new BufferPool(), (message) => {
      this.#look(viewOf(message), traffic);
      return undefined;
    });
    reader.maxMessageSize = MAX_MESSAGE_SIZE;
    from.on("data", (chunk: Buffer) => {
      reader.push(chunk);
    });
    from.pipe(to);
    from.on("error", () => to.destroy());
    from.on("close", () => this.#sockets.delete(from));
  }

  #look(message: DataView, traffic: Traffic): void {
    if (message.getUint32(0, true) !== SMB2_PROTOCOL_ID) {
      traffic.sealed++;
      return;
    }
    const { command, flags } = SyncHeader.read(message, 0);
    if (command === Command.NEGOTIATE && traffic === this.answers) this.agreed = agreedIn(message);
    if (command === Command.NEGOTIATE || command === Command.SESSION_SETUP) return;
    if ((flags & SMB2_FLAGS_SIGNED) !== 0) traffic.signed++;
    else traffic.plain++;
  }
}

function agreedIn(message: DataView): Agreed | undefined {
  if (SyncHeader.read(message, 0).status !== 0) return undefined;
  const answer = NegotiateResponse.read(message, SyncHeader.size);
  const { dialectRevision, negotiateContextOffset, negotiateContextCount } = answer;
  const contexts =
    negotiateContextOffset === 0
      ? []
      : readNegotiateContexts(message, negotiateContextOffset, negotiateContextCount);
  const find = (type: number) => contexts.find((context) => context.type === type)?.data;
  const encryption = find(NegotiateContextType.ENCRYPTION_CAPABILITIES);
  const signing = find(NegotiateContextType.SIGNING_CAPABILITIES);
  return {
    dialect: dialectRevision,
    cipher: encryption && readEncryptionCapabilities(encryption)[0],
    signingAlgorithm: signing && readSigningCapabilities(signing)[0],
  };
}
