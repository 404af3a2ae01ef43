import type { Awaitable } from "../../fs/index.js";
import type { Clock } from "./clock.js";

/** What becomes known of the connection. */
export type SftpEvent =
  | { readonly kind: "connecting"; readonly host: string; readonly attempt: number }
  | { readonly kind: "connected"; readonly host: string }
  /** Requests wait meanwhile. */
  | { readonly kind: "lost"; readonly host: string; readonly reason: string }
  | {
      readonly kind: "waiting";
      readonly host: string;
      readonly reason: string;
      readonly delayMs: number;
    }
  /** What waited was refused; what is asked next tries again. */
  | { readonly kind: "gave-up"; readonly host: string; readonly reason: string }
  /** A key was written to the file of known hosts. */
  | {
      readonly kind: "host-key-added";
      readonly host: string;
      readonly fingerprint: string;
      readonly file: string;
    }
  /** Bytes that a program had written were not taken by the server, and no call was left to tell it. */
  | {
      readonly kind: "write-failed";
      readonly host: string;
      readonly path: string;
      readonly reason: string;
    };

/** A server, a directory on it, and how it is reached. */
export interface SftpOptions {
  /** A name or an address; an alias of `~/.ssh/config` too. */
  readonly host: string;
  /** Left out: what `~/.ssh/config` says, else 22. */
  readonly port?: number | undefined;
  /** Left out: what `~/.ssh/config` says, else the name of the user who runs the process. */
  readonly user?: string | undefined;
  /** Absolute, or from the user's home directory. Left out: that itself. */
  readonly path?: string | undefined;

  /** Private keys to be tried. Left out: those of `~/.ssh/config`, else `id_ed25519`, `id_ecdsa` and `id_rsa` there. */
  readonly identityFiles?: readonly string[] | undefined;
  /** What encrypted keys are opened with, or who is asked for it. */
  readonly passphrase?:
    | string
    | ((identityFile: string) => Awaitable<string | undefined>)
    | undefined;
  /** Tried last; or who is asked for it. */
  readonly password?: string | (() => Awaitable<string | undefined>) | undefined;
  /** The socket of an `ssh-agent`; `none` asks none. Left out: `SSH_AUTH_SOCK`. */
  readonly agent?: string | undefined;

  /** Left out: those of OpenSSH. Only the first is written to. */
  readonly knownHostsFiles?: readonly string[] | undefined;
  /** Take the key of a host of which nothing is known, and write it down. A changed key is refused always. */
  readonly acceptNewHostKey?: boolean | undefined;
  /** Left out: `~/.ssh/config`; `none` reads none. */
  readonly configFile?: string | undefined;

  /**
   * Answer writes before the server has confirmed them. What fails then is told by the next write, flush or
   * close of the file. Left out: a write is answered when the server has it.
   */
  readonly writeBack?: boolean | undefined;
  /** Fetch further than was read where a file is read in order. Left out: yes. */
  readonly readAhead?: boolean | undefined;
  /** How long attributes, listings and names are told again without asking, in ms. Left out: 1000. */
  readonly cacheTimeoutMs?: number | undefined;
  /** How long a request waits for a lost connection to come back, in ms. Left out: 45,000. */
  readonly reconnectTimeoutMs?: number | undefined;

  /** At most 32 UTF-16 units. Left out: none. */
  readonly label?: string | undefined;
  /** What programs are told that the file system is; some insist on NTFS. Left out: SFTP. At most 15 UTF-16 units. */
  readonly fileSystemName?: string | undefined;

  /** Hears of the connection. */
  readonly onEvent?: ((event: SftpEvent) => void) | undefined;
  /** Time, for tests. Left out: the system's. */
  readonly clock?: Clock | undefined;
  /** Where `.ssh` is looked for. Left out: the home directory of the user. */
  readonly home?: string | undefined;
}
