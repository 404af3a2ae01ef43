/**
 * The interface that tells of a computer as its users see it. [MS-WKST]
 *
 * @packageDocumentation
 */
import {
  type InfoLayout,
  type InfoLevels,
  type InfoResponse,
  writeInfoResponse,
} from "./info-union.js";
import type { NdrReader } from "./ndr-reader.js";
import { dword, type RecordValues, record, text } from "./ndr-record.js";
import type { NdrWriter } from "./ndr-writer.js";
import type { SyntaxId } from "./syntax-id.js";

/** [MS-WKST] 1.9 */
export const WKSSVC: SyntaxId = {
  uuid: "6bffd098-a112-3610-9833-46c3f87e345a",
  majorVersion: 1,
  minorVersion: 0,
};

/** [MS-WKST] 3.2.4 */
export const WkssvcOpnum = { NETR_WKSTA_GET_INFO: 0 } as const;

const wkstaInfo100 = {
  platformId: dword,
  computername: text,
  langroup: text,
  verMajor: dword,
  verMinor: dword,
} as const;
const wkstaInfo101 = { ...wkstaInfo100, lanroot: text } as const;
const wkstaInfo102 = { ...wkstaInfo101, loggedOnUsers: dword } as const;

/** All that the levels tell of a computer. [MS-WKST] 2.2.5.1 to 2.2.5.3 */
export type WkstaInfo = Readonly<RecordValues<typeof wkstaInfo102>>;

/** The levels of NetrWkstaGetInfo. [MS-WKST] 2.2.4.1 */
export const wkstaInfoLevels: InfoLevels<WkstaInfo> = new Map<number, InfoLayout<WkstaInfo>>([
  [100, record(wkstaInfo100)],
  [101, record(wkstaInfo101)],
  [102, record(wkstaInfo102)],
]);

/** [MS-WKST] 2.2.4.1 */
const otherWkstaLevels: ReadonlySet<number> = new Set([502, 1013, 1018, 1046]);

/**
 * Reads the parameters of NetrWkstaGetInfo: a level. [MS-WKST] 3.2.4.1
 *
 * @throws WireError when they are not of the interface
 */
export function readNetrWkstaGetInfoRequest(reader: NdrReader): number {
  reader.pointer(() => reader.string()); // ServerName
  return reader.u32();
}

/** Writes the answer to NetrWkstaGetInfo. [MS-WKST] 3.2.4.1 */
export function writeNetrWkstaGetInfoResponse(
  writer: NdrWriter,
  response: InfoResponse<WkstaInfo>,
): void {
  writeInfoResponse(writer, { levels: wkstaInfoLevels, otherLevels: otherWkstaLevels }, response);
}
