/**
 * The interface that tells names from SIDs and SIDs from names. [MS-LSAD], [MS-LSAT]
 *
 * @packageDocumentation
 */
import { WireError } from "../../bytes/index.js";
import type { NtStatus, Sid } from "../../nt/index.js";
import { MAX_LOOKUP_NAMES, MAX_LOOKUP_SIDS } from "./limits.js";
import type { NdrReader } from "./ndr-reader.js";
import { dword, type RecordValues, record, sid, unicodeString, word } from "./ndr-record.js";
import type { NdrWriter } from "./ndr-writer.js";
import type { SyntaxId } from "./syntax-id.js";

/** [MS-LSAT] 1.9 */
export const LSARPC: SyntaxId = {
  uuid: "12345778-1234-abcd-ef00-0123456789ab",
  majorVersion: 0,
  minorVersion: 0,
};

/** [MS-LSAD] 3.1.4, [MS-LSAT] 3.1.4 */
export const LsarpcOpnum = {
  LSAR_CLOSE: 0,
  LSAR_ENUMERATE_PRIVILEGES: 2,
  LSAR_OPEN_POLICY: 6,
  LSAR_QUERY_INFORMATION_POLICY: 7,
  LSAR_ENUMERATE_ACCOUNTS: 11,
  LSAR_LOOKUP_NAMES: 14,
  LSAR_LOOKUP_SIDS: 15,
  LSAR_LOOKUP_PRIVILEGE_VALUE: 31,
  LSAR_LOOKUP_PRIVILEGE_NAME: 32,
  LSAR_LOOKUP_PRIVILEGE_DISPLAY_NAME: 33,
  LSAR_ENUMERATE_ACCOUNT_RIGHTS: 36,
  LSAR_OPEN_POLICY2: 44,
  LSAR_GET_USER_NAME: 45,
  LSAR_QUERY_INFORMATION_POLICY2: 46,
  LSAR_LOOKUP_SIDS2: 57,
  LSAR_LOOKUP_NAMES2: 58,
  LSAR_LOOKUP_NAMES3: 68,
} as const;

// Rights on a policy object. [MS-LSAD] 2.2.1.1.2
export const POLICY_VIEW_LOCAL_INFORMATION = 0x0000_0001;
export const POLICY_LOOKUP_NAMES = 0x0000_0800;

/** What the generic rights stand for on a policy object. [MS-LSAD] 2.2.1.1.2 */
export const POLICY_READ = 0x0002_0006;
export const POLICY_WRITE = 0x0002_07f8;
export const POLICY_EXECUTE = 0x0002_0801;
export const POLICY_ALL_ACCESS = 0x000f_0fff;

/** POLICY_INFORMATION_CLASS. [MS-LSAD] 2.2.4.1 */
export const PolicyInformationClass = {
  PRIMARY_DOMAIN: 3,
  ACCOUNT_DOMAIN: 5,
  LSA_SERVER_ROLE: 6,
  DNS_DOMAIN: 12,
  LOCAL_ACCOUNT_DOMAIN: 14,
} as const;

/** PolicyServerRolePrimary. [MS-LSAD] 2.2.4.9 */
export const POLICY_SERVER_ROLE_PRIMARY = 3;

/** The number of a domain that is none. [MS-LSAT] 2.2.15 */
export const NO_DOMAIN = 0xffff_ffff;

/** The relative id of a SID that is a domain's own. [MS-LSAT] 2.2.14 */
export const NO_RELATIVE_ID = 0xffff_ffff;

const POLICY_HANDLE_TAIL_WORDS = 3;

/**
 * A policy handle: 20 bytes, of which ours use four for a number. [MS-LSAD] 2.2.2.1
 *
 * @returns 0, which is no handle, where the others are not as we left them
 */
export function readPolicyHandle(reader: NdrReader): number {
  let others = reader.u32(); // attributes
  const handle = reader.u32();
  for (let i = 0; i < POLICY_HANDLE_TAIL_WORDS; i++) others |= reader.u32();
  return others === 0 ? handle : 0;
}

/** @param handle - 0 for none */
export function writePolicyHandle(writer: NdrWriter, handle: number): void {
  writer.u32(0);
  writer.u32(handle);
  for (let i = 0; i < POLICY_HANDLE_TAIL_WORDS; i++) writer.u32(0);
}

/**
 * Reads the parameters of LsarOpenPolicy: a DesiredAccess, after what no server heeds. [MS-LSAD] 3.1.4.4.2
 *
 * @throws WireError when they are not of the interface, or name an object, which no client does
 */
export function readLsarOpenPolicyRequest(reader: NdrReader): number {
  reader.pointer(() => reader.u16()); // SystemName: one character, by a slip in the interface
  return readAttributesAndAccess(reader);
}

/** The same of LsarOpenPolicy2. [MS-LSAD] 3.1.4.4.1 */
export function readLsarOpenPolicy2Request(reader: NdrReader): number {
  reader.pointer(() => reader.string()); // SystemName
  return readAttributesAndAccess(reader);
}

/** LSAPR_OBJECT_ATTRIBUTES, then DesiredAccess. [MS-LSAD] 2.2.2.4 */
function readAttributesAndAccess(reader: NdrReader): number {
  reader.align(4);
  reader.structure(() => {
    reader.u32(); // Length
    reader.pointer(() => reader.u8()); // RootDirectory
    const isNamed = reader.u32() !== 0; // ObjectName
    reader.u32(); // Attributes
    const isSecured = reader.u32() !== 0; // SecurityDescriptor
    if (isNamed || isSecured) throw new WireError("LSAPR_OBJECT_ATTRIBUTES: of a named object");
    reader.pointer(() => {
      SecurityQualityOfService.read(reader);
    });
  });
  return reader.u32();
}

/** Two bytes each for the level of impersonation, and for two booleans. [MS-LSAD] 2.2.3.7 */
const SecurityQualityOfService = record({ length: dword, impersonationLevel: word, modes: word });

/** Writes the answer of LsarOpenPolicy, LsarOpenPolicy2 and LsarClose: a handle, 0 for none. */
export function writePolicyHandleResponse(
  writer: NdrWriter,
  { handle, status }: { readonly handle: number; readonly status: NtStatus },
): void {
  writePolicyHandle(writer, handle);
  writer.u32(status);
}

/** Reads the parameters of LsarQueryInformationPolicy and its second. [MS-LSAD] 3.1.4.4.3, 3.1.4.4.4 */
export function readLsarQueryInformationPolicyRequest(reader: NdrReader): {
  readonly handle: number;
  readonly informationClass: number;
} {
  return { handle: readPolicyHandle(reader), informationClass: reader.u16() };
}

const domainInfo = record({ name: unicodeString, sid });

/** [MS-LSAD] 2.2.4.5, 2.2.4.6 */
export type PolicyDomainInfo = Readonly<{ name: string; sid: Sid | undefined }>;

/** What there is to be told of a policy, by class. */
export type PolicyInformation =
  | { readonly kind: "domain"; readonly domain: PolicyDomainInfo }
  | { readonly kind: "dns"; readonly domain: PolicyDomainInfo }
  | { readonly kind: "role"; readonly role: number };

/** Writes the answer to LsarQueryInformationPolicy and its second. [MS-LSAD] 2.2.4.2 */
export function writeLsarQueryInformationPolicyResponse(
  writer: NdrWriter,
  {
    informationClass,
    information,
    status,
  }: {
    readonly informationClass: number;
    /** Undefined where `status` is an error. */
    readonly information: PolicyInformation | undefined;
    readonly status: NtStatus;
  },
): void {
  if (information === undefined) writer.nullPointer();
  else {
    writer.pointer(() => {
      writer.structure(() => {
        writer.u16(informationClass);
        writePolicyInformation(writer, information);
      });
    });
  }
  writer.u32(status);
}

function writePolicyInformation(writer: NdrWriter, information: PolicyInformation): void {
  switch (information.kind) {
    case "domain":
      domainInfo.write(writer, information.domain);
      return;
    case "dns": // [MS-LSAD] 2.2.4.14
      writer.align(4);
      unicodeString.write(writer, information.domain.name);
      unicodeString.write(writer, ""); // DnsDomainName
      unicodeString.write(writer, ""); // DnsForestName
      for (let i = 0; i < 4; i++) writer.u32(0); // DomainGuid
      sid.write(writer, information.domain.sid);
      return;
    case "role":
      writer.u16(information.role);
  }
}

/** Reads the parameters of LsarEnumeratePrivileges and LsarEnumerateAccounts. [MS-LSAD] 3.1.4.5.2, 3.1.4.8.1 */
export function readLsarEnumerateRequest(reader: NdrReader): {
  readonly handle: number;
  /** Where to go on: what the last answer told, 0 at the beginning. */
  readonly context: number;
  /** In bytes. */
  readonly preferedMaximumLength: number;
} {
  const handle = readPolicyHandle(reader);
  return { handle, context: reader.u32(), preferedMaximumLength: reader.u32() };
}

const privilegeDefinition = record({ name: unicodeString, luid: dword, luidHighPart: dword });

/** [MS-LSAD] 2.2.8.1 */
export interface PrivilegeDefinition {
  readonly name: string;
  readonly luid: number;
}

interface Enumerated<T> {
  readonly context: number;
  readonly entries: readonly T[];
  readonly status: NtStatus;
}

/** Writes the answer to LsarEnumeratePrivileges. */
export function writeLsarEnumeratePrivilegesResponse(
  writer: NdrWriter,
  { context, entries, status }: Enumerated<PrivilegeDefinition>,
): void {
  writer.u32(context);
  writeCountedArray(writer, entries, (entry) => {
    privilegeDefinition.write(writer, { ...entry, luidHighPart: 0 });
  });
  writer.u32(status);
}

/** Writes the answer to LsarEnumerateAccounts. */
export function writeLsarEnumerateAccountsResponse(
  writer: NdrWriter,
  { context, entries, status }: Enumerated<Sid>,
): void {
  writer.u32(context);
  writeCountedArray(writer, entries, (entry) => {
    sid.write(writer, entry);
  });
  writer.u32(status);
}

/** Reads the parameters of LsarEnumerateAccountRights. [MS-LSAD] 3.1.4.5.10 */
export function readLsarEnumerateAccountRightsRequest(reader: NdrReader): {
  readonly handle: number;
  readonly sid: Sid;
} {
  return { handle: readPolicyHandle(reader), sid: reader.sid() };
}

/** Writes the answer to LsarEnumerateAccountRights: names of privileges. */
export function writeLsarEnumerateAccountRightsResponse(
  writer: NdrWriter,
  { names, status }: { readonly names: readonly string[]; readonly status: NtStatus },
): void {
  writeCountedArray(writer, names, (name) => {
    unicodeString.write(writer, name);
  });
  writer.u32(status);
}

/** Reads the parameters of LsarLookupPrivilegeValue: a name. [MS-LSAD] 3.1.4.8.3 */
export function readLsarLookupPrivilegeValueRequest(reader: NdrReader): {
  readonly handle: number;
  readonly name: string;
} {
  return { handle: readPolicyHandle(reader), name: nameRecord.read(reader).name };
}

const nameRecord = record({ name: unicodeString });

/** Writes the answer to LsarLookupPrivilegeValue: a LUID, 0 for none. */
export function writeLsarLookupPrivilegeValueResponse(
  writer: NdrWriter,
  { luid, status }: { readonly luid: number; readonly status: NtStatus },
): void {
  writer.u32(luid);
  writer.u32(0); // the high half
  writer.u32(status);
}

/** Reads the parameters of LsarLookupPrivilegeName: a LUID. [MS-LSAD] 3.1.4.8.4 */
export function readLsarLookupPrivilegeNameRequest(reader: NdrReader): {
  readonly handle: number;
  /** Undefined for one above 32 bits, of which there is none. */
  readonly luid: number | undefined;
} {
  const handle = readPolicyHandle(reader);
  const luid = reader.u32();
  return { handle, luid: reader.u32() === 0 ? luid : undefined };
}

/** Writes the answer to LsarLookupPrivilegeName. */
export function writeLsarLookupPrivilegeNameResponse(
  writer: NdrWriter,
  { name, status }: { readonly name: string | undefined; readonly status: NtStatus },
): void {
  writeNamePointer(writer, name);
  writer.u32(status);
}

/** The language of the names there are: English of the United States. [MS-LCID] 2.2 */
export const ENGLISH = 0x0409;

/** Writes the answer to LsarLookupPrivilegeDisplayName. [MS-LSAD] 3.1.4.8.5 */
export function writeLsarLookupPrivilegeDisplayNameResponse(
  writer: NdrWriter,
  { name, status }: { readonly name: string | undefined; readonly status: NtStatus },
): void {
  writeNamePointer(writer, name);
  writer.u16(ENGLISH);
  writer.u32(status);
}

/** A name in a list of names to look up, or of a domain. */
function writeNamePointer(writer: NdrWriter, name: string | undefined): void {
  if (name === undefined) writer.nullPointer();
  else {
    writer.pointer(() => {
      nameRecord.write(writer, { name });
    });
  }
}

/** Reads the parameters of LsarGetUserName. [MS-LSAT] 3.1.4.4 */
export function readLsarGetUserNameRequest(reader: NdrReader): {
  readonly wantsDomainName: boolean;
} {
  reader.pointer(() => reader.string()); // SystemName
  reader.pointer(() => nameRecord.read(reader)); // UserName: nothing counts on the way in
  return { wantsDomainName: reader.u32() !== 0 };
}

/** Writes the answer to LsarGetUserName. */
export function writeLsarGetUserNameResponse(
  writer: NdrWriter,
  {
    userName,
    domainName,
    status,
  }: {
    readonly userName: string;
    /** Undefined where it was not asked for. */
    readonly domainName: string | undefined;
    readonly status: NtStatus;
  },
): void {
  writeNamePointer(writer, userName);
  if (domainName === undefined) writer.nullPointer();
  else {
    writer.pointer(() => {
      writeNamePointer(writer, domainName);
    });
  }
  writer.u32(status);
}

/** Reads the parameters of LsarLookupNames and those after it, as far as they count. [MS-LSAT] 3.1.4.6 to 3.1.4.8 */
export function readLsarLookupNamesRequest(reader: NdrReader): {
  readonly handle: number;
  readonly names: readonly string[];
} {
  const handle = readPolicyHandle(reader);
  const count = reader.u32();
  if (count > MAX_LOOKUP_NAMES) throw new WireError("LsarLookupNames: too many names");
  const records: RecordValues<{ name: typeof unicodeString }>[] = [];
  reader.array(() => records.push(nameRecord.read(reader)));
  if (records.length !== count) throw new WireError("LsarLookupNames: two counts");
  return { handle, names: records.map(({ name }) => name) };
}

/** Reads the parameters of LsarLookupSids and LsarLookupSids2, as far as they count. [MS-LSAT] 3.1.4.10, 3.1.4.11 */
export function readLsarLookupSidsRequest(reader: NdrReader): {
  readonly handle: number;
  readonly sids: readonly Sid[];
} {
  const handle = readPolicyHandle(reader);
  const records: RecordValues<{ sid: typeof sid }>[] = [];
  reader.structure(() => {
    const count = reader.u32();
    if (count > MAX_LOOKUP_SIDS) throw new WireError("LsarLookupSids: too many SIDs");
    const isThere = reader.pointer(() => {
      reader.array(() => records.push(sidRecord.read(reader)));
      if (records.length !== count) throw new WireError("LsarLookupSids: two counts");
    });
    if (!isThere && count !== 0) throw new WireError("LsarLookupSids: no SIDs");
  });
  return { handle, sids: records.map((one) => sidOf(one.sid)) };
}

const sidRecord = record({ sid });

function sidOf(one: Sid | undefined): Sid {
  if (one === undefined) throw new WireError("LsarLookupSids: a null pointer");
  return one;
}

/** One name or SID, and what was found of it. */
export interface Translation {
  /** A `SidNameUse`. [MS-SAMR] 2.2.2.3 */
  readonly use: number;
  /** Undefined where nothing was found. */
  readonly sid: Sid | undefined;
  readonly name: string;
  /** Its place among the domains; {@link NO_DOMAIN} for none. */
  readonly domainIndex: number;
}

/** What all look-ups are answered with. */
export interface LookupResponse {
  readonly domains: readonly PolicyDomainInfo[];
  /** One for each name or SID, in order; none where the look-up was refused. */
  readonly translations: readonly Translation[];
  readonly mappedCount: number;
  readonly status: NtStatus;
}

const translatedName = { use: word, name: unicodeString, domainIndex: dword } as const;
const translatedSid = { use: word, relativeId: dword, domainIndex: dword } as const;
const flags = { flags: dword } as const;
const layouts = {
  name: record(translatedName),
  nameEx: record({ ...translatedName, ...flags }),
  sid: record(translatedSid),
  sidEx: record({ ...translatedSid, ...flags }),
  sidEx2: record({ use: word, sid, domainIndex: dword, ...flags }),
};

/** Each look-up, and the structure it tells a translation in. [MS-LSAT] 2.2.13 to 2.2.22 */
const translationLayouts: Readonly<Record<number, keyof typeof layouts>> = {
  [LsarpcOpnum.LSAR_LOOKUP_SIDS]: "name",
  [LsarpcOpnum.LSAR_LOOKUP_SIDS2]: "nameEx",
  [LsarpcOpnum.LSAR_LOOKUP_NAMES]: "sid",
  [LsarpcOpnum.LSAR_LOOKUP_NAMES2]: "sidEx",
  [LsarpcOpnum.LSAR_LOOKUP_NAMES3]: "sidEx2",
};

/**
 * Writes the answer to a look-up.
 *
 * @param opnum - which one
 */
export function writeLsarLookupResponse(
  writer: NdrWriter,
  opnum: number,
  { domains, translations, mappedCount, status }: LookupResponse,
): void {
  const layout = layouts[translationLayouts[opnum] ?? "name"];
  writer.pointer(() => {
    writer.structure(() => {
      writeCountedArray(writer, domains, (domain) => {
        domainInfo.write(writer, domain);
      });
      writer.u32(domains.length); // MaxEntries, which nobody heeds
    });
  });
  writeCountedArray(writer, translations, ({ use, sid, name, domainIndex }) => {
    const relativeId = relativeIdOf(use, sid);
    layout.write(writer, { use, name, sid, relativeId, domainIndex, flags: 0 });
  });
  writer.u32(mappedCount);
  writer.u32(status);
}

/** SidTypeDomain. [MS-SAMR] 2.2.2.3 */
const USE_DOMAIN = 3;

function relativeIdOf(use: number, sid: Sid | undefined): number {
  if (sid === undefined) return 0;
  return use === USE_DOMAIN ? NO_RELATIVE_ID : Number(sid.slice(sid.lastIndexOf("-") + 1));
}

/** A count, and a pointer to as many elements. */
function writeCountedArray<T>(
  writer: NdrWriter,
  elements: readonly T[],
  write: (element: T) => void,
): void {
  writer.structure(() => {
    writer.u32(elements.length);
    if (elements.length === 0) writer.nullPointer();
    else {
      writer.pointer(() => {
        writer.array(elements, write);
      });
    }
  });
}
