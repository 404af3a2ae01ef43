/**
 * The interface that tells of a server and its shares. [MS-SRVS]
 *
 * @packageDocumentation
 */
import { WireError } from "../../bytes/index.js";
import {
  type InfoLayout,
  type InfoLevels,
  type InfoResponse,
  writeInfoResponse,
} from "./info-union.js";
import type { NdrReader } from "./ndr-reader.js";
import { dword, type RecordValues, record, sizedBytes, text } from "./ndr-record.js";
import { NdrWriter } from "./ndr-writer.js";
import type { NetApiStatus } from "./net-api-status.js";
import type { SyntaxId } from "./syntax-id.js";

/** [MS-SRVS] 1.9 */
export const SRVSVC: SyntaxId = {
  uuid: "4b324fc8-1670-01d3-1278-5a47bf6ee188",
  majorVersion: 3,
  minorVersion: 0,
};

/** [MS-SRVS] 3.1.4 */
export const SrvsvcOpnum = {
  NETR_SHARE_ENUM: 15,
  NETR_SHARE_GET_INFO: 16,
  NETR_SERVER_GET_INFO: 21,
  NETR_REMOTE_TOD: 28,
} as const;

/** [MS-SRVS] 2.2.2.4 */
export const Stype = {
  DISKTREE: 0x0000_0000,
  /** STYPE_IPC and STYPE_SPECIAL: the share of the server's named pipes. */
  SPECIAL_IPC: 0x8000_0003,
} as const;

/** shi2_max_uses of a share that anybody may use at once. [MS-SRVS] 2.2.4.24 */
export const UNLIMITED_USES = 0xffff_ffff;

/** [MS-SRVS] 2.2.4.29 */
export const ShareFlags = {
  CSC_CACHE_MANUAL_REINT: 0x00,
  CSC_CACHE_NONE: 0x30,
  ACCESS_BASED_DIRECTORY_ENUM: 0x800,
} as const;

const shareInfo0 = { netname: text } as const;
const shareInfo1 = { ...shareInfo0, type: dword, remark: text } as const;
const shareInfo2 = {
  ...shareInfo1,
  permissions: dword,
  maxUses: dword,
  currentUses: dword,
  path: text,
  passwd: text,
} as const;
const shareInfo501 = { ...shareInfo1, flags: dword } as const;
const shareInfo502 = { ...shareInfo2, securityDescriptor: sizedBytes } as const;
const shareInfo503 = {
  ...shareInfo2,
  servername: text,
  securityDescriptor: sizedBytes,
} as const;
const shareInfo1004 = { remark: text } as const;
const shareInfo1005 = { flags: dword } as const;
const shareInfo1006 = { maxUses: dword } as const;
const shareInfo1501 = { securityDescriptor: sizedBytes } as const;

/** All that the levels tell of a share. [MS-SRVS] 2.2.4.22 to 2.2.4.31 */
export type ShareInfo = Readonly<RecordValues<typeof shareInfo503 & typeof shareInfo501>>;

type ShareLayout = InfoLayout<ShareInfo>;

/** [MS-SRVS] 2.2.3.5 */
const enumerable: readonly (readonly [number, ShareLayout])[] = [
  [0, record(shareInfo0)],
  [1, record(shareInfo1)],
  [2, record(shareInfo2)],
  [501, record(shareInfo501)],
  [502, record(shareInfo502)],
  [503, record(shareInfo503)],
];

/** The levels of NetrShareEnum. [MS-SRVS] 2.2.3.5 */
export const shareEnumLevels: InfoLevels<ShareInfo> = new Map(enumerable);

/** The levels of NetrShareGetInfo. [MS-SRVS] 2.2.3.6 */
export const shareInfoLevels: InfoLevels<ShareInfo> = new Map<number, ShareLayout>([
  ...enumerable,
  [1004, record(shareInfo1004)],
  [1005, record(shareInfo1005)],
  [1006, record(shareInfo1006)],
  [1501, record(shareInfo1501)],
]);

/** [MS-SRVS] 3.1.4.8 */
export interface NetrShareEnumRequest {
  /** Of a level that is not known, nothing that follows can be read: it is zero and undefined. */
  readonly level: number;
  /** In bytes. */
  readonly preferedMaximumLength: number;
  /** Undefined where the client does not want to go on later. */
  readonly resumeHandle: number | undefined;
}

/** PreferedMaximumLength of a client that wants all at once. [MS-SRVS] 3.1.4.8 */
export const MAX_PREFERRED_LENGTH = 0xffff_ffff;

/**
 * Reads the parameters of NetrShareEnum.
 *
 * @throws WireError when they are not of the interface
 */
export function readNetrShareEnumRequest(reader: NdrReader): NetrShareEnumRequest {
  skipServerName(reader);
  const level = reader.u32();
  if (reader.u32() !== level) throw new WireError("NetrShareEnum: two levels");
  const layout = shareEnumLevels.get(level);
  if (layout === undefined) return { level, preferedMaximumLength: 0, resumeHandle: undefined };

  reader.pointer(() => {
    skipShareContainer(reader, layout);
  });
  const preferedMaximumLength = reader.u32();
  let resumeHandle: number | undefined;
  reader.pointer(() => {
    resumeHandle = reader.u32();
  });
  return { level, preferedMaximumLength, resumeHandle };
}

/** SHARE_INFO_n_CONTAINER: in and out, but nothing in it counts on the way in. [MS-SRVS] 2.2.4.32 */
function skipShareContainer(reader: NdrReader, layout: ShareLayout): void {
  reader.structure(() => {
    reader.u32();
    reader.pointer(() => {
      reader.array(() => layout.read(reader));
    });
  });
}

/** [MS-SRVS] 3.1.4.8 */
export interface NetrShareEnumResponse {
  readonly level: number;
  readonly entries: readonly ShareInfo[];
  /** What could have been given, these entries included. */
  readonly totalEntries: number;
  /** Undefined where the client had none. */
  readonly resumeHandle: number | undefined;
  readonly status: NetApiStatus;
}

/** Writes the answer to NetrShareEnum. */
export function writeNetrShareEnumResponse(
  writer: NdrWriter,
  { level, entries, totalEntries, resumeHandle, status }: NetrShareEnumResponse,
): void {
  const layout = shareEnumLevels.get(level);
  writer.u32(level);
  writer.u32(level); // the union tells it again
  if (layout !== undefined) {
    writer.pointer(() => {
      writeShareContainer(writer, layout, entries);
    });
  }
  writer.u32(totalEntries);
  if (resumeHandle === undefined) writer.nullPointer();
  else {
    writer.pointer(() => {
      writer.u32(resumeHandle);
    });
  }
  writer.u32(status);
}

function writeShareContainer(
  writer: NdrWriter,
  layout: ShareLayout,
  entries: readonly ShareInfo[],
): void {
  writer.structure(() => {
    writer.u32(entries.length);
    if (entries.length === 0) writer.nullPointer();
    else {
      writer.pointer(() => {
        writer.array(entries, (entry) => {
          layout.write(writer, entry);
        });
      });
    }
  });
}

/** The bytes that one share takes in an enumeration; of a level that is not known, none. */
export function shareInfoLength(level: number, info: ShareInfo): number {
  const writer = new NdrWriter();
  shareEnumLevels.get(level)?.write(writer, info);
  return writer.finish().length;
}

/** [MS-SRVS] 3.1.4.10 */
export interface NetrShareGetInfoRequest {
  readonly netName: string;
  readonly level: number;
}

/**
 * Reads the parameters of NetrShareGetInfo.
 *
 * @throws WireError when they are not of the interface
 */
export function readNetrShareGetInfoRequest(reader: NdrReader): NetrShareGetInfoRequest {
  skipServerName(reader);
  return { netName: reader.string(), level: reader.u32() };
}

/** Writes the answer to NetrShareGetInfo. [MS-SRVS] 3.1.4.10 */
export function writeNetrShareGetInfoResponse(
  writer: NdrWriter,
  response: InfoResponse<ShareInfo>,
): void {
  writeInfoResponse(writer, { levels: shareInfoLevels, otherLevels: new Set() }, response);
}

/** [MS-SRVS] 2.2.2.7 */
export const ServerType = {
  WORKSTATION: 0x0000_0001,
  SERVER: 0x0000_0002,
  NT: 0x0000_1000,
} as const;

/** PLATFORM_ID_NT. [MS-SRVS] 2.2.2.6 */
export const PLATFORM_ID_NT = 500;

const serverInfo100 = { platformId: dword, name: text } as const;
const serverInfo101 = {
  ...serverInfo100,
  versionMajor: dword,
  versionMinor: dword,
  type: dword,
  comment: text,
} as const;
const serverInfo102 = {
  ...serverInfo101,
  users: dword,
  disc: dword, // minutes until an idle session ends
  hidden: dword,
  announce: dword, // seconds
  anndelta: dword, // milliseconds
  licenses: dword,
  userpath: text,
} as const;

/** All that the levels tell of a server. [MS-SRVS] 2.2.4.40 to 2.2.4.42 */
export type ServerInfo = Readonly<RecordValues<typeof serverInfo102>>;

/** The levels of NetrServerGetInfo. [MS-SRVS] 2.2.3.7 */
export const serverInfoLevels: InfoLevels<ServerInfo> = new Map<number, InfoLayout<ServerInfo>>([
  [100, record(serverInfo100)],
  [101, record(serverInfo101)],
  [102, record(serverInfo102)],
]);

/** [MS-SRVS] 2.2.3.7 */
const otherServerLevels: ReadonlySet<number> = new Set([
  103, 502, 503, 599, 1005, 1107, 1010, 1016, 1017, 1018, 1501, 1502, 1503, 1506, 1510, 1511, 1512,
  1513, 1514, 1515, 1516, 1518, 1523, 1528, 1529, 1530, 1533, 1534, 1535, 1536, 1538, 1539, 1540,
  1541, 1542, 1543, 1544, 1545, 1546, 1547, 1548, 1549, 1550, 1552, 1553, 1554, 1555, 1556,
]);

/**
 * Reads the parameters of NetrServerGetInfo: a level. [MS-SRVS] 3.1.4.17
 *
 * @throws WireError when they are not of the interface
 */
export function readNetrServerGetInfoRequest(reader: NdrReader): number {
  skipServerName(reader);
  return reader.u32();
}

/** Writes the answer to NetrServerGetInfo. [MS-SRVS] 3.1.4.17 */
export function writeNetrServerGetInfoResponse(
  writer: NdrWriter,
  response: InfoResponse<ServerInfo>,
): void {
  writeInfoResponse(writer, { levels: serverInfoLevels, otherLevels: otherServerLevels }, response);
}

/** TIME_OF_DAY_INFO: the time, in UTC. [MS-SRVS] 2.2.4.105 */
export const TimeOfDayInfo = record({
  elapsedt: dword, // seconds since 1970
  msecs: dword, // of a clock of any beginning
  hours: dword,
  mins: dword,
  secs: dword,
  hunds: dword,
  timezone: dword, // minutes west of UTC
  tinterval: dword, // of the clock, in units of 100 microseconds
  day: dword,
  month: dword,
  year: dword,
  weekday: dword,
});

/**
 * Reads the parameters of NetrRemoteTOD: nothing that counts. [MS-SRVS] 3.1.4.21
 *
 * @throws WireError when they are not of the interface
 */
export function readNetrRemoteTodRequest(reader: NdrReader): void {
  skipServerName(reader);
}

/** Writes the answer to NetrRemoteTOD. [MS-SRVS] 3.1.4.21 */
export function writeNetrRemoteTodResponse(
  writer: NdrWriter,
  info: Parameters<typeof TimeOfDayInfo.write>[1],
  status: NetApiStatus,
): void {
  writer.pointer(() => {
    TimeOfDayInfo.write(writer, info);
  });
  writer.u32(status);
}

/** ServerName: the name that the client knows the server by. [MS-SRVS] 2.2.1.1 */
function skipServerName(reader: NdrReader): void {
  reader.pointer(() => reader.string());
}
