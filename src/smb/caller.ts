import type { Caller } from "../fs/index.js";
import {
  ANONYMOUS,
  EVERYONE,
  GUEST,
  GUESTS,
  NETWORK,
  type PrivilegeSet,
  type Sid,
  USER_PRIVILEGES,
} from "../nt/index.js";
import type { Account, Identity } from "./auth/index.js";

/** What of a caller does not depend on where he comes from. */
interface Rights {
  readonly userSid: Sid;
  readonly groupSids: readonly Sid[];
  readonly privileges: PrivilegeSet;
}

/** Who does not say who he is does not belong to Everyone, as on Windows since XP. */
const ANONYMOUS_RIGHTS: Rights = {
  userSid: ANONYMOUS,
  groupSids: [NETWORK],
  privileges: 0,
};

/** All guests are one user, whatever name they gave. */
const GUEST_RIGHTS: Rights = {
  userSid: GUEST,
  groupSids: [EVERYONE, GUESTS, NETWORK],
  privileges: USER_PRIVILEGES,
};

/**
 * Whom a session acts for.
 *
 * @param account - of a user; a guest and an anonymous user have none
 */
export function callerOf(
  { kind, userName }: Identity,
  account: Account | undefined,
  from: { readonly sessionId: number; readonly clientAddress: string },
): Caller {
  if (kind === "anonymous") return { ...ANONYMOUS_RIGHTS, userName, ...from };
  if (kind === "guest" || account === undefined) return { ...GUEST_RIGHTS, userName, ...from };
  const { userSid, groupSids, privileges } = account;
  return { userSid, groupSids, privileges, userName, ...from };
}
