/**
 * What the server tells of itself as a computer. [MS-WKST] 3.2.4
 *
 * @packageDocumentation
 */
import {
  type NdrReader,
  type NdrWriter,
  NetApiStatus,
  PLATFORM_ID_NT,
  readNetrWkstaGetInfoRequest,
  WKSSVC,
  WkssvcOpnum,
  type WkstaInfo,
  wkstaInfoLevels,
  writeNetrWkstaGetInfoResponse,
} from "../../wire/dcerpc/index.js";
import type { PipeHost } from "./pipe-host.js";
import { checkLevel, type RpcInterface, type RpcScene } from "./rpc-interface.js";
import { VERSION_MAJOR, VERSION_MINOR } from "./windows-version.js";

/** [MS-WKST] */
export const wkssvc: RpcInterface = {
  syntax: WKSSVC,
  operations: new Map([[WkssvcOpnum.NETR_WKSTA_GET_INFO, netrWkstaGetInfo]]),
};

/** Level 102 tells how many users are there. [MS-WKST] 3.2.4.1 */
const wkstaInfoAccess = { known: wkstaInfoLevels, forAdministrators: new Set([102]) };

/** [MS-WKST] 3.2.4.1 */
function netrWkstaGetInfo(
  request: NdrReader,
  response: NdrWriter,
  { host, caller }: RpcScene,
): void {
  const level = readNetrWkstaGetInfoRequest(request);
  const status = checkLevel(level, wkstaInfoAccess, caller);
  const info = status === NetApiStatus.NERR_SUCCESS ? wkstaInfo(host) : undefined;
  writeNetrWkstaGetInfoResponse(response, { level, info, status });
}

function wkstaInfo({ serverName, workgroup }: PipeHost): WkstaInfo {
  return {
    platformId: PLATFORM_ID_NT,
    computername: serverName,
    langroup: workgroup,
    verMajor: VERSION_MAJOR,
    verMinor: VERSION_MINOR,
    lanroot: "",
    loggedOnUsers: 1,
  };
}
