import { foldName } from "../../nt/index.js";
import { ntHash } from "./ntlm-hash.js";

/** Somebody who may log on. */
export interface Account {
  /** As it was given, for display; compared without case. */
  readonly userName: string;
  /** MD4 of the password in UTF-16, 16 bytes. [MS-NLMP] 3.3.1 NTOWFv1 */
  readonly ntHash: Uint8Array;
}

/** Who may log on. Passwords are not kept, their hashes are. */
export class Accounts {
  /** Users that are not known become guests. Those who are known and fail do not. */
  readonly allowGuest: boolean;
  readonly #byFoldedName: ReadonlyMap<string, Account>;

  constructor(
    users: readonly { readonly name: string; readonly password: string }[],
    { allowGuest = false }: { readonly allowGuest?: boolean } = {},
  ) {
    this.allowGuest = allowGuest;
    this.#byFoldedName = new Map(
      users.map(({ name, password }) => [
        foldName(name),
        { userName: name, ntHash: ntHash(password) },
      ]),
    );
  }

  /** The account of a name in any case. */
  find(userName: string): Account | undefined {
    return this.#byFoldedName.get(foldName(userName));
  }
}
