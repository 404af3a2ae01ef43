/**
 * Users and groups that are the same on every machine, by name. [MS-DTYP] 2.4.2.4
 *
 * @packageDocumentation
 */
import { foldName } from "./names.js";
import {
  ADMINISTRATORS,
  ANONYMOUS,
  AUTHENTICATED_USERS,
  BATCH,
  CREATOR_GROUP,
  CREATOR_OWNER,
  DIALUP,
  ENTERPRISE_DOMAIN_CONTROLLERS,
  EVERYONE,
  GUESTS,
  INTERACTIVE,
  LOCAL,
  LOCAL_SERVICE,
  LOCAL_SYSTEM,
  NETWORK,
  NETWORK_SERVICE,
  NULL_SID,
  OWNER_RIGHTS,
  POWER_USERS,
  PRINCIPAL_SELF,
  RESTRICTED_CODE,
  SERVICE,
  type Sid,
  USERS,
} from "./sid.js";

/** What a SID stands for. [MS-SAMR] 2.2.2.3 */
export const SidNameUse = {
  USER: 1,
  GROUP: 2,
  DOMAIN: 3,
  ALIAS: 4,
  WELL_KNOWN_GROUP: 5,
  UNKNOWN: 8,
} as const;
export type SidNameUse = (typeof SidNameUse)[keyof typeof SidNameUse];

/** Somebody with a name and a SID. */
export interface KnownAccount {
  readonly sid: Sid;
  /** Empty for those that belong nowhere, as Everyone. */
  readonly domainName: string;
  readonly name: string;
  readonly use: SidNameUse;
}

/** A domain: where names and SIDs of accounts come from. */
export interface AccountDomain {
  readonly sid: Sid;
  readonly name: string;
}

/** The domain of the groups that every machine has. */
export const BUILTIN_DOMAIN: AccountDomain = { sid: "S-1-5-32", name: "BUILTIN" };

/** The domain of those that the system itself speaks of. */
export const NT_AUTHORITY: AccountDomain = { sid: "S-1-5", name: "NT AUTHORITY" };

/** The domain of those that belong nowhere; its SID is the account's own less the last part. */
const NOWHERE = "";

function wellKnown(domainName: string, name: string, sid: Sid): KnownAccount {
  return { sid, domainName, name, use: SidNameUse.WELL_KNOWN_GROUP };
}

function builtin(name: string, sid: Sid): KnownAccount {
  return { sid, domainName: BUILTIN_DOMAIN.name, name, use: SidNameUse.ALIAS };
}

/** Their names in English, as every Windows takes them in SDDL and most in dialogs. */
export const KNOWN_ACCOUNTS: readonly KnownAccount[] = [
  wellKnown(NOWHERE, "NULL SID", NULL_SID),
  wellKnown(NOWHERE, "Everyone", EVERYONE),
  wellKnown(NOWHERE, "LOCAL", LOCAL),
  wellKnown(NOWHERE, "CREATOR OWNER", CREATOR_OWNER),
  wellKnown(NOWHERE, "CREATOR GROUP", CREATOR_GROUP),
  wellKnown(NOWHERE, "OWNER RIGHTS", OWNER_RIGHTS),
  wellKnown(NT_AUTHORITY.name, "DIALUP", DIALUP),
  wellKnown(NT_AUTHORITY.name, "NETWORK", NETWORK),
  wellKnown(NT_AUTHORITY.name, "BATCH", BATCH),
  wellKnown(NT_AUTHORITY.name, "INTERACTIVE", INTERACTIVE),
  wellKnown(NT_AUTHORITY.name, "SERVICE", SERVICE),
  wellKnown(NT_AUTHORITY.name, "ANONYMOUS LOGON", ANONYMOUS),
  wellKnown(NT_AUTHORITY.name, "ENTERPRISE DOMAIN CONTROLLERS", ENTERPRISE_DOMAIN_CONTROLLERS),
  wellKnown(NT_AUTHORITY.name, "SELF", PRINCIPAL_SELF),
  wellKnown(NT_AUTHORITY.name, "Authenticated Users", AUTHENTICATED_USERS),
  wellKnown(NT_AUTHORITY.name, "RESTRICTED", RESTRICTED_CODE),
  wellKnown(NT_AUTHORITY.name, "SYSTEM", LOCAL_SYSTEM),
  wellKnown(NT_AUTHORITY.name, "LOCAL SERVICE", LOCAL_SERVICE),
  wellKnown(NT_AUTHORITY.name, "NETWORK SERVICE", NETWORK_SERVICE),
  builtin("Administrators", ADMINISTRATORS),
  builtin("Users", USERS),
  builtin("Guests", GUESTS),
  builtin("Power Users", POWER_USERS),
];

const byFoldedName: ReadonlyMap<string, KnownAccount> = new Map(
  KNOWN_ACCOUNTS.map((account) => [foldName(account.name), account]),
);

/** The account of a name, in any case; undefined where it is none of these. */
export function knownAccount(name: string): KnownAccount | undefined {
  return byFoldedName.get(foldName(name));
}
