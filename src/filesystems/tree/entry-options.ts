import {
  FILE_ATTRIBUTE_HIDDEN,
  FILE_ATTRIBUTE_NOT_CONTENT_INDEXED,
  FILE_ATTRIBUTE_OFFLINE,
  FILE_ATTRIBUTE_READONLY,
  FILE_ATTRIBUTE_SYSTEM,
  ticksOfMs,
} from "../../nt/index.js";

/** A point in time, as a Date or in ms since 1970. */
export type Time = Date | number;

/** What can be said of any entry: its times and attributes. */
export interface EntryOptions {
  /** When the server was started, unless told. */
  readonly created?: Time | undefined;
  /** When the content was made or written last, unless told; when the server was started before that. */
  readonly modified?: Time | undefined;
  /** The same as `modified`, unless told. */
  readonly accessed?: Time | undefined;
  readonly isHidden?: boolean | undefined;
  readonly isSystem?: boolean | undefined;
  /** Only the attribute: what can be written is decided by `write`. */
  readonly isReadOnly?: boolean | undefined;
  /** Takes long to get: programs that look at everything leave it alone. */
  readonly isOffline?: boolean | undefined;
  /** Not for search indexes. */
  readonly isNotIndexed?: boolean | undefined;
}

/** FILETIME ticks; undefined where nothing was told. */
export function ticksOf(time: Time | undefined): bigint | undefined {
  return time === undefined ? undefined : ticksOfMs(Number(time));
}

/** @throws Error where a time is none */
export function checkTimes({ created, modified, accessed }: EntryOptions): void {
  for (const time of [created, modified, accessed]) {
    if (time !== undefined && !Number.isFinite(Number(time))) {
      throw new Error(`${String(time)} is no time: give a Date, or ms since 1970`);
    }
  }
}

/** [MS-FSCC] 2.6 */
export function attributesOf(options: EntryOptions): number {
  let attributes = 0;
  if (options.isReadOnly === true) attributes |= FILE_ATTRIBUTE_READONLY;
  if (options.isHidden === true) attributes |= FILE_ATTRIBUTE_HIDDEN;
  if (options.isSystem === true) attributes |= FILE_ATTRIBUTE_SYSTEM;
  if (options.isOffline === true) attributes |= FILE_ATTRIBUTE_OFFLINE;
  if (options.isNotIndexed === true) attributes |= FILE_ATTRIBUTE_NOT_CONTENT_INDEXED;
  return attributes;
}
