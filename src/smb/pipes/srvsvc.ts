/**
 * What the server tells of itself and its shares. [MS-SRVS] 3.1.4
 *
 * @packageDocumentation
 */
import { foldName } from "../../nt/index.js";
import {
  MAX_PREFERRED_LENGTH,
  type NdrReader,
  type NdrWriter,
  NetApiStatus,
  type NetrShareEnumRequest,
  type NetrShareEnumResponse,
  PLATFORM_ID_NT,
  readNetrRemoteTodRequest,
  readNetrServerGetInfoRequest,
  readNetrShareEnumRequest,
  readNetrShareGetInfoRequest,
  type ServerInfo,
  ServerType,
  ShareFlags,
  type ShareInfo,
  SRVSVC,
  SrvsvcOpnum,
  Stype,
  serverInfoLevels,
  shareEnumLevels,
  shareInfoLength,
  shareInfoLevels,
  UNLIMITED_USES,
  writeNetrRemoteTodResponse,
  writeNetrServerGetInfoResponse,
  writeNetrShareEnumResponse,
  writeNetrShareGetInfoResponse,
} from "../../wire/dcerpc/index.js";
import type { PipeHost, PipeShare } from "./pipe-host.js";
import { checkLevel, type RpcInterface, type RpcScene } from "./rpc-interface.js";
import { VERSION_MAJOR, VERSION_MINOR } from "./windows-version.js";

/** [MS-SRVS] */
export const srvsvc: RpcInterface = {
  syntax: SRVSVC,
  operations: new Map([
    [SrvsvcOpnum.NETR_SHARE_ENUM, netrShareEnum],
    [SrvsvcOpnum.NETR_SHARE_GET_INFO, netrShareGetInfo],
    [SrvsvcOpnum.NETR_SERVER_GET_INFO, netrServerGetInfo],
    [SrvsvcOpnum.NETR_REMOTE_TOD, netrRemoteTod],
  ]),
};

/**
 * Levels that only administrators are told: Windows keeps 2 and 502 to them as well, but rpcclient lists
 * shares at 502, and nothing in there is a secret here. [MS-SRVS] 3.1.4.8, 3.1.4.10
 */
const SHARE_LEVELS_FOR_ADMINISTRATORS: ReadonlySet<number> = new Set([503, 1006, 1501]);

/** [MS-SRVS] 3.1.4.17 */
const SERVER_LEVELS_FOR_ADMINISTRATORS: ReadonlySet<number> = new Set([102]);

const shareEnumAccess = {
  known: shareEnumLevels,
  forAdministrators: SHARE_LEVELS_FOR_ADMINISTRATORS,
};
const shareInfoAccess = {
  known: shareInfoLevels,
  forAdministrators: SHARE_LEVELS_FOR_ADMINISTRATORS,
};
const serverInfoAccess = {
  known: serverInfoLevels,
  forAdministrators: SERVER_LEVELS_FOR_ADMINISTRATORS,
};

/** [MS-SRVS] 3.1.4.8 */
function netrShareEnum(request: NdrReader, response: NdrWriter, { host, caller }: RpcScene): void {
  const asked = readNetrShareEnumRequest(request);
  const { level, resumeHandle } = asked;
  const refusal = checkLevel(level, shareEnumAccess, caller);
  if (refusal === NetApiStatus.NERR_SUCCESS) {
    writeNetrShareEnumResponse(response, enumerate(host, asked));
    return;
  }
  const nothing = { level, entries: [], totalEntries: 0, resumeHandle };
  writeNetrShareEnumResponse(response, { ...nothing, status: refusal });
}

/** The shares from the resume handle on: an index, zero again after the last. */
function enumerate(host: PipeHost, asked: NetrShareEnumRequest): NetrShareEnumResponse {
  const { level, preferedMaximumLength, resumeHandle } = asked;
  const start = resumeHandle ?? 0;
  const rest = host.shares().slice(start).map(shareInfo);
  const entries = firstThatFit(rest, level, preferedMaximumLength);
  const isAll = entries.length === rest.length;
  const next = isAll ? 0 : start + entries.length;
  return {
    level,
    entries,
    totalEntries: rest.length,
    resumeHandle: resumeHandle === undefined ? undefined : next,
    status: isAll ? NetApiStatus.NERR_SUCCESS : NetApiStatus.ERROR_MORE_DATA,
  };
}

/** As many as a client has room for; one at least, so that every client gets to the end. */
function firstThatFit(
  infos: readonly ShareInfo[],
  level: number,
  maxLength: number,
): readonly ShareInfo[] {
  if (maxLength === MAX_PREFERRED_LENGTH) return infos;
  let length = 0;
  const end = infos.findIndex((info, i) => {
    length += shareInfoLength(level, info);
    return i > 0 && length > maxLength;
  });
  return end < 0 ? infos : infos.slice(0, end);
}

/** [MS-SRVS] 3.1.4.10 */
function netrShareGetInfo(
  request: NdrReader,
  response: NdrWriter,
  { host, caller }: RpcScene,
): void {
  const { netName, level } = readNetrShareGetInfoRequest(request);
  const folded = foldName(netName);
  const share = host.shares().find(({ name }) => foldName(name) === folded);
  const refusal = checkLevel(level, shareInfoAccess, caller);
  if (refusal !== NetApiStatus.NERR_SUCCESS || share === undefined) {
    const status = refusal || NetApiStatus.NERR_NET_NAME_NOT_FOUND;
    writeNetrShareGetInfoResponse(response, { level, info: undefined, status });
    return;
  }
  const status = NetApiStatus.NERR_SUCCESS;
  writeNetrShareGetInfoResponse(response, { level, info: shareInfo(share), status });
}

/** What the levels tell of a share. Paths are for show: administrators see where Windows had it. */
function shareInfo({ name, comment, type, view }: PipeShare): ShareInfo {
  const isPipes = type === Stype.SPECIAL_IPC;
  const listing = view?.hidesUnreadable === true ? ShareFlags.ACCESS_BASED_DIRECTORY_ENUM : 0;
  return {
    netname: name,
    type,
    remark: comment,
    permissions: 0, // of servers with share-level security only
    maxUses: UNLIMITED_USES,
    currentUses: 0,
    path: isPipes ? "" : `C:\\${name}`,
    passwd: undefined,
    flags: listing | (isPipes ? ShareFlags.CSC_CACHE_NONE : ShareFlags.CSC_CACHE_MANUAL_REINT),
    servername: "*", // of every name that the server has
    securityDescriptor: undefined,
  };
}

/** [MS-SRVS] 3.1.4.17 */
function netrServerGetInfo(
  request: NdrReader,
  response: NdrWriter,
  { host, caller }: RpcScene,
): void {
  const level = readNetrServerGetInfoRequest(request);
  const status = checkLevel(level, serverInfoAccess, caller);
  const info = status === NetApiStatus.NERR_SUCCESS ? serverInfo(host) : undefined;
  writeNetrServerGetInfoResponse(response, { level, info, status });
}

/** From `users` on: what Windows says where nobody has set anything. [MS-SRVS] 2.2.4.42 */
function serverInfo({ serverName, serverComment }: PipeHost): ServerInfo {
  return {
    platformId: PLATFORM_ID_NT,
    name: serverName,
    versionMajor: VERSION_MAJOR,
    versionMinor: VERSION_MINOR,
    type: ServerType.WORKSTATION | ServerType.SERVER | ServerType.NT,
    comment: serverComment,
    users: UNLIMITED_USES,
    disc: 15,
    hidden: 0,
    announce: 240,
    anndelta: 3_000,
    licenses: 0,
    userpath: "C:\\",
  };
}

/** [MS-SRVS] 3.1.4.21 */
function netrRemoteTod(request: NdrReader, response: NdrWriter, { host }: RpcScene): void {
  readNetrRemoteTodRequest(request);
  const nowMs = host.nowMs();
  const now = new Date(nowMs);
  const time = {
    elapsedt: Math.floor(nowMs / 1000),
    msecs: nowMs % 2 ** 32,
    hours: now.getUTCHours(),
    mins: now.getUTCMinutes(),
    secs: now.getUTCSeconds(),
    hunds: Math.floor(now.getUTCMilliseconds() / 10),
    timezone: 0,
    tinterval: CLOCK_INTERVAL,
    day: now.getUTCDate(),
    month: now.getUTCMonth() + 1,
    year: now.getUTCFullYear(),
    weekday: now.getUTCDay(),
  };
  writeNetrRemoteTodResponse(response, time, NetApiStatus.NERR_SUCCESS);
}

/** The tick of a clock on Windows: 31 ms, in units of 100 microseconds. [MS-SRVS] 2.2.4.105 */
const CLOCK_INTERVAL = 310;
