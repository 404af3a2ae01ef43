import { fromFuse } from "../../adapters/fuse/index.js";
import type { FileSystem } from "../../fs/index.js";
import { NO_ID } from "../../nt/index.js";
import { DEFAULT_CACHE_TIMEOUT_MS } from "./limits.js";
import type { SftpOptions } from "./options.js";
import { Session } from "./session.js";
import { SftpOperations } from "./sftp-operations.js";

/** A directory of an SFTP server. */
export type SftpFileSystem = FileSystem & {
  /**
   * Connects now, so that what is wrong is known before it is served. Otherwise it happens at the start.
   *
   * @throws SftpError
   */
  connect(): Promise<void>;
};

/**
 * A directory of an SFTP server as a drive. Needs the npm package `ssh2`.
 *
 * A lost connection is made again; meanwhile requests wait, and are then sent again. Files that are open are
 * opened again, and go on only where they are the same as before.
 *
 * @example
 * ```ts
 * await serve(sftp({ host: "build.example.org", user: "anna", path: "/srv/data" }));
 * ```
 */
export function sftp(options: SftpOptions): SftpFileSystem {
  const session = new Session(options);
  const timeoutMs = options.cacheTimeoutMs ?? DEFAULT_CACHE_TIMEOUT_MS;
  const drive = fromFuse(new SftpOperations(session), {
    // Ids mean something on the server only, and it decides what may be done: here all is whoever serves it.
    uid: NO_ID,
    gid: NO_ID,
    style: "promise",
    timeoutMs: 0, // a request ends when the server answers, or when the connection stays lost
    usesIno: false, // SFTP has no numbers of files
    fileInfoTimeoutMs: timeoutMs,
    label: options.label,
    fileSystemName: options.fileSystemName ?? "SFTP",
  });
  return Object.assign(drive, {
    connect: async () => {
      await session.connect();
    },
  });
}
