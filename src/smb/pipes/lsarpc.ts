/**
 * Who is who: names for the SIDs in descriptors, and SIDs for names. [MS-LSAD] 3.1.4, [MS-LSAT] 3.1.4
 *
 * @packageDocumentation
 */
import type { Caller } from "../../fs/index.js";
import {
  type AccountDomain,
  ADMINISTRATOR_PRIVILEGES,
  ADMINISTRATORS,
  ANONYMOUS,
  AUTHENTICATED_USERS,
  GENERIC_ALL,
  GENERIC_EXECUTE,
  GENERIC_READ,
  GENERIC_WRITE,
  GUESTS,
  type KnownAccount,
  MAXIMUM_ALLOWED,
  NtStatus,
  PRIVILEGES,
  type PrivilegeSet,
  type Sid,
  SidNameUse,
  USER_PRIVILEGES,
} from "../../nt/index.js";
import {
  LSARPC,
  LsarpcOpnum,
  type NdrReader,
  type NdrWriter,
  NO_DOMAIN,
  POLICY_ALL_ACCESS,
  POLICY_EXECUTE,
  POLICY_LOOKUP_NAMES,
  POLICY_READ,
  POLICY_SERVER_ROLE_PRIMARY,
  POLICY_VIEW_LOCAL_INFORMATION,
  POLICY_WRITE,
  type PolicyInformation,
  PolicyInformationClass,
  readLsarEnumerateAccountRightsRequest,
  readLsarEnumerateRequest,
  readLsarGetUserNameRequest,
  readLsarLookupNamesRequest,
  readLsarLookupPrivilegeNameRequest,
  readLsarLookupPrivilegeValueRequest,
  readLsarLookupSidsRequest,
  readLsarOpenPolicy2Request,
  readLsarOpenPolicyRequest,
  readLsarQueryInformationPolicyRequest,
  readPolicyHandle,
  type Translation,
  writeLsarEnumerateAccountRightsResponse,
  writeLsarEnumerateAccountsResponse,
  writeLsarEnumeratePrivilegesResponse,
  writeLsarGetUserNameResponse,
  writeLsarLookupPrivilegeDisplayNameResponse,
  writeLsarLookupPrivilegeNameResponse,
  writeLsarLookupPrivilegeValueResponse,
  writeLsarLookupResponse,
  writeLsarQueryInformationPolicyResponse,
  writePolicyHandleResponse,
} from "../../wire/dcerpc/index.js";
import { domainOf } from "../auth/index.js";
import type { PipeHost } from "./pipe-host.js";
import type { RpcInterface, RpcOperation, RpcScene } from "./rpc-interface.js";

/** [MS-LSAD], [MS-LSAT] */
export const lsarpc: RpcInterface = {
  syntax: LSARPC,
  operations: new Map<number, RpcOperation>([
    [LsarpcOpnum.LSAR_CLOSE, lsarClose],
    [LsarpcOpnum.LSAR_ENUMERATE_PRIVILEGES, lsarEnumeratePrivileges],
    [LsarpcOpnum.LSAR_OPEN_POLICY, lsarOpenPolicy(readLsarOpenPolicyRequest)],
    [LsarpcOpnum.LSAR_QUERY_INFORMATION_POLICY, lsarQueryInformationPolicy],
    [LsarpcOpnum.LSAR_ENUMERATE_ACCOUNTS, lsarEnumerateAccounts],
    [LsarpcOpnum.LSAR_LOOKUP_NAMES, lsarLookupNames(LsarpcOpnum.LSAR_LOOKUP_NAMES)],
    [LsarpcOpnum.LSAR_LOOKUP_SIDS, lsarLookupSids(LsarpcOpnum.LSAR_LOOKUP_SIDS)],
    [LsarpcOpnum.LSAR_LOOKUP_PRIVILEGE_VALUE, lsarLookupPrivilegeValue],
    [LsarpcOpnum.LSAR_LOOKUP_PRIVILEGE_NAME, lsarLookupPrivilegeName],
    [LsarpcOpnum.LSAR_LOOKUP_PRIVILEGE_DISPLAY_NAME, lsarLookupPrivilegeDisplayName],
    [LsarpcOpnum.LSAR_ENUMERATE_ACCOUNT_RIGHTS, lsarEnumerateAccountRights],
    [LsarpcOpnum.LSAR_OPEN_POLICY2, lsarOpenPolicy(readLsarOpenPolicy2Request)],
    [LsarpcOpnum.LSAR_GET_USER_NAME, lsarGetUserName],
    [LsarpcOpnum.LSAR_QUERY_INFORMATION_POLICY2, lsarQueryInformationPolicy],
    [LsarpcOpnum.LSAR_LOOKUP_SIDS2, lsarLookupSids(LsarpcOpnum.LSAR_LOOKUP_SIDS2)],
    [LsarpcOpnum.LSAR_LOOKUP_NAMES2, lsarLookupNames(LsarpcOpnum.LSAR_LOOKUP_NAMES2)],
    [LsarpcOpnum.LSAR_LOOKUP_NAMES3, lsarLookupNames(LsarpcOpnum.LSAR_LOOKUP_NAMES3)],
  ]),
};

/** What is wrong with a handle, or with what it was opened for. [MS-LSAD] 3.1.4.2 */
function checkHandle({ handles }: RpcScene, handle: number, needed: number): NtStatus {
  const granted = handles.grantedAccess(handle);
  if (granted === undefined) return NtStatus.INVALID_HANDLE;
  return (granted & needed) === needed ? NtStatus.SUCCESS : NtStatus.ACCESS_DENIED;
}

/** [MS-LSAD] 3.1.4.9.4 */
function lsarClose(request: NdrReader, response: NdrWriter, { handles }: RpcScene): void {
  const wasOpen = handles.close(readPolicyHandle(request));
  const status = wasOpen ? NtStatus.SUCCESS : NtStatus.INVALID_HANDLE;
  writePolicyHandleResponse(response, { handle: 0, status });
}

/** [MS-LSAD] 3.1.4.4.1, 3.1.4.4.2 */
function lsarOpenPolicy(readRequest: (request: NdrReader) => number): RpcOperation {
  return (request, response, { handles, caller }) => {
    const desired = readRequest(request);
    const most = maximumAccess(caller);
    const asked = mapGenericAccess(desired & ~MAXIMUM_ALLOWED);
    const granted = (desired & MAXIMUM_ALLOWED) !== 0 ? asked | most : asked;
    if (most === 0 || (asked & ~most) !== 0) {
      writePolicyHandleResponse(response, { handle: 0, status: NtStatus.ACCESS_DENIED });
      return;
    }
    const handle = handles.open(granted);
    const status = handle === undefined ? NtStatus.INSUFFICIENT_RESOURCES : NtStatus.SUCCESS;
    writePolicyHandleResponse(response, { handle: handle ?? 0, status });
  };
}

/** Nobody changes a policy; administrators see all of it, others what everybody sees on Windows. */
function maximumAccess({ userSid, groupSids }: Caller): number {
  if (userSid === ANONYMOUS) return 0;
  return groupSids.includes(ADMINISTRATORS) ? POLICY_READ | POLICY_EXECUTE : POLICY_EXECUTE;
}

function mapGenericAccess(mask: number): number {
  let mapped = mask & 0x0fff_ffff;
  if ((mask & GENERIC_READ) !== 0) mapped |= POLICY_READ;
  if ((mask & GENERIC_WRITE) !== 0) mapped |= POLICY_WRITE;
  if ((mask & GENERIC_EXECUTE) !== 0) mapped |= POLICY_EXECUTE;
  if ((mask & GENERIC_ALL) !== 0) mapped |= POLICY_ALL_ACCESS;
  return mapped;
}

/** [MS-LSAD] 3.1.4.4.3, 3.1.4.4.4 */
function lsarQueryInformationPolicy(
  request: NdrReader,
  response: NdrWriter,
  scene: RpcScene,
): void {
  const { handle, informationClass } = readLsarQueryInformationPolicyRequest(request);
  const unfit = checkHandle(scene, handle, POLICY_VIEW_LOCAL_INFORMATION);
  const information =
    unfit === NtStatus.SUCCESS ? policyInformation(informationClass, scene.host) : undefined;
  const isUnknown = unfit === NtStatus.SUCCESS && information === undefined;
  const status = isUnknown ? NtStatus.INVALID_PARAMETER : unfit;
  writeLsarQueryInformationPolicyResponse(response, { informationClass, information, status });
}

/** The server is in no domain but its own: where others have one, it has a workgroup without a SID. */
function policyInformation(
  informationClass: number,
  { directory, workgroup }: PipeHost,
): PolicyInformation | undefined {
  switch (informationClass) {
    case PolicyInformationClass.PRIMARY_DOMAIN:
      return { kind: "domain", domain: { name: workgroup, sid: undefined } };
    case PolicyInformationClass.ACCOUNT_DOMAIN:
    case PolicyInformationClass.LOCAL_ACCOUNT_DOMAIN:
      return { kind: "domain", domain: directory.domain };
    case PolicyInformationClass.LSA_SERVER_ROLE:
      return { kind: "role", role: POLICY_SERVER_ROLE_PRIMARY };
    case PolicyInformationClass.DNS_DOMAIN:
      return { kind: "dns", domain: { name: workgroup, sid: undefined } };
    default:
      return undefined;
  }
}

/** Bytes that one entry of an enumeration takes at least. */
const ENTRY_LENGTH = 32;

/** What of a list fits in an answer, from `context` on: one entry at least. [MS-LSAD] 3.1.4.5.2 */
function enumerate<T>(
  all: readonly T[],
  { context, preferedMaximumLength }: ReturnType<typeof readLsarEnumerateRequest>,
  unfit: NtStatus,
): { context: number; entries: readonly T[]; status: NtStatus } {
  if (unfit !== NtStatus.SUCCESS) return { context, entries: [], status: unfit };
  if (context >= all.length) return { context, entries: [], status: NtStatus.NO_MORE_ENTRIES };
  const room = Math.max(1, Math.floor(preferedMaximumLength / ENTRY_LENGTH));
  const entries = all.slice(context, context + room);
  const next = context + entries.length;
  const status = next < all.length ? NtStatus.MORE_ENTRIES : NtStatus.SUCCESS;
  return { context: next, entries, status };
}

/** [MS-LSAD] 3.1.4.8.1 */
function lsarEnumeratePrivileges(request: NdrReader, response: NdrWriter, scene: RpcScene): void {
  const asked = readLsarEnumerateRequest(request);
  const unfit = checkHandle(scene, asked.handle, POLICY_VIEW_LOCAL_INFORMATION);
  writeLsarEnumeratePrivilegesResponse(response, enumerate(PRIVILEGES, asked, unfit));
}

/** Those who have privileges. [MS-LSAD] 3.1.1.3 */
const ACCOUNTS: ReadonlyMap<Sid, PrivilegeSet> = new Map([
  [AUTHENTICATED_USERS, USER_PRIVILEGES],
  [ADMINISTRATORS, ADMINISTRATOR_PRIVILEGES],
  [GUESTS, USER_PRIVILEGES],
]);

/** [MS-LSAD] 3.1.4.5.2 */
function lsarEnumerateAccounts(request: NdrReader, response: NdrWriter, scene: RpcScene): void {
  const asked = readLsarEnumerateRequest(request);
  const unfit = checkHandle(scene, asked.handle, POLICY_VIEW_LOCAL_INFORMATION);
  writeLsarEnumerateAccountsResponse(response, enumerate([...ACCOUNTS.keys()], asked, unfit));
}

/** [MS-LSAD] 3.1.4.5.10 */
function lsarEnumerateAccountRights(
  request: NdrReader,
  response: NdrWriter,
  scene: RpcScene,
): void {
  const { handle, sid } = readLsarEnumerateAccountRightsRequest(request);
  const unfit = checkHandle(scene, handle, POLICY_VIEW_LOCAL_INFORMATION);
  const privileges = unfit === NtStatus.SUCCESS ? ACCOUNTS.get(sid) : undefined;
  const isUnknown = unfit === NtStatus.SUCCESS && privileges === undefined;
  const status = isUnknown ? NtStatus.OBJECT_NAME_NOT_FOUND : unfit;
  const names = PRIVILEGES.filter(({ luid }) => ((privileges ?? 0) & (1 << luid)) !== 0);
  writeLsarEnumerateAccountRightsResponse(response, {
    names: names.map(({ name }) => name),
    status,
  });
}

/** [MS-LSAD] 3.1.4.8.3 */
function lsarLookupPrivilegeValue(request: NdrReader, response: NdrWriter, scene: RpcScene): void {
  const { handle, name } = readLsarLookupPrivilegeValueRequest(request);
  const unfit = checkHandle(scene, handle, POLICY_LOOKUP_NAMES);
  const wanted = name.toLowerCase();
  const found = PRIVILEGES.find((each) => each.name.toLowerCase() === wanted);
  const status = unfit || (found === undefined ? NtStatus.NO_SUCH_PRIVILEGE : NtStatus.SUCCESS);
  const luid = status === NtStatus.SUCCESS ? (found?.luid ?? 0) : 0;
  writeLsarLookupPrivilegeValueResponse(response, { luid, status });
}

/** [MS-LSAD] 3.1.4.8.4 */
function lsarLookupPrivilegeName(request: NdrReader, response: NdrWriter, scene: RpcScene): void {
  const { handle, luid } = readLsarLookupPrivilegeNameRequest(request);
  const unfit = checkHandle(scene, handle, POLICY_LOOKUP_NAMES);
  const found = PRIVILEGES.find((each) => each.luid === luid);
  const status = unfit || (found === undefined ? NtStatus.NO_SUCH_PRIVILEGE : NtStatus.SUCCESS);
  const name = status === NtStatus.SUCCESS ? found?.name : undefined;
  writeLsarLookupPrivilegeNameResponse(response, { name, status });
}

/** [MS-LSAD] 3.1.4.8.5 */
function lsarLookupPrivilegeDisplayName(
  request: NdrReader,
  response: NdrWriter,
  scene: RpcScene,
): void {
  const { handle, name } = readLsarLookupPrivilegeValueRequest(request); // languages follow
  const unfit = checkHandle(scene, handle, POLICY_LOOKUP_NAMES);
  const wanted = name.toLowerCase();
  const found = PRIVILEGES.find((each) => each.name.toLowerCase() === wanted);
  const status = unfit || (found === undefined ? NtStatus.NO_SUCH_PRIVILEGE : NtStatus.SUCCESS);
  const shown = status === NtStatus.SUCCESS ? found?.displayName : undefined;
  writeLsarLookupPrivilegeDisplayNameResponse(response, { name: shown, status });
}

/** [MS-LSAT] 3.1.4.4 */
function lsarGetUserName(
  request: NdrReader,
  response: NdrWriter,
  { host, caller }: RpcScene,
): void {
  const { wantsDomainName } = readLsarGetUserNameRequest(request);
  const account = host.directory.findSid(caller.userSid);
  writeLsarGetUserNameResponse(response, {
    userName: account?.name ?? caller.userName,
    domainName: wantsDomainName ? (account?.domainName ?? "") : undefined,
    status: NtStatus.SUCCESS,
  });
}

/** [MS-LSAT] 3.1.4.6 to 3.1.4.8 */
function lsarLookupNames(opnum: number): RpcOperation {
  return (request, response, scene) => {
    const { handle, names } = readLsarLookupNamesRequest(request);
    const unfit = checkHandle(scene, handle, POLICY_LOOKUP_NAMES);
    const { directory } = scene.host;
    writeLookup(response, opnum, unfit, {
      asked: names,
      find: (name) => directory.findName(name),
      unknown: () => UNKNOWN,
    });
  };
}

/** [MS-LSAT] 3.1.4.10, 3.1.4.11 */
function lsarLookupSids(opnum: number): RpcOperation {
  return (request, response, scene) => {
    const { handle, sids } = readLsarLookupSidsRequest(request);
    const unfit = checkHandle(scene, handle, POLICY_LOOKUP_NAMES);
    const { directory } = scene.host;
    writeLookup(response, opnum, unfit, {
      asked: sids,
      find: (sid) => directory.findSid(sid),
      unknown: (sid) => ({ ...UNKNOWN, name: sid }),
    });
  };
}

const UNKNOWN: Translation = {
  use: SidNameUse.UNKNOWN,
  sid: undefined,
  name: "",
  domainIndex: NO_DOMAIN,
};

/** What is looked up, and how. */
interface Lookup {
  readonly asked: readonly string[];
  readonly find: (nameOrSid: string) => KnownAccount | undefined;
  readonly unknown: (nameOrSid: string) => Translation;
}

function writeLookup(
  response: NdrWriter,
  opnum: number,
  unfit: NtStatus,
  { asked, find, unknown }: Lookup,
): void {
  if (unfit !== NtStatus.SUCCESS) {
    const nothing = { domains: [], translations: [], mappedCount: 0 };
    writeLsarLookupResponse(response, opnum, { ...nothing, status: unfit });
    return;
  }
  const domains: AccountDomain[] = [];
  let mappedCount = 0;
  const translations = asked.map((one): Translation => {
    const account = find(one);
    if (account === undefined) return unknown(one);
    mappedCount++;
    const { sid, name, use } = account;
    return { use, sid, name, domainIndex: indexOf(domains, domainOf(account)) };
  });
  const status = statusOfLookup(mappedCount, asked.length);
  writeLsarLookupResponse(response, opnum, { domains, translations, mappedCount, status });
}

/** The place of a domain among those referred to, where it is put if it is not there. */
function indexOf(domains: AccountDomain[], domain: AccountDomain): number {
  const before = domains.findIndex(({ sid }) => sid === domain.sid);
  return before >= 0 ? before : domains.push(domain) - 1;
}

function statusOfLookup(mapped: number, asked: number): NtStatus {
  if (mapped === asked) return NtStatus.SUCCESS;
  return mapped === 0 ? NtStatus.NONE_MAPPED : NtStatus.SOME_NOT_MAPPED;
}
