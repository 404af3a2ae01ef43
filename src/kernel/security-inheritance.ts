/**
 * The security descriptor of a new file: made of its directory's, the one given, and the caller.
 * [MS-DTYP] 2.5.3.4
 *
 * @packageDocumentation
 */
import {
  type Ace,
  AceType,
  type Acl,
  CONTAINER_INHERIT_ACE,
  CREATOR_GROUP,
  CREATOR_OWNER,
  FILE_ALL_ACCESS,
  INHERIT_ONLY_ACE,
  INHERITED_ACE,
  LOCAL_SYSTEM,
  mapGenericAccess,
  NO_PROPAGATE_INHERIT_ACE,
  NtError,
  NtStatus,
  OBJECT_INHERIT_ACE,
  SE_DACL_AUTO_INHERITED,
  SE_DACL_PRESENT,
  SE_DACL_PROTECTED,
  SE_SACL_AUTO_INHERITED,
  SE_SACL_PRESENT,
  SE_SACL_PROTECTED,
  SE_SECURITY_PRIVILEGE,
  SE_SELF_RELATIVE,
  type SecurityDescriptor,
  type Sid,
  tryReadSecurityDescriptor,
  writeSecurityDescriptor,
} from "../nt/index.js";
import { hasPrivilege, mayMakeOwner, type Token } from "./access-check.js";
import { ok, type Result, refused } from "./result.js";

/** What a new descriptor is made of. */
export interface Ancestry {
  /** Of the directory; undefined where there is none. */
  readonly parent: SecurityDescriptor | undefined;
  /** What the caller wants; undefined where he does not say. */
  readonly given: SecurityDescriptor | undefined;
  readonly caller: Token;
  readonly isDirectory: boolean;
}

/** Who a new file belongs to, and of which kind it is: what an ACE turns into depends on it. */
interface Heir {
  readonly owner: Sid;
  readonly group: Sid;
  readonly isDirectory: boolean;
  /** The directory's ACL was inherited automatically, so this one is too, and its ACEs are marked. */
  readonly isAutomatic: boolean;
}

/**
 * The descriptor of a new file, self-relative. [MS-DTYP] 2.5.3.4.1
 *
 * Where the directory's ACL is not marked AUTO_INHERITED, a given ACL stands alone; where it is, what
 * the directory hands down comes after it, unless it is protected. Windows does so; smbtorture
 * smb2.acls.INHERITFLAGS.
 *
 * @returns INVALID_OWNER when the caller may not make files for the given owner; PRIVILEGE_NOT_HELD when
 *   he may not say what is audited, and does; INVALID_ACL when given and inherited ACEs together are too
 *   many for an ACL
 */
export function inheritDescriptor(ancestry: Ancestry): Result<Uint8Array> {
  const { given, caller, isDirectory } = ancestry;
  const owner = given?.owner ?? caller.userSid;
  if (!mayMakeOwner(caller, owner)) return refused(NtStatus.INVALID_OWNER);
  if (setsAuditing(given) && !hasPrivilege(caller, SE_SECURITY_PRIVILEGE)) {
    return refused(NtStatus.PRIVILEGE_NOT_HELD);
  }
  const group = given?.group ?? primaryGroup(caller);
  const who = { owner, group, isDirectory };

  const dacl = newAcl(partOf(ancestry, "dacl"), who);
  const sacl = newAcl(partOf(ancestry, "sacl"), who);
  const control = SE_SELF_RELATIVE | SE_DACL_PRESENT | dacl.control | sacl.control;
  const hasDacl = dacl.isGiven || dacl.acl !== undefined;
  const descriptor = {
    control,
    owner,
    group,
    sacl: sacl.acl,
    dacl: hasDacl ? dacl.acl : defaultDacl(owner),
  };
  return encode(descriptor);
}

/** Whether a SACL says more than what label a file has. */
function setsAuditing(given: SecurityDescriptor | undefined): boolean {
  return (given?.sacl?.aces ?? []).some(({ type }) => type !== AceType.SYSTEM_MANDATORY_LABEL);
}

function encode(descriptor: SecurityDescriptor): Result<Uint8Array> {
  try {
    return ok(writeSecurityDescriptor(descriptor));
  } catch (error) {
    if (error instanceof NtError) return refused(error.status);
    throw error;
  }
}

/**
 * The first group that belongs to a domain; without one, the user himself. A well-known group never:
 * what is left to CREATOR_GROUP must not go to Everyone.
 */
function primaryGroup({ userSid, groupSids }: Token): Sid {
  return groupSids.find((sid) => sid.startsWith("S-1-5-21-")) ?? userSid;
}

/** What the token would bring along on Windows. [MS-DTYP] 2.5.3.4.1, Token.DefaultDACL */
function defaultDacl(owner: Sid): Acl {
  const full = { type: AceType.ACCESS_ALLOWED, flags: 0, mask: FILE_ALL_ACCESS };
  return {
    revision: 2,
    aces: [
      { ...full, sid: owner },
      { ...full, sid: LOCAL_SYSTEM },
    ],
  };
}

/** One of the two ACLs, of directory and given descriptor, under names that hold for both. */
interface AclAncestry {
  readonly parent: Acl | undefined;
  readonly given: Acl | undefined;
  readonly isGiven: boolean;
  readonly isProtected: boolean;
  readonly isAutomatic: boolean;
  readonly bits: {
    readonly present: number;
    readonly automatic: number;
    readonly isProtected: number;
  };
}

const BITS = {
  dacl: {
    present: SE_DACL_PRESENT,
    automatic: SE_DACL_AUTO_INHERITED,
    isProtected: SE_DACL_PROTECTED,
  },
  sacl: {
    present: SE_SACL_PRESENT,
    automatic: SE_SACL_AUTO_INHERITED,
    isProtected: SE_SACL_PROTECTED,
  },
};

function partOf({ parent, given }: Ancestry, which: "dacl" | "sacl"): AclAncestry {
  const bits = BITS[which];
  const parentControl = parent?.control ?? 0;
  const givenControl = given?.control ?? 0;
  return {
    parent: parent?.[which],
    given: given?.[which],
    isGiven: (givenControl & bits.present) !== 0,
    isProtected: (givenControl & bits.isProtected) !== 0,
    isAutomatic: (parentControl & bits.automatic) !== 0,
    bits,
  };
}

/** [MS-DTYP] 2.5.3.4.2 */
function newAcl(
  ancestry: AclAncestry,
  who: Omit<Heir, "isAutomatic">,
): { acl: Acl | undefined; control: number; isGiven: boolean } {
  const { isGiven, isProtected, bits } = ancestry;
  const isAutomatic = ancestry.isAutomatic && !(isGiven && isProtected);
  const heir = { ...who, isAutomatic };
  const inherits = isAutomatic || !isGiven;
  const inherited = inherits ? inheritedAces(ancestry.parent, heir) : [];
  const control =
    (isGiven ? bits.present : 0) |
    (isAutomatic ? bits.automatic : 0) |
    (isGiven && isProtected ? bits.isProtected : 0);

  if (isGiven && ancestry.given === undefined) return { acl: undefined, control, isGiven };
  const explicit = ancestry.given === undefined ? [] : givenAces(ancestry.given, heir);
  if (!isGiven && inherited.length === 0) return { acl: undefined, control, isGiven };
  const revision = Math.max(ancestry.given?.revision ?? 2, ancestry.parent?.revision ?? 2);
  return { acl: { revision, aces: [...explicit, ...inherited] }, control, isGiven };
}

/**
 * The ACEs that were given: without those that only repeat an inheritance that is worked out anew.
 * [MS-DTYP] 2.5.3.4.4
 */
function givenAces({ aces }: Acl, heir: Heir): Ace[] {
  return aces
    .filter((ace) => !heir.isAutomatic || (ace.flags & INHERITED_ACE) === 0)
    .flatMap((ace) => effectiveAces(ace, heir));
}

const INHERITANCE_FLAGS =
  OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE | NO_PROPAGATE_INHERIT_ACE | INHERIT_ONLY_ACE;

/** What a directory hands down. [MS-DTYP] 2.5.3.4.3 */
function inheritedAces(parent: Acl | undefined, heir: Heir): Ace[] {
  const mark = heir.isAutomatic ? INHERITED_ACE : 0;
  return (parent?.aces ?? []).flatMap((ace) => {
    const inheritance = inheritedFlags(ace.flags, heir.isDirectory);
    if (inheritance === undefined) return [];
    const rest = ace.flags & ~(INHERITANCE_FLAGS | INHERITED_ACE);
    return effectiveAces({ ...ace, flags: rest | inheritance | mark }, heir);
  });
}

/** The inheritance flags of an ACE on a new file; undefined where it does not get there. */
function inheritedFlags(flags: number, isDirectory: boolean): number | undefined {
  const forFiles = flags & OBJECT_INHERIT_ACE;
  if (!isDirectory) return forFiles === 0 ? undefined : 0;
  const isLastStep = (flags & NO_PROPAGATE_INHERIT_ACE) !== 0;
  if ((flags & CONTAINER_INHERIT_ACE) !== 0) {
    return isLastStep ? 0 : CONTAINER_INHERIT_ACE | forFiles;
  }
  return forFiles === 0 || isLastStep ? undefined : OBJECT_INHERIT_ACE | INHERIT_ONLY_ACE;
}

/**
 * An ACE as it holds for the new file. One that speaks in general, of creators or generic rights, is
 * made particular; on a directory the general one stays beside it, to be handed down.
 * [MS-DTYP] 2.5.3.4.6
 */
function effectiveAces(ace: Ace, heir: Heir): Ace[] {
  if ((ace.flags & INHERIT_ONLY_ACE) !== 0) return [ace];
  const sid = ownerOrGroup(ace.sid, heir);
  const mask = mapGenericAccess(ace.mask);
  if (sid === ace.sid && mask === ace.mask) return [ace];
  const isHandedDown = (ace.flags & (OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE)) !== 0;
  const particular = { ...ace, sid, mask };
  if (!isHandedDown) return [particular];
  return [
    { ...particular, flags: ace.flags & ~INHERITANCE_FLAGS },
    { ...ace, flags: ace.flags | INHERIT_ONLY_ACE },
  ];
}

function ownerOrGroup(sid: Sid, { owner, group }: Heir): Sid {
  if (sid === CREATOR_OWNER) return owner;
  if (sid === CREATOR_GROUP) return group;
  return sid;
}

/** What files and directories made in one directory, by one caller who gives no descriptor, get. */
interface Children {
  file?: Uint8Array;
  directory?: Uint8Array;
}

/**
 * Descriptors of new files, remembered: all files that one caller makes in one directory share one
 * array. A directory that gets just what its parent has shares the parent's. Nothing is kept alive by it.
 */
export class DescriptorInheritance {
  readonly #children = new WeakMap<Uint8Array, WeakMap<Token, Children>>();

  /**
   * As {@link inheritDescriptor}, of descriptors as they are stored and sent.
   *
   * @param parent - of the directory; one that cannot be read hands nothing down
   * @param given - what the client sent
   * @returns besides, INVALID_SECURITY_DESCR when `given` cannot be read
   */
  inherit({ parent, given, caller, isDirectory }: StoredAncestry): Result<Uint8Array> {
    const children = given === undefined ? this.#childrenOf(parent ?? NO_PARENT, caller) : {};
    const before = isDirectory ? children.directory : children.file;
    if (before !== undefined) return ok(before);

    const wanted = given === undefined ? undefined : tryReadSecurityDescriptor(given);
    if (given !== undefined && wanted === undefined)
      return refused(NtStatus.INVALID_SECURITY_DESCR);
    const above = parent === undefined ? undefined : tryReadSecurityDescriptor(parent);
    const made = inheritDescriptor({ parent: above, given: wanted, caller, isDirectory });
    if (!made.ok) return made;
    const descriptor = parent !== undefined && isSame(parent, made.value) ? parent : made.value;
    children[isDirectory ? "directory" : "file"] = descriptor;
    return ok(descriptor);
  }

  #childrenOf(parent: Uint8Array, caller: Token): Children {
    let byCaller = this.#children.get(parent);
    if (byCaller === undefined) this.#children.set(parent, (byCaller = new WeakMap()));
    let children = byCaller.get(caller);
    if (children === undefined) byCaller.set(caller, (children = {}));
    return children;
  }
}

/** What {@link DescriptorInheritance} makes a descriptor of: {@link Ancestry}, not yet decoded. */
export interface StoredAncestry {
  readonly parent: Uint8Array | undefined;
  readonly given: Uint8Array | undefined;
  readonly caller: Token;
  readonly isDirectory: boolean;
}

/** Stands for the parent of files whose directory has no descriptor. */
const NO_PARENT = new Uint8Array(0);

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
