import type { AsyncLocalStorage } from "node:async_hooks";
import type { VolumeParams } from "../../fs/index.js";
import {
  accountSid,
  accountsServedBy,
  descriptorOfSddl,
  isSid,
  knownAccount,
  NO_ID,
  normalizeSid,
  type PosixAccounts,
  readSecurityDescriptor,
  type SecurityDescriptor,
  type Sid,
} from "../../nt/index.js";
import type { FuseContext } from "./fuse-operations.js";
import type { FuseStyle } from "./invoker.js";
import { DEFAULT_TIMEOUT_MS, MAX_MAPPED_IDS } from "./limits.js";

/** How a volume of FUSE operations is to be. WinFsp 4.5 */
export interface FuseOptions {
  /** How the operations end; found out unless told. */
  readonly style?: FuseStyle | undefined;
  /** How long an operation may take, in ms; 120,000 unless told, 0: as long as it likes. */
  readonly timeoutMs?: number | undefined;
  /** One operation at a time. */
  readonly isSerial?: boolean | undefined;
  /** Where operations find the context of their call, also in callback style: `storage.getStore()`. */
  readonly contextStorage?: AsyncLocalStorage<FuseContext> | undefined;

  /** Whom everything belongs to; -1: whoever serves it, which is every user who has logged on. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** The same, by the name of a user or group, or by a SID. */
  readonly userName?: string | undefined;
  readonly groupName?: string | undefined;
  /** Who is who, before all rules: names or SIDs by user id. At most 8. */
  readonly uidMap?: Readonly<Record<number, string>> | undefined;
  readonly gidMap?: Readonly<Record<number, string>> | undefined;
  /** Takes the place of the permissions of everything: `0o777 & ~umask`. */
  readonly umask?: number | undefined;
  /** Permissions that new files and directories do not get, whatever their descriptor would say. */
  readonly createUmask?: number | undefined;
  readonly createFileUmask?: number | undefined;
  readonly createDirUmask?: number | undefined;
  /** SDDL; the owner, group and DACL in it take the place of those of everything. */
  readonly fileSecurity?: string | undefined;
  /** Who may do anything with a file may write its extended attributes. */
  readonly addsWriteEaAccess?: boolean | undefined;

  /** How long what is known of a file may be told again, in ms; 1000 unless told. */
  readonly fileInfoTimeoutMs?: number | undefined;
  /** The same of what is in a directory; as `fileInfoTimeoutMs` unless told. */
  readonly directoryTimeoutMs?: number | undefined;
  /** The same of how full the volume is; as `fileInfoTimeoutMs` unless told. */
  readonly volumeInfoTimeoutMs?: number | undefined;

  /** The label, at most 32 UTF-16 units. */
  readonly label?: string | undefined;
  /** At most 15 UTF-16 units; FUSE unless told. */
  readonly fileSystemName?: string | undefined;
  /** True unless told. */
  readonly isCaseSensitive?: boolean | undefined;
  readonly isReadOnly?: boolean | undefined;
  /** In bytes, a power of two; 512 unless told. */
  readonly sectorSize?: number | undefined;
  /** 8 unless told. */
  readonly sectorsPerAllocationUnit?: number | undefined;
  /** 255 unless told, and at most. */
  readonly maxComponentUnits?: number | undefined;
  readonly volumeCreationTicks?: bigint | undefined;
  readonly volumeSerialNumber?: number | undefined;

  /** Where a symbolic link leads that begins with `/`: to the volume's own root; else nowhere. */
  readonly hasRelativeLinks?: boolean | undefined;
  /** Where the file system believes that it is mounted: links to there and below lead to the volume's own root. */
  readonly mountPoint?: string | undefined;
  /** Names that begin with `.` are hidden. */
  readonly hidesDotNames?: boolean | undefined;
  /** `flush` is called when the last handle of an open goes, not when all is done. */
  readonly flushesOnCleanup?: boolean | undefined;
  /** `access` is asked, with 0x40000000, whether something may be deleted. */
  readonly asksAccessToDelete?: boolean | undefined;
  /** Files that go while they are open are removed at once; else they are renamed, and go with the last open. */
  readonly removesOpenFiles?: boolean | undefined;
  /** `ino` is another for each file, and stays; else ids are made up. True unless told where there is `link`. */
  readonly usesIno?: boolean | undefined;
}

/** Options with nothing left open. */
export interface ResolvedFuseOptions extends FuseOptions {
  readonly timeoutMs: number;
  readonly accounts: PosixAccounts;
  /** Whom everything belongs to; undefined: whom the file system says. */
  readonly forcedUid: number | undefined;
  readonly forcedGid: number | undefined;
  readonly own: { readonly uid: number; readonly gid: number };
  readonly fixedSecurity: SecurityDescriptor | undefined;
  readonly volumeParams: Partial<VolumeParams>;
}

const DEFAULT_FILE_INFO_TIMEOUT_MS = 1000;
const MAX_COMPONENT_UNITS = 255;
const DEFAULT_NAME = "FUSE";
const MAX_LABEL_UNITS = 32;

/** Where the system has no ids: the numbers of SIDs that everybody has who has logged on. WinFsp 4.6 */
const OWN_ID_WITHOUT_IDS = { uid: 11, gid: 545 };

/**
 * @param hasOwners - the file system keeps whom a file belongs to; else everything belongs to whoever serves it
 * @throws Error, with a sentence, where an option cannot be taken
 */
export function resolveFuseOptions(options: FuseOptions, hasOwners: boolean): ResolvedFuseOptions {
  checkOptions(options);
  const uids = sidsOf(options.uidMap, "uidMap");
  const gids = sidsOf(options.gidMap, "gidMap");
  const own = {
    uid: process.getuid?.() ?? OWN_ID_WITHOUT_IDS.uid,
    gid: process.getgid?.() ?? OWN_ID_WITHOUT_IDS.gid,
  };
  const accounts = accountsServedBy(own, { uids, gids });
  const { userName, groupName } = options;
  const uid = userName === undefined ? options.uid : accounts.uidOfSid(sidOfName(userName));
  const gid = groupName === undefined ? options.gid : accounts.gidOfSid(sidOfName(groupName));
  const fallback = hasOwners ? undefined : NO_ID;
  return {
    ...options,
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    accounts,
    own,
    forcedUid: forced(uid ?? fallback, own.uid),
    forcedGid: forced(gid ?? fallback, own.gid),
    fixedSecurity: fixedSecurityOf(options.fileSecurity),
    volumeParams: volumeParamsOf(options),
  };
}

function checkOptions({ label = "", maxComponentUnits = 1, timeoutMs = 0 }: FuseOptions): void {
  if (label.length > MAX_LABEL_UNITS) {
    throw new Error(`the label ${label} is too long: give at most ${MAX_LABEL_UNITS} characters`);
  }
  if (!Number.isSafeInteger(maxComponentUnits) || maxComponentUnits < 1) {
    throw new Error("maxComponentUnits is no length: give 1 to 255");
  }
  if (!(timeoutMs >= 0))
    throw new Error("timeoutMs is no time: give milliseconds, or 0 for no limit");
}

function volumeParamsOf(options: FuseOptions): Partial<VolumeParams> {
  const fileInfoTimeoutMs = options.fileInfoTimeoutMs ?? DEFAULT_FILE_INFO_TIMEOUT_MS;
  const maxComponentUnits = options.maxComponentUnits ?? MAX_COMPONENT_UNITS;
  return {
    fileSystemName: options.fileSystemName ?? DEFAULT_NAME,
    isCaseSensitive: options.isCaseSensitive ?? true,
    isEaCasePreserving: true,
    isReadOnly: options.isReadOnly ?? false,
    maxComponentUnits: Math.min(maxComponentUnits, MAX_COMPONENT_UNITS),
    fileInfoTimeoutMs,
    securityTimeoutMs: fileInfoTimeoutMs,
    directoryTimeoutMs: options.directoryTimeoutMs ?? fileInfoTimeoutMs,
    volumeInfoTimeoutMs: options.volumeInfoTimeoutMs ?? fileInfoTimeoutMs,
    ...given("sectorSize", options.sectorSize),
    ...given("sectorsPerAllocationUnit", options.sectorsPerAllocationUnit),
    ...given("volumeCreationTicks", options.volumeCreationTicks),
    ...given("volumeSerialNumber", options.volumeSerialNumber),
  };
}

function given<K extends keyof VolumeParams>(
  key: K,
  value: VolumeParams[K] | undefined,
): Partial<VolumeParams> {
  return value === undefined ? {} : { [key]: value };
}

function forced(id: number | undefined, own: number): number | undefined {
  return id === NO_ID ? own : id;
}

function fixedSecurityOf(sddl: string | undefined): SecurityDescriptor | undefined {
  return sddl === undefined ? undefined : readSecurityDescriptor(descriptorOfSddl(sddl));
}

function sidsOf(
  map: Readonly<Record<number, string>> | undefined,
  option: string,
): ReadonlyMap<number, Sid> {
  const entries = Object.entries(map ?? {});
  if (entries.length > MAX_MAPPED_IDS) {
    throw new Error(`${option} maps ${entries.length} ids: at most ${MAX_MAPPED_IDS} are taken`);
  }
  return new Map(entries.map(([id, name]) => [Number(id), sidOfName(name)]));
}

/** A SID; a name that every machine knows; else a user or group of the server. */
function sidOfName(name: string): Sid {
  if (isSid(name)) return normalizeSid(name) ?? name;
  const plain = name.slice(name.search(/[^\\+]*$/)); // `domain+user`: there is one domain
  return knownAccount(plain)?.sid ?? accountSid(plain);
}
