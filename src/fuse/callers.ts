import { readFileSync } from "node:fs";
import type { Caller } from "../fs/index.js";
import type { Clock } from "../kernel/index.js";
import {
  ADMINISTRATOR_PRIVILEGES,
  ADMINISTRATORS,
  AUTHENTICATED_USERS,
  EVERYONE,
  INTERACTIVE,
  LOCAL,
  LOCAL_SYSTEM,
  POSIX_ACCOUNTS,
  type Sid,
  USER_PRIVILEGES,
  USERS,
} from "../nt/index.js";
import { GROUPS_KEPT_MS, MAX_CALLERS } from "./limits.js";
import { sidOfGid, sidOfUid } from "./ownership.js";

/** A caller, and until when its groups are taken to be what they were. */
interface Kept {
  readonly caller: Caller;
  readonly untilMs: number;
}

/** Where a machine keeps who is in which group. */
export interface AccountFiles {
  /** /etc/passwd; empty where it cannot be read. */
  readonly passwd: () => string;
  /** /etc/group. */
  readonly group: () => string;
}

const ACCOUNT_FILES: AccountFiles = {
  passwd: () => readOrNothing("/etc/passwd"),
  group: () => readOrNothing("/etc/group"),
};

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // a machine may keep its accounts elsewhere: then users have their own group only
  }
}

/**
 * Who users of this machine are for the volume. The same object for the same user, for as long as possible, so that the
 * access checks of the kernel are remembered.
 */
export class Callers {
  readonly #clock: Clock;
  readonly #files: AccountFiles;
  readonly #kept = new Map<number, Map<number, Kept>>();
  #count = 0;

  constructor(clock: Clock, files: AccountFiles = ACCOUNT_FILES) {
    this.#clock = clock;
    this.#files = files;
  }

  /** @param gid - the group that new files are of */
  callerOf(uid: number, gid: number): Caller {
    const kept = this.#kept.get(uid)?.get(gid);
    const nowMs = this.#clock.nowMs();
    if (kept !== undefined && nowMs < kept.untilMs) return kept.caller;
    const caller = this.#callerOf(uid, gid);
    this.#keep(uid, gid, { caller, untilMs: nowMs + GROUPS_KEPT_MS });
    return caller;
  }

  #keep(uid: number, gid: number, kept: Kept): void {
    if (this.#count >= MAX_CALLERS) {
      this.#kept.clear();
      this.#count = 0;
    }
    const ofUser = this.#kept.get(uid) ?? new Map<number, Kept>();
    if (!ofUser.has(gid)) this.#count++;
    ofUser.set(gid, kept);
    this.#kept.set(uid, ofUser);
  }

  #callerOf(uid: number, gid: number): Caller {
    const userName = this.#userName(uid);
    const groups = [gid, ...this.#supplementaryGroups(userName)];
    const own = groups.flatMap((group) => [sidOfGid(group), POSIX_ACCOUNTS.sidOfGid(group)]);
    const isRoot = uid === 0;
    return {
      userName: userName ?? String(uid),
      userSid: sidOfUid(uid),
      groupSids: [
        ...new Set([
          POSIX_ACCOUNTS.sidOfUid(uid),
          ...own,
          ...GROUPS_OF_ALL,
          ...(isRoot ? GROUPS_OF_ROOT : []),
        ]),
      ],
      privileges: isRoot ? ADMINISTRATOR_PRIVILEGES : USER_PRIVILEGES,
      sessionId: 0,
      clientAddress: "",
    };
  }

  #userName(uid: number): string | undefined {
    const wanted = String(uid);
    for (const line of this.#files.passwd().split("\n")) {
      const [name, , id] = line.split(":");
      if (id === wanted) return name;
    }
    return undefined;
  }

  #supplementaryGroups(userName: string | undefined): number[] {
    if (userName === undefined) return [];
    const groups: number[] = [];
    for (const line of this.#files.group().split("\n")) {
      const [, , gid, members = ""] = line.split(":");
      if (gid !== undefined && members.split(",").includes(userName)) groups.push(Number(gid));
    }
    return groups;
  }
}

/** What every user of this machine belongs to; NETWORK is not among them. */
const GROUPS_OF_ALL: readonly Sid[] = [EVERYONE, AUTHENTICATED_USERS, USERS, LOCAL, INTERACTIVE];
const GROUPS_OF_ROOT: readonly Sid[] = [ADMINISTRATORS, LOCAL_SYSTEM];
