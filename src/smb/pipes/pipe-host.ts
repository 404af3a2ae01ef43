import type { AccountDirectory } from "../auth/index.js";

/** The server, as far as its named pipes tell of it. */
export interface PipeHost {
  /** Without backslashes. */
  readonly serverName: string;
  readonly serverComment: string;
  readonly workgroup: string;
  /** Names for SIDs, and SIDs for names. */
  readonly directory: AccountDirectory;
  /** Every share, IPC$ among them, in an order that stays. */
  shares(): readonly PipeShare[];
  /** Milliseconds since 1970. */
  nowMs(): number;
}

/** A share, as lists show it. */
export interface PipeShare {
  readonly name: string;
  readonly comment: string;
  /** An `Stype`. [MS-SRVS] 2.2.2.4 */
  readonly type: number;
  readonly view?: { readonly hidesUnreadable: boolean } | undefined;
}
