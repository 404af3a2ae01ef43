import type { LeaseHolder, Oplock, OplockBreak } from "../kernel/index.js";
import {
  Command,
  LeaseBreakNotification,
  NotificationHeader,
  SMB2_FLAGS_SERVER_TO_REDIR,
  SMB2_NOTIFY_BREAK_LEASE_FLAG_ACK_REQUIRED,
} from "../wire/smb2/index.js";
import type { SmbServer } from "./server.js";
import type { Session } from "./session.js";

const EPOCH_MASK = 0xffff;

/** What a client's lease is made of. */
export interface ClientLeaseParts {
  readonly server: SmbServer;
  readonly clientId: string;
  /** The user's session, as the lease was made. */
  readonly session: Session;
  readonly leaseKey: Uint8Array;
  readonly version: 1 | 2;
  /** As the client has it; version 2. */
  readonly epoch: number;
}

/** The id of a lease: of one client, whichever of its connections it speaks by. [MS-SMB2] 3.3.1.11 */
export function leaseId(clientId: string, leaseKey: Uint8Array): string {
  return `${clientId}:${Buffer.from(leaseKey).toString("hex")}`;
}

/** A lease as its client knows it: by key, version and epoch. [MS-SMB2] 3.3.1.12 */
export class ClientLease implements LeaseHolder {
  readonly id: string;
  readonly leaseKey: Uint8Array;
  /** That of the request that made it, and of all answers and breaks. */
  readonly version: 1 | 2;
  readonly #server: SmbServer;
  readonly #clientId: string;
  readonly #userSid: string;
  readonly #firstEpoch: number;

  constructor({ server, clientId, session, leaseKey, version, epoch }: ClientLeaseParts) {
    this.id = leaseId(clientId, leaseKey);
    this.leaseKey = Uint8Array.from(leaseKey);
    this.version = version;
    this.#server = server;
    this.#clientId = clientId;
    this.#userSid = session.caller?.userSid ?? "";
    this.#firstEpoch = epoch + 1;
  }

  /** Rises with each change of state, so that the client can tell which of two messages is the later. */
  epochOf({ changeCount }: Pick<Oplock, "changeCount">): number {
    return this.version === 1 ? 0 : (this.#firstEpoch + changeCount) & EPOCH_MASK;
  }

  /**
   * Tells the client what it may still keep; never signed, and for no session. Where it is not connected
   * any more its opens are closing, and the lease with them. [MS-SMB2] 3.3.4.7
   */
  tell(told: OplockBreak): void {
    const session = this.#server.sessionOfClient(this.#clientId, this.#userSid);
    if (session === undefined) return;
    const size = NotificationHeader.size + LeaseBreakNotification.size;
    session.connection.notify(session, size, (bytes, at) => {
      const header = NotificationHeader.blank(bytes, at);
      header.command = Command.OPLOCK_BREAK;
      header.flags = SMB2_FLAGS_SERVER_TO_REDIR;
      const body = LeaseBreakNotification.blank(bytes, at + NotificationHeader.size);
      body.newEpoch = this.epochOf(told);
      body.flags = told.needsAcknowledgment ? SMB2_NOTIFY_BREAK_LEASE_FLAG_ACK_REQUIRED : 0;
      body.leaseKey = this.leaseKey;
      body.currentLeaseState = told.from;
      body.newLeaseState = told.to;
    });
  }
}
