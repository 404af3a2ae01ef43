/**
 * What a client can do with a volume, the same words for the kernel and for SMB. A refusal is thrown, as
 * an `NtError`.
 *
 * @packageDocumentation
 */
import type {
  AllocatedRange,
  ChangeAction,
  ExtendedAttribute,
  LinkInfo,
  StreamInfo,
  VolumeInfo,
} from "../../fs/index.js";
import {
  type CreateAction,
  type CreateDisposition,
  FILE_SHARE_DELETE,
  FILE_SHARE_READ,
  FILE_SHARE_WRITE,
} from "../../nt/index.js";

/** With everybody, for everything. */
export const SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

/** What a read takes unless told, in bytes. */
export const DEFAULT_READ_LENGTH = 65_536;

/** Who may log on to a stage. */
export type UserName = "anna" | "bert";

/** What a client may keep to itself of a file, least first. [MS-SMB2] 2.2.13, RequestedOplockLevel */
export type OplockName = "none" | "II" | "exclusive" | "batch";

/**
 * What a client may keep to itself of a file by a lease: what was read (R), what it writes (W), and the handle when its
 * programs have closed it (H). [MS-SMB2] 2.2.13.2.8, LeaseState
 */
export type LeaseName = "none" | "R" | "RH" | "RW" | "RWH";

/** The lease that an open is to come under, or to make. */
export interface LeaseWish {
  /** The client's own name for it: from 0 to 255. */
  readonly key: number;
  readonly state: LeaseName;
}

/** What the holder of a lease is told when it must let go. */
export interface HeardLeaseBreak {
  readonly key: number;
  readonly from: LeaseName;
  /** What it may still keep. */
  readonly to: LeaseName;
  /** It must say so, and somebody may wait for that. */
  readonly needsAcknowledgment: boolean;
}

/** How a file is opened: for everything, with everybody, and only if it is there, unless told. */
export interface OpenRequest {
  /** Opens the file that has this id; the path counts for nothing. [MS-SMB2] 2.2.13, FILE_OPEN_BY_FILE_ID */
  readonly fileId?: bigint;
  readonly desiredAccess?: number;
  readonly shareAccess?: number;
  readonly createDisposition?: CreateDisposition;
  readonly createOptions?: number;
  readonly fileAttributes?: number;
  /** In bytes. */
  readonly allocationSize?: number;
  /** Self-relative. [MS-DTYP] 2.4.6 */
  readonly securityDescriptor?: Uint8Array;
  readonly extendedAttributes?: readonly ExtendedAttribute[];
  readonly oplock?: OplockName;
  /** In place of an oplock. */
  readonly lease?: LeaseWish;
  /** Gives up an open that waits: it is refused with CANCELLED. */
  readonly signal?: AbortSignal;
}

/** What is known of an open file. */
export interface FileFacts {
  /** [MS-FSCC] 2.6; 0 where there is none. */
  readonly fileAttributes: number;
  /** In bytes. */
  readonly allocationSize: number;
  /** In bytes. */
  readonly fileSize: number;
  readonly creationTicks: bigint;
  readonly lastAccessTicks: bigint;
  readonly lastWriteTicks: bigint;
  readonly changeTicks: bigint;
  readonly fileId: bigint;
  readonly hardLinks: number;
  readonly eaSize: number;
  readonly isDeletePending: boolean;
  readonly isDirectory: boolean;
  /** From the root of the volume, as stored. */
  readonly path: string;
}

/** One name of a directory, and some of what comes with it. */
export interface ListedName {
  readonly name: string;
  readonly fileAttributes: number;
  /** In bytes. */
  readonly fileSize: number;
  readonly fileId: bigint;
}

/** Attributes and times to set; what is left out stays. */
export interface BasicChanges {
  readonly fileAttributes?: number;
  readonly creationTicks?: bigint;
  readonly lastAccessTicks?: bigint;
  readonly lastWriteTicks?: bigint;
  readonly changeTicks?: bigint;
}

/** How a name goes, or takes the place of another one. [MS-FSCC] 2.4.11, 2.4.37; nothing of it unless told */
export interface NameChangeHow {
  /** What loses its name may be open, and lives on without one. */
  readonly isPosix?: boolean;
  /** What loses its name may be read-only. */
  readonly ignoresReadOnly?: boolean;
}

/** How a file is deleted. */
export interface DeleteHow extends NameChangeHow {
  /** It is what the open was made with that is to change, FILE_DELETE_ON_CLOSE. */
  readonly isOnClose?: boolean;
}

/** A run of bytes to lock. */
export interface RangeToLock {
  readonly offset: number;
  readonly length: number;
  /** Shared unless told. */
  readonly isExclusive?: boolean;
}

/** What is watched for. */
export interface Watching {
  /** FILE_NOTIFY_CHANGE_..., [MS-SMB2] 2.2.35 */
  readonly filter: number;
  /** Everything below, too; false unless told. */
  readonly isTree?: boolean;
  /** Gives up the waiting: it ends with CANCELLED. */
  readonly signal?: AbortSignal;
}

/** One change that a watcher heard of. */
export interface HeardChange {
  readonly action: ChangeAction;
  /** From the watched directory on, `\` between names. */
  readonly name: string;
}

/** A volume as one client has it. */
export interface Drive {
  /** @param path - from the root, `\` between names and none before the first; empty for the root */
  open(path: string, request?: OpenRequest): Promise<DriveFile>;

  volumeInfo(): Promise<VolumeInfo>;

  setVolumeLabel(label: string): Promise<void>;

  /** Goes away without a word: what it has open is closed. */
  leave(): Promise<void>;
}

/** The same, of a client that takes leases. */
export interface LeasingDrive extends Drive {
  /** What it may still keep, when it is next asked to let go of a lease. */
  nextLeaseBreak(): Promise<HeardLeaseBreak>;
  /** Says what it keeps. @throws NtError OBJECT_NAME_NOT_FOUND where it has no such lease */
  acknowledgeLease(key: number, state: LeaseName): Promise<void>;
}

/** A file that a client has open. */
export interface DriveFile {
  readonly createAction: CreateAction;
  /** What it may keep to itself, as it was granted. */
  readonly oplock: OplockName;
  /** Its lease, as it was when it was opened; absent where it has none. */
  readonly lease?: LeaseName | undefined;

  /** @throws NtError END_OF_FILE at and past the end */
  read(length?: number, offset?: number): Promise<string>;
  /** @returns bytes written */
  write(text: string, offset?: number): Promise<number>;
  /** Writes where the file ends: for who may append, and not write. */
  append(text: string): Promise<number>;
  flush(): Promise<void>;
  close(): Promise<void>;

  facts(): Promise<FileFacts>;
  setBasic(changes: BasicChanges): Promise<void>;
  setFileSize(fileSize: number): Promise<void>;
  setAllocationSize(allocationSize: number): Promise<void>;
  /** Makes the name go with its last open, or stay after all. */
  setDelete(isDelete: boolean, how?: DeleteHow): Promise<void>;
  /** @param newPath - from the root; or `:stream`, of the same file */
  rename(newPath: string, replaceIfExists?: boolean, how?: NameChangeHow): Promise<void>;
  /** Gives the file one more name. */
  link(newPath: string, replaceIfExists?: boolean): Promise<void>;
  /** Its names. */
  links(): Promise<LinkInfo[]>;

  /** Lets it have holes, or no more. */
  setSparse(isSparse: boolean): Promise<void>;
  /** Makes a run of bytes zero; the size stays. */
  setZeroData(offset: number, length: number): Promise<void>;
  /** Where it has data, of a run of bytes. */
  allocatedRanges(offset: number, length: number): Promise<AllocatedRange[]>;

  /** The names that match, from the first, in the volume's order. @throws NtError NO_SUCH_FILE */
  list(pattern?: string): Promise<ListedName[]>;
  /** Without `:` and type; the unnamed one is empty. */
  streams(): Promise<StreamInfo[]>;

  /** @param parts - [MS-DTYP] 2.4.7 */
  security(parts: number): Promise<Uint8Array>;
  setSecurity(parts: number, descriptor: Uint8Array): Promise<void>;

  /** All, or none. @throws NtError LOCK_NOT_GRANTED */
  lock(...ranges: readonly RangeToLock[]): Promise<void>;
  /** When nothing is in the way any more. */
  lockWhenFree(range: RangeToLock, signal?: AbortSignal): Promise<void>;
  unlock(range: RangeToLock): Promise<void>;

  /** What happens next in the directory. */
  watch(watching: Watching): Promise<HeardChange[]>;

  /** What it may still keep, when it is next asked to let go. */
  nextBreak(): Promise<OplockName>;
  /** Says what it keeps. */
  acknowledge(oplock: OplockName): Promise<void>;
}
