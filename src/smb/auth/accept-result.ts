import type { NtStatus } from "../../nt/index.js";
import type { NtlmSigning } from "./ntlm-signing.js";

/** Who an authentication found. */
export interface Identity {
  /** A guest is somebody not known; nobody asked who an anonymous user is. */
  readonly kind: "user" | "guest" | "anonymous";
  /** A user's as its account has it, a guest's as it was sent, none of an anonymous user. */
  readonly userName: string;
  /** As the client sent it. */
  readonly domainName: string;
  /** As the client sent it. */
  readonly workstation: string;
}

/** One more message from the client is needed. */
export interface AcceptContinues {
  readonly done: false;
  /** What to answer. */
  readonly token: Uint8Array;
}

/** The authentication succeeded. */
export interface AcceptCompleted {
  readonly done: true;
  /** What to answer, where there is something. */
  readonly token?: Uint8Array | undefined;
  readonly identity: Identity;
  /** 16 bytes; zeros for a guest, whose key nobody knows. */
  readonly sessionKey: Uint8Array;
  /** Signatures of both directions; undefined where they were not negotiated, and for a guest. */
  readonly signing?: { readonly client: NtlmSigning; readonly server: NtlmSigning } | undefined;
}

/** The authentication failed. */
export interface AcceptRefused {
  readonly refused: NtStatus;
}

/** What a message of the client led to; `"refused" in result` tells failure from the rest. */
export type AcceptResult = AcceptContinues | AcceptCompleted | AcceptRefused;

/** The server's side of one authentication. */
export interface Acceptor {
  /**
   * Takes the next message of the client. No bytes make it throw.
   *
   * @param token - may be changed after the call
   */
  accept(token: Uint8Array): AcceptResult;
}
