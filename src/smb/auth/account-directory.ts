import {
  type AccountDomain,
  BUILTIN_DOMAIN,
  foldName,
  GUEST,
  KNOWN_ACCOUNTS,
  type KnownAccount,
  MACHINE_DOMAIN,
  NT_AUTHORITY,
  type Sid,
  SidNameUse,
} from "../../nt/index.js";
import type { Accounts } from "./accounts.js";

/** Names and SIDs of everybody that a descriptor on this server can speak of. */
export class AccountDirectory {
  /** Where the server's own users and groups are. */
  readonly domain: AccountDomain;
  readonly #bySid = new Map<Sid, KnownAccount>();
  readonly #byName = new Map<string, KnownAccount>();

  /** @param serverName - the name of the domain that the server's own users are in */
  constructor(accounts: Accounts, serverName: string) {
    this.domain = { sid: MACHINE_DOMAIN, name: serverName };
    for (const { name, sid } of [this.domain, BUILTIN_DOMAIN, NT_AUTHORITY]) {
      this.#add({ sid, domainName: name, name, use: SidNameUse.DOMAIN });
    }
    const own = { domainName: serverName };
    this.#add({ ...own, sid: GUEST, name: "Guest", use: SidNameUse.USER });
    for (const known of KNOWN_ACCOUNTS) this.#add(known);
    for (const { name, sid } of accounts.groups) {
      this.#add({ ...own, sid, name, use: SidNameUse.ALIAS });
    }
    for (const { userName: name, userSid: sid } of accounts.users) {
      this.#add({ ...own, sid, name, use: SidNameUse.USER });
    }
  }

  /** Somebody, or a domain, by SID. */
  findSid(sid: Sid): KnownAccount | undefined {
    return this.#bySid.get(sid);
  }

  /**
   * Somebody, or a domain, by name in any case.
   *
   * @param name - `name`, `DOMAIN\name` or `name@DOMAIN`
   */
  findName(name: string): KnownAccount | undefined {
    const backslash = name.indexOf("\\");
    if (backslash >= 0) return this.#find(name.slice(backslash + 1), name.slice(0, backslash));
    const at = name.lastIndexOf("@");
    if (at >= 0) return this.#find(name.slice(0, at), name.slice(at + 1));
    return this.#find(name, undefined);
  }

  #find(name: string, domainName: string | undefined): KnownAccount | undefined {
    const found = this.#byName.get(foldName(name));
    const isRight =
      domainName === undefined || foldName(found?.domainName ?? "") === foldName(domainName);
    return isRight ? found : undefined;
  }

  /** Who comes later is found by a name that both have: the server's own users are last. */
  #add(account: KnownAccount): void {
    this.#bySid.set(account.sid, account);
    this.#byName.set(foldName(account.name), account);
  }
}

/** The domain of an account; of a domain, itself. */
export function domainOf({ sid, domainName, use }: KnownAccount): AccountDomain {
  if (use === SidNameUse.DOMAIN) return { sid, name: domainName };
  return { sid: sid.slice(0, sid.lastIndexOf("-")), name: domainName };
}
