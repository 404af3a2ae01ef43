import type { PrivilegeSet, Sid } from "../nt/index.js";

/** Who asks. Passed to every operation of a file system. */
export interface Caller {
  /** The name the user gave, as the server knows it; empty for an anonymous caller. */
  readonly userName: string;
  readonly userSid: Sid;
  /** Every group of the user, the well-known ones included. */
  readonly groupSids: readonly Sid[];
  /** What the caller may do whatever a descriptor says; left out: what every user may. */
  readonly privileges?: PrivilegeSet | undefined;
  /** A number for the session that the call came by; 0 where there is none. */
  readonly sessionId: number;
  /** Where the client is, `address:port`; empty for a call of the process itself. */
  readonly clientAddress: string;
}
