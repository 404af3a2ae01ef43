import type { NtStatus } from "../nt/index.js";
import type { Dialect } from "../wire/smb2/index.js";
import type { Accounts } from "./auth/index.js";
import type { Clock } from "./clock.js";

/** What a server was told to be; nothing here changes while it runs. */
export interface SmbConfig {
  readonly serverGuid: Uint8Array;
  /** As clients see it in share lists; at most 15 characters. */
  readonly serverName: string;
  readonly accounts: Accounts;
  /** A request that is not signed is refused, of users that can sign. */
  readonly isSigningRequired: boolean;
  /** `off`: not offered. `enabled`: used when the client asks. `required`: nothing goes in clear. */
  readonly encryption: "required" | "enabled" | "off";
  readonly minDialect: Dialect;
  readonly maxDialect: Dialect;
  readonly clock: Clock;
}

/** What is left of each request: the log, the dashboard and tests read it. */
export interface RequestRecord {
  readonly command: string;
  readonly messageId: number;
  readonly sessionId: number;
  readonly treeId: number;
  readonly userName: string;
  readonly clientAddress: string;
  readonly status: NtStatus;
  /** From the message being there to the answer being queued. */
  readonly durationMs: number;
  /** What it was about: a path, a share; undefined where there is nothing to say. */
  readonly detail: string | undefined;
  /** The share that it came by; undefined where there is none yet. */
  readonly share: string | undefined;
  /**
   * The file: as asked for by a CREATE, else as it was called before the request. From the root, `\` between names, empty for
   * the root; undefined where it was about none.
   */
  readonly path: string | undefined;
  /** What a rename has made of it. */
  readonly newPath: string | undefined;
}

/** Who wants to hear what the server does. */
export interface SmbObserver {
  /** A user was let in, or has left. */
  session(event: SessionEvent): void;
  /** A request was answered. Absent: no record is made. */
  request?: ((record: RequestRecord) => void) | undefined;
  /** A bug, or a connection that failed. The server goes on. */
  error(error: unknown): void;
}

/** Somebody was let in, or has left. */
export interface SessionEvent {
  readonly type: "opened" | "closed";
  readonly sessionId: number;
  readonly userName: string;
  readonly clientAddress: string;
}
