import {
  ADMINISTRATOR_PRIVILEGES,
  ADMINISTRATORS,
  AUTHENTICATED_USERS,
  accountSid,
  BUILTIN_DOMAIN,
  EVERYONE,
  foldName,
  knownAccount,
  NETWORK,
  type PrivilegeSet,
  type Sid,
  USER_PRIVILEGES,
  USERS,
} from "../../nt/index.js";
import { ntHash } from "./ntlm-hash.js";

/** Who may log on, as it was configured. */
export interface AccountConfig {
  readonly name: string;
  readonly password: string;
  /** Names of groups; those that Windows has built in, such as Administrators, are these. */
  readonly groups?: readonly string[] | undefined;
}

/** Somebody who may log on. */
export interface Account {
  /** As it was given, for display; compared without case. */
  readonly userName: string;
  readonly userSid: Sid;
  /** Every group of the user, the well-known ones included. */
  readonly groupSids: readonly Sid[];
  readonly privileges: PrivilegeSet;
  /** MD4 of the password in UTF-16, 16 bytes. [MS-NLMP] 3.3.1 NTOWFv1 */
  readonly ntHash: Uint8Array;
}

/** A group of the server's own. */
export interface Group {
  readonly name: string;
  readonly sid: Sid;
}

/** What everybody belongs to who logs on over the network with a password. */
const GROUPS_OF_ALL: readonly Sid[] = [EVERYONE, AUTHENTICATED_USERS, USERS, NETWORK];

/** Who may log on, and the groups they are in. Passwords are not kept, their hashes are. */
export class Accounts {
  /** Users that are not known become guests. Those who are known and fail do not. */
  readonly allowGuest: boolean;
  readonly #byFoldedName = new Map<string, Account>();
  readonly #groups = new Map<string, Group>();
  readonly #names = new Map<Sid, string>();

  /** @throws Error whose message says what to do, where two names cannot be kept apart */
  constructor(
    users: readonly AccountConfig[],
    { allowGuest = false }: { readonly allowGuest?: boolean } = {},
  ) {
    this.allowGuest = allowGuest;
    for (const user of users) this.#claim(user.name, "user");
    for (const user of users) this.#byFoldedName.set(foldName(user.name), this.#accountOf(user));
  }

  /** The account of a name in any case. */
  find(userName: string): Account | undefined {
    return this.#byFoldedName.get(foldName(userName));
  }

  get users(): readonly Account[] {
    return [...this.#byFoldedName.values()];
  }

  /** The groups that were configured, but for those that every machine has. */
  get groups(): readonly Group[] {
    return [...this.#groups.values()];
  }

  #accountOf({ name, password, groups = [] }: AccountConfig): Account {
    const own = new Set(groups.map((group) => this.#groupSid(group)));
    return {
      userName: name,
      userSid: accountSid(name),
      groupSids: [...new Set([...GROUPS_OF_ALL, ...own])],
      privileges: own.has(ADMINISTRATORS) ? ADMINISTRATOR_PRIVILEGES : USER_PRIVILEGES,
      ntHash: ntHash(password),
    };
  }

  #groupSid(name: string): Sid {
    const known = knownAccount(name);
    if (known?.domainName === BUILTIN_DOMAIN.name) return known.sid;
    const folded = foldName(name);
    const group = this.#groups.get(folded) ?? { name, sid: accountSid(name) };
    if (!this.#groups.has(folded)) this.#claim(name, "group");
    this.#groups.set(folded, group);
    return group.sid;
  }

  /** Users and groups are kept apart by their SIDs, which are made of their names. */
  #claim(name: string, what: "user" | "group"): void {
    if (knownAccount(name) !== undefined) {
      throw new Error(
        `"${name}" is what Windows calls one of its own: choose another ${what} name`,
      );
    }
    const sid = accountSid(name);
    const taken = this.#names.get(sid);
    if (taken !== undefined) {
      throw new Error(
        foldName(taken) === foldName(name)
          ? `there are two accounts called "${name}": choose another name for one of them`
          : `"${name}" and "${taken}" have the same SID by chance: choose another name for one of them`,
      );
    }
    this.#names.set(sid, name);
  }
}
