/**
 * User-mode file systems, served so that every system mounts them with what it has.
 *
 * @packageDocumentation
 */
export { MemoryFileSystem, type MemoryOptions, memory } from "./filesystems/memory/index.js";
export type * from "./fs/index.js";
export { ChangeAction, DEFAULT_VOLUME_PARAMS } from "./fs/index.js";
export { NtError, NtStatus, statusName } from "./nt/index.js";
export {
  type DialectName,
  type RequestEvent,
  type Served,
  type ServeOptions,
  Server,
  type ServerEvents,
  type SharedFolder,
  serve,
  type User,
} from "./serve.js";
