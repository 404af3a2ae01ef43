/**
 * Directories of SFTP servers as drives, by the npm package `ssh2`.
 *
 * @packageDocumentation
 */
export type { Clock as SftpClock } from "./clock.js";
export { SftpError, type SftpProblem } from "./errors.js";
export type { SftpEvent, SftpOptions } from "./options.js";
export { type SftpFileSystem, sftp } from "./sftp.js";
export { parseSftpTarget, type SftpTarget } from "./target.js";
