/**
 * User and group ids of POSIX systems as SIDs, and back, by the rules of Cygwin and SFU. WinFsp 4.6
 *
 * @packageDocumentation
 */
import { AUTHENTICATED_USERS, MACHINE_DOMAIN, type Sid, USERS } from "./sid.js";

/** What stands for anybody who cannot be told in the other system's way: the number, and the SID. */
export const NOBODY_ID = 65_534;
export const NOBODY_SID: Sid = "S-1-0-65534";

/** Not an id: "whoever it is". chown(2) */
export const NO_ID = -1;

// Where the ranges of ids begin. Where two of Cygwin's overlap, the one named first here wins.
const WELL_KNOWN = 0x1_0000; // + 0x100 X + Y: S-1-X-Y
const WELL_KNOWN_END = 0x1_1000;
const MACHINE_ACCOUNTS = 0x3_0000; // + R: an account of this machine, its R of 16 bits
const MACHINE_ACCOUNTS_END = 0x4_0000;
const LABELS = 0x6_0000; // + R: S-1-16-R
const LABELS_END = 0x7_0000;
const DOMAIN_ACCOUNTS = 0x10_0000; // + R: the accounts with larger R
const UNIT = 0x1000; // X units + R: S-1-5-X-R

const FIRST_ALIAS = 0x200;
const LAST_ALIAS = 999;
const AUTHORITY_LIKE_A_USER = 1_000;

/** The domains that Samba gives to users and groups with nothing but a number; SIDs of this machine's begin so. */
export const UNIX_USERS = "S-1-22-1-";
const UNIX_GROUPS = "S-1-22-2-";

/** Logon sessions to Cygwin, and nobody whom a SID could stand for. */
const SESSION_IDS: ReadonlySet<number> = new Set([0xffe, 0xfff]);

/** Users and groups as numbers. */
export interface PosixAccounts {
  /** @param uid - 0 to 2^32 - 2 */
  sidOfUid(uid: number): Sid;
  /** @param gid - 0 to 2^32 - 2 */
  sidOfGid(gid: number): Sid;
  /** {@link NOBODY_ID} for who has no number. */
  uidOfSid(sid: Sid): number;
  /** {@link NOBODY_ID} for who has no number. */
  gidOfSid(sid: Sid): number;
}

/**
 * The rules of Cygwin, made reversible: an id that they have no SID for, or none that leads back, is one of
 * `S-1-22-1` or `S-1-22-2`, as Samba has it.
 */
export const POSIX_ACCOUNTS: PosixAccounts = {
  sidOfUid: (uid) => sidOfId(uid, UNIX_USERS),
  sidOfGid: (gid) => sidOfId(gid, UNIX_GROUPS),
  uidOfSid: idOfSid,
  gidOfSid: idOfSid,
};

/**
 * Users and groups of this machine by numbers alone: a user and a group of the same number are two. All that
 * {@link POSIX_ACCOUNTS} has are read.
 */
export const UNIX_ACCOUNTS: PosixAccounts = {
  ...POSIX_ACCOUNTS,
  sidOfUid: (uid) => `${UNIX_USERS}${uid}`,
  sidOfGid: (gid) => `${UNIX_GROUPS}${gid}`,
};

/** Who is who before all rules: `-o uidmap`. */
export interface PosixAccountMap {
  readonly uids?: ReadonlyMap<number, Sid>;
  readonly gids?: ReadonlyMap<number, Sid>;
}

/** The rules, and before them a map; of two ids with one SID the first comes back. */
export function mappedAccounts({ uids, gids }: PosixAccountMap): PosixAccounts {
  const user = mapping(uids, UNIX_USERS);
  const group = mapping(gids, UNIX_GROUPS);
  return {
    sidOfUid: user.sidOf,
    sidOfGid: group.sidOf,
    uidOfSid: user.idOf,
    gidOfSid: group.idOf,
  };
}

/**
 * The rules where a process acts for all who use what it serves: what is its own belongs to whoever has logged
 * on. Before that and the rules, a map.
 *
 * @param own - the ids of the process; undefined on Windows, which has none
 */
export function accountsServedBy(
  own: { readonly uid: number | undefined; readonly gid: number | undefined },
  { uids = new Map(), gids = new Map() }: PosixAccountMap = {},
): PosixAccounts {
  return mappedAccounts({
    uids: own.uid === undefined ? uids : new Map([[own.uid, AUTHENTICATED_USERS], ...uids]),
    gids: own.gid === undefined ? gids : new Map([[own.gid, USERS], ...gids]),
  });
}

function mapping(
  map: ReadonlyMap<number, Sid> = new Map(),
  numbers: string,
): { sidOf: (id: number) => Sid; idOf: (sid: Sid) => number } {
  const ids = new Map<Sid, number>();
  for (const [id, sid] of map) if (!ids.has(sid)) ids.set(sid, id);
  const idOf = (sid: Sid) => ids.get(sid) ?? idOfSid(sid);
  const sidOf = (id: number) => {
    const mapped = map.get(id);
    if (mapped !== undefined) return mapped;
    const sid = sidOfId(id, numbers);
    return ids.has(sid) && idOf(sid) !== id ? `${numbers}${id}` : sid; // given to another
  };
  return { sidOf, idOf };
}

function sidOfId(id: number, numbers: string): Sid {
  if (id === NOBODY_ID || SESSION_IDS.has(id)) return NOBODY_SID;
  const sid = ruledSid(id);
  return idOfSid(sid) === id ? sid : `${numbers}${id}`;
}

/** What the table of Cygwin says, whether or not it leads back. */
function ruledSid(id: number): Sid {
  if (id < FIRST_ALIAS || id === AUTHORITY_LIKE_A_USER) return `S-1-5-${id}`;
  if (id <= LAST_ALIAS) return `S-1-5-32-${id}`;
  if (id >= DOMAIN_ACCOUNTS) return `${MACHINE_DOMAIN}-${id - DOMAIN_ACCOUNTS}`;
  if (id >= WELL_KNOWN && id < WELL_KNOWN_END) {
    return `S-1-${(id - WELL_KNOWN) >> 8}-${id & 0xff}`;
  }
  if (id >= MACHINE_ACCOUNTS && id < MACHINE_ACCOUNTS_END) {
    return `${MACHINE_DOMAIN}-${id - MACHINE_ACCOUNTS}`;
  }
  if (id >= LABELS && id < LABELS_END) return `S-1-16-${id - LABELS}`;
  return `S-1-5-${Math.floor(id / UNIT)}-${id % UNIT}`;
}

const DOMAIN_PREFIX = `${MACHINE_DOMAIN}-`;
const MAX_ID = 0xffff_fffe;

function idOfSid(sid: Sid): number {
  if (sid.startsWith(DOMAIN_PREFIX)) return idOfAccount(sid.slice(DOMAIN_PREFIX.length));
  const [authority = "", first = "", second, ...more] = sid.split("-").slice(2);
  if (more.length > 0) return NOBODY_ID;
  const x = Number(first);
  if (second === undefined) return idOfSingle(Number(authority), x);
  const r = Number(second);
  if (authority === "22" && (x === 1 || x === 2)) return r > MAX_ID ? NOBODY_ID : r;
  return authority === "5" ? idOfPair(x, r) : NOBODY_ID;
}

function idOfAccount(rest: string): number {
  const rid = Number(rest); // no number where there are more parts
  if (rid < MACHINE_ACCOUNTS_END - MACHINE_ACCOUNTS) return MACHINE_ACCOUNTS + rid;
  return rid <= MAX_ID - DOMAIN_ACCOUNTS ? DOMAIN_ACCOUNTS + rid : NOBODY_ID;
}

/** `S-1-X-Y` */
function idOfSingle(x: number, y: number): number {
  if (x === 5) return y < FIRST_ALIAS || y === AUTHORITY_LIKE_A_USER ? y : NOBODY_ID;
  if (x === 16) return y < LABELS_END - LABELS ? LABELS + y : NOBODY_ID;
  return x < 16 && y < 0x100 ? WELL_KNOWN + 0x100 * x + y : NOBODY_ID;
}

/** `S-1-5-X-R` */
function idOfPair(x: number, r: number): number {
  if (x === 32 && r >= FIRST_ALIAS && r <= LAST_ALIAS) return r;
  const id = UNIT * x + r;
  const isTaken =
    id === NOBODY_ID ||
    (id >= WELL_KNOWN && id < WELL_KNOWN_END) ||
    (id >= MACHINE_ACCOUNTS && id < MACHINE_ACCOUNTS_END) ||
    (id >= LABELS && id < LABELS_END);
  return x > 0 && r < UNIT && id < DOMAIN_ACCOUNTS && !isTaken ? id : NOBODY_ID;
}
