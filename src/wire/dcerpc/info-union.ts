/**
 * What the "get info" operations have in common: the level chooses one of many structures, all of
 * them behind a pointer. [MS-SRVS] 2.2.3, [MS-WKST] 2.2.4
 *
 * @packageDocumentation
 */

import type { NdrReader } from "./ndr-reader.js";
import type { NdrWriter } from "./ndr-writer.js";
import type { NetApiStatus } from "./net-api-status.js";

/** The structure of one level: takes from `Info` what it has a place for. */
export interface InfoLayout<Info> {
  write(writer: NdrWriter, info: Info): void;
  read(reader: NdrReader): Partial<Info>;
}

/** The structures that are known here, by level. */
export type InfoLevels<Info> = ReadonlyMap<number, InfoLayout<Info>>;

/** The answer of a "get info" operation. */
export interface InfoResponse<Info> {
  readonly level: number;
  /** Undefined where `status` is an error. */
  readonly info: Info | undefined;
  readonly status: NetApiStatus;
}

/**
 * Writes the answer of a "get info" operation.
 *
 * @param tables - `levels` are known here. `otherLevels` are in the interface only: there a client
 *   expects a pointer, which it does not for a level that is in neither
 */
export function writeInfoResponse<Info>(
  writer: NdrWriter,
  { levels, otherLevels }: { levels: InfoLevels<Info>; otherLevels: ReadonlySet<number> },
  { level, info, status }: InfoResponse<Info>,
): void {
  const layout = levels.get(level);
  writer.u32(level);
  if (layout !== undefined && info !== undefined) {
    writer.pointer(() => {
      layout.write(writer, info);
    });
  } else if (layout !== undefined || otherLevels.has(level)) {
    writer.nullPointer();
  }
  writer.u32(status);
}
