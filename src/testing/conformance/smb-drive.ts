import { utf16, viewOf } from "../../bytes/index.js";
import type { AllocatedRange, LinkInfo, StreamInfo, VolumeInfo } from "../../fs/index.js";
import {
  type CreateAction,
  CreateDisposition,
  FILE_ALL_ACCESS,
  FILE_ATTRIBUTE_NORMAL,
  FILE_LIST_DIRECTORY,
  FILE_OPEN_BY_FILE_ID,
  NtError,
  NtStatus,
} from "../../nt/index.js";
import {
  FILE_DISPOSITION_DELETE,
  FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE,
  FILE_DISPOSITION_ON_CLOSE,
  FILE_DISPOSITION_POSIX_SEMANTICS,
  FILE_RENAME_IGNORE_READONLY_ATTRIBUTE,
  FILE_RENAME_POSIX_SEMANTICS,
  FILE_RENAME_REPLACE_IF_EXISTS,
  FileAllInformation,
  FileAllocatedRangeBuffer,
  FileAllocationInformation,
  FileBasicInformation,
  FileDispositionInformation,
  FileDispositionInformationEx,
  FileEndOfFileInformation,
  FileFsFullSizeInformation,
  FileFsLabelInformation,
  FileFsVolumeInformation,
  FileInformationClass,
  FileLinkInformation,
  FileRenameInformation,
  FileRenameInformationEx,
  FileSetSparseBuffer,
  FileZeroDataInformation,
  FsInformationClass,
} from "../../wire/fscc/index.js";
import {
  Command,
  type CreateContext,
  Fsctl,
  InfoType,
  LeaseBreakNotification,
  NotificationHeader,
  OplockBreakHead,
  OplockBreakNotification,
  OplockLevel,
  SMB2_LOCKFLAG_EXCLUSIVE_LOCK,
  SMB2_LOCKFLAG_FAIL_IMMEDIATELY,
  SMB2_LOCKFLAG_SHARED_LOCK,
  SMB2_LOCKFLAG_UNLOCK,
  SMB2_RESTART_SCANS,
  SMB2_WATCH_TREE,
} from "../../wire/smb2/index.js";
import {
  type Answer,
  type ClientTree,
  type Created,
  type CreateParams,
  changeNotifyRequest,
  createRequest,
  type FileId,
  grantedLease,
  type InFlight,
  type LockRange,
  leaseBreakRequest,
  leaseContext,
  lockRequest,
  oplockBreakRequest,
  readLeaseBreak,
  readListing,
  type SmbClient,
} from "../client/index.js";
import { BreakInbox } from "./break-inbox.js";
import {
  type BasicChanges,
  DEFAULT_READ_LENGTH,
  type DeleteHow,
  type DriveFile,
  type FileFacts,
  type HeardChange,
  type HeardLeaseBreak,
  type LeaseName,
  type LeaseWish,
  type LeasingDrive,
  type ListedName,
  type NameChangeHow,
  type OpenRequest,
  type OplockName,
  type RangeToLock,
  SHARE_ALL,
  type Watching,
} from "./drive.js";
import { leaseNameOf, leaseStateOf } from "./lease-names.js";
import {
  contextsOf,
  nameOfId,
  readChanges,
  readLinks,
  readRanges,
  readStreams,
  textAt,
} from "./smb-drive-data.js";

const LEVELS: Readonly<Record<OplockName, OplockLevel>> = {
  none: OplockLevel.NONE,
  II: OplockLevel.II,
  exclusive: OplockLevel.EXCLUSIVE,
  batch: OplockLevel.BATCH,
};

/** A volume as an SMB client has it: one connection, one session, one tree. */
export class SmbDrive implements LeasingDrive {
  readonly #client: SmbClient;
  readonly #tree: ClientTree;
  readonly #whenGone: () => Promise<void>;
  readonly #breaks = new Map<bigint, BreakInbox<OplockName>>();
  readonly #leaseBreaks = new BreakInbox<HeardLeaseBreak>();

  /** @param whenGone - waits until the server has noticed that the connection is gone */
  constructor(client: SmbClient, tree: ClientTree, whenGone: () => Promise<void>) {
    this.#client = client;
    this.#tree = tree;
    this.#whenGone = whenGone;
    client.connection.onNotification = (answer) => {
      this.#notified(answer);
    };
  }

  async open(path: string, request: OpenRequest = {}): Promise<SmbFile> {
    const { signal, oplock = "none", lease, fileId } = request;
    const byId = fileId === undefined ? 0 : FILE_OPEN_BY_FILE_ID;
    const params = {
      path: fileId === undefined ? path : nameOfId(fileId),
      desiredAccess: request.desiredAccess ?? FILE_ALL_ACCESS,
      shareAccess: request.shareAccess ?? SHARE_ALL,
      createDisposition: request.createDisposition ?? CreateDisposition.OPEN,
      createOptions: (request.createOptions ?? 0) | byId,
      fileAttributes: request.fileAttributes ?? 0,
      ...askFor(oplock, lease, contextsOf(request)),
    };
    const created = await finish(this.#tree, this.#tree.start(createRequest(params)), signal);
    const { volatile } = created.fileId;
    return new SmbFile(this.#tree, created, {
      inbox: this.#inboxOf(volatile),
      onClose: () => this.#breaks.delete(volatile),
    });
  }

  nextLeaseBreak(): Promise<HeardLeaseBreak> {
    return this.#leaseBreaks.next();
  }

  async acknowledgeLease(key: number, state: LeaseName): Promise<void> {
    must(await this.#tree.send(leaseBreakRequest(leaseKeyOf(key), leaseStateOf(state))));
  }

  async volumeInfo(): Promise<VolumeInfo> {
    const root = await this.open("", { desiredAccess: FILE_LIST_DIRECTORY });
    const { fileId } = root;
    const ask = async (infoClass: number) => {
      const params = { fileId, infoType: InfoType.FILESYSTEM, infoClass };
      return viewOf(must(await this.#tree.queryInfo(params)));
    };
    const volume = await ask(FsInformationClass.FileFsVolumeInformation);
    const size = FileFsFullSizeInformation.read(
      await ask(FsInformationClass.FileFsFullSizeInformation),
      0,
    );
    await root.close();
    const { volumeLabelLength } = FileFsVolumeInformation.read(volume, 0);
    const unit = size.sectorsPerAllocationUnit * size.bytesPerSector;
    return {
      label: textAt(volume, FileFsVolumeInformation.size, volumeLabelLength),
      totalSize: size.totalAllocationUnits * unit,
      freeSize: size.actualAvailableAllocationUnits * unit,
    };
  }

  async setVolumeLabel(label: string): Promise<void> {
    const root = await this.open("");
    const name = utf16(label);
    const data = new Uint8Array(FileFsLabelInformation.size + name.length);
    FileFsLabelInformation.blank(viewOf(data), 0).volumeLabelLength = name.length;
    data.set(name, FileFsLabelInformation.size);
    const { fileId } = root;
    const infoClass = FsInformationClass.FileFsLabelInformation;
    const infoType = InfoType.FILESYSTEM;
    const reply = await this.#tree.setInfo({ fileId, infoType, infoClass, data });
    await root.close();
    must(reply);
  }

  async leave(): Promise<void> {
    this.#client.close();
    await this.#whenGone();
  }

  #notified(answer: Answer): void {
    const { bytes, header } = answer;
    if (header.command !== Command.OPLOCK_BREAK) return;
    const { structureSize } = OplockBreakHead.read(bytes, NotificationHeader.size);
    if (structureSize === LeaseBreakNotification.size) {
      const { leaseKey, from, to, needsAcknowledgment } = readLeaseBreak(answer);
      const names = { from: leaseNameOf(from), to: leaseNameOf(to) };
      this.#leaseBreaks.add({ key: leaseKey[0] ?? 0, ...names, needsAcknowledgment });
      return;
    }
    const told = OplockBreakNotification.read(bytes, NotificationHeader.size);
    this.#inboxOf(told.volatileFileId).add(nameOf(told.oplockLevel));
  }

  /** A break may come before the answer that the file is open. */
  #inboxOf(volatileFileId: bigint): BreakInbox<OplockName> {
    const known = this.#breaks.get(volatileFileId);
    if (known !== undefined) return known;
    const inbox = new BreakInbox<OplockName>();
    this.#breaks.set(volatileFileId, inbox);
    return inbox;
  }
}

class SmbFile implements DriveFile {
  readonly createAction: CreateAction;
  readonly oplock: OplockName;
  readonly lease: LeaseName | undefined;
  readonly fileId: FileId;
  readonly #tree: ClientTree;
  readonly #breaks: BreakInbox<OplockName>;
  readonly #onClose: () => void;

  constructor(
    tree: ClientTree,
    created: Created,
    { inbox, onClose }: { readonly inbox: BreakInbox<OplockName>; readonly onClose: () => void },
  ) {
    this.#tree = tree;
    this.fileId = created.fileId;
    this.createAction = created.createAction as CreateAction; // of all numbers there are these four
    this.oplock = nameOf(created.oplockLevel);
    const lease = grantedLease(created);
    this.lease = lease && leaseNameOf(lease.leaseState);
    this.#breaks = inbox;
    this.#onClose = onClose;
  }

  async read(length = DEFAULT_READ_LENGTH, offset = 0): Promise<string> {
    const data = must(await this.#tree.read({ fileId: this.fileId, offset, length }));
    return Buffer.from(data).toString("latin1");
  }

  write(text: string, offset = 0): Promise<number> {
    return this.#write(text, offset);
  }

  append(text: string): Promise<number> {
    return this.#write(text, "end");
  }

  async #write(text: string, offset: number | "end"): Promise<number> {
    const data = Buffer.from(text, "latin1");
    return must(await this.#tree.write({ fileId: this.fileId, offset, data }));
  }

  async flush(): Promise<void> {
    must(await this.#tree.flush(this.fileId));
  }

  async close(): Promise<void> {
    must(await this.#tree.close(this.fileId));
    this.#onClose();
  }

  async facts(): Promise<FileFacts> {
    const bytes = await this.#query(FileInformationClass.FileAllInformation);
    const all = FileAllInformation.read(bytes, 0);
    const { creationTicks, lastAccessTicks, lastWriteTicks, changeTicks } = all;
    return {
      fileAttributes: withoutNormal(all.fileAttributes),
      allocationSize: all.allocationSize,
      fileSize: all.endOfFile,
      creationTicks,
      lastAccessTicks,
      lastWriteTicks,
      changeTicks,
      fileId: all.indexNumber,
      hardLinks: all.numberOfLinks,
      eaSize: all.eaSize,
      isDeletePending: all.deletePending !== 0,
      isDirectory: all.directory !== 0,
      path: textAt(bytes, FileAllInformation.size, all.fileNameLength),
    };
  }

  setBasic(changes: BasicChanges): Promise<void> {
    return this.#set(FileInformationClass.FileBasicInformation, FileBasicInformation, (to) => {
      to.creationTicks = changes.creationTicks ?? 0n;
      to.lastAccessTicks = changes.lastAccessTicks ?? 0n;
      to.lastWriteTicks = changes.lastWriteTicks ?? 0n;
      to.changeTicks = changes.changeTicks ?? 0n;
      to.fileAttributes = changes.fileAttributes ?? 0;
    });
  }

  setFileSize(fileSize: number): Promise<void> {
    const layout = FileEndOfFileInformation;
    return this.#set(FileInformationClass.FileEndOfFileInformation, layout, (to) => {
      to.endOfFile = fileSize;
    });
  }

  setAllocationSize(allocationSize: number): Promise<void> {
    const layout = FileAllocationInformation;
    return this.#set(FileInformationClass.FileAllocationInformation, layout, (to) => {
      to.allocationSize = allocationSize;
    });
  }

  setDelete(isDelete: boolean, how?: DeleteHow): Promise<void> {
    if (how !== undefined) return this.#setDeleteEx(isDelete, how);
    const layout = FileDispositionInformation;
    return this.#set(FileInformationClass.FileDispositionInformation, layout, (to) => {
      to.deletePending = isDelete ? 1 : 0;
    });
  }

  #setDeleteEx(isDelete: boolean, how: DeleteHow): Promise<void> {
    const layout = FileDispositionInformationEx;
    return this.#set(FileInformationClass.FileDispositionInformationEx, layout, (to) => {
      to.flags =
        (isDelete ? FILE_DISPOSITION_DELETE : 0) |
        (how.isPosix === true ? FILE_DISPOSITION_POSIX_SEMANTICS : 0) |
        (how.isOnClose === true ? FILE_DISPOSITION_ON_CLOSE : 0) |
        (how.ignoresReadOnly === true ? FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE : 0);
    });
  }

  rename(newPath: string, replaceIfExists = false, how?: NameChangeHow): Promise<void> {
    if (how !== undefined) return this.#renameEx(newPath, replaceIfExists, how);
    const { FileRenameInformation: infoClass } = FileInformationClass;
    return this.#setName(infoClass, FileRenameInformation, newPath, replaceIfExists);
  }

  #renameEx(newPath: string, replaceIfExists: boolean, how: NameChangeHow): Promise<void> {
    const name = utf16(newPath);
    const { FileRenameInformationEx: infoClass } = FileInformationClass;
    const fill = (to: { flags: number; fileNameLength: number }) => {
      to.flags =
        (replaceIfExists ? FILE_RENAME_REPLACE_IF_EXISTS : 0) |
        (how.isPosix === true ? FILE_RENAME_POSIX_SEMANTICS : 0) |
        (how.ignoresReadOnly === true ? FILE_RENAME_IGNORE_READONLY_ATTRIBUTE : 0);
      to.fileNameLength = name.length;
    };
    return this.#set(infoClass, FileRenameInformationEx, fill, name);
  }

  link(newPath: string, replaceIfExists = false): Promise<void> {
    const { FileLinkInformation: infoClass } = FileInformationClass;
    return this.#setName(infoClass, FileLinkInformation, newPath, replaceIfExists);
  }

  #setName(
    infoClass: number,
    layout: typeof FileRenameInformation | typeof FileLinkInformation,
    newPath: string,
    replaceIfExists: boolean,
  ): Promise<void> {
    const name = utf16(newPath);
    const fill = (to: { replaceIfExists: number; fileNameLength: number }) => {
      to.replaceIfExists = replaceIfExists ? 1 : 0;
      to.fileNameLength = name.length;
    };
    return this.#set(infoClass, layout, fill, name);
  }

  async links(): Promise<LinkInfo[]> {
    return readLinks(await this.#query(FileInformationClass.FileHardLinkInformation));
  }

  async setSparse(isSparse: boolean): Promise<void> {
    await this.#control(Fsctl.SET_SPARSE, FileSetSparseBuffer, (to) => {
      to.setSparse = isSparse ? 1 : 0;
    });
  }

  async setZeroData(offset: number, length: number): Promise<void> {
    await this.#control(Fsctl.SET_ZERO_DATA, FileZeroDataInformation, (to) => {
      to.fileOffset = offset;
      to.beyondFinalZero = offset + length;
    });
  }

  async allocatedRanges(offset: number, length: number): Promise<AllocatedRange[]> {
    const layout = FileAllocatedRangeBuffer;
    const ranges = await this.#control(Fsctl.QUERY_ALLOCATED_RANGES, layout, (to) => {
      to.fileOffset = offset;
      to.length = length;
    });
    return readRanges(ranges);
  }

  async list(pattern = "*"): Promise<ListedName[]> {
    const names: ListedName[] = [];
    for (let flags = SMB2_RESTART_SCANS; ; flags = 0) {
      const reply = await this.#tree.queryDirectory({ fileId: this.fileId, pattern, flags });
      if (reply.status === NtStatus.NO_MORE_FILES) return names;
      for (const { name, fileAttributes, endOfFile, fileId } of readListing(must(reply))) {
        names.push({
          name,
          fileAttributes: withoutNormal(fileAttributes),
          fileSize: endOfFile,
          fileId,
        });
      }
    }
  }

  async streams(): Promise<StreamInfo[]> {
    return readStreams(await this.#query(FileInformationClass.FileStreamInformation));
  }

  async security(parts: number): Promise<Uint8Array> {
    const params = { fileId: this.fileId, infoType: InfoType.SECURITY, infoClass: 0 };
    return must(await this.#tree.queryInfo({ ...params, additionalInformation: parts }));
  }

  async setSecurity(parts: number, descriptor: Uint8Array): Promise<void> {
    const params = { fileId: this.fileId, infoType: InfoType.SECURITY, infoClass: 0 };
    const asked = { ...params, additionalInformation: parts, data: descriptor };
    must(await this.#tree.setInfo(asked));
  }

  async lock(...ranges: readonly RangeToLock[]): Promise<void> {
    const all = ranges.map((range) => lockRange(range, SMB2_LOCKFLAG_FAIL_IMMEDIATELY));
    must(await this.#tree.lock(this.fileId, all));
  }

  async lockWhenFree(range: RangeToLock, signal?: AbortSignal): Promise<void> {
    const call = this.#tree.start(lockRequest(this.fileId, [lockRange(range, 0)]));
    await finish(this.#tree, call, signal);
  }

  async unlock({ offset, length }: RangeToLock): Promise<void> {
    const range = { offset: BigInt(offset), length: BigInt(length), flags: SMB2_LOCKFLAG_UNLOCK };
    must(await this.#tree.lock(this.fileId, [range]));
  }

  async watch({ filter, isTree = false, signal }: Watching): Promise<HeardChange[]> {
    const params = {
      fileId: this.fileId,
      completionFilter: filter,
      flags: isTree ? SMB2_WATCH_TREE : 0,
    };
    const call = this.#tree.start(changeNotifyRequest(params));
    return readChanges(viewOf(await finish(this.#tree, call, signal)));
  }

  nextBreak(): Promise<OplockName> {
    return this.#breaks.next();
  }

  async acknowledge(oplock: OplockName): Promise<void> {
    must(await this.#tree.send(oplockBreakRequest(this.fileId, LEVELS[oplock])));
  }

  async #query(infoClass: number): Promise<DataView> {
    return viewOf(must(await this.#tree.queryInfo({ fileId: this.fileId, infoClass })));
  }

  async #control<W>(
    ctlCode: number,
    layout: { readonly size: number; blank(bytes: DataView, at: number): W },
    fill: (to: W) => void,
  ): Promise<DataView> {
    const input = new Uint8Array(layout.size);
    fill(layout.blank(viewOf(input), 0));
    return viewOf(must(await this.#tree.ioctl({ ctlCode, fileId: this.fileId, input })));
  }

  async #set<W>(
    infoClass: number,
    layout: { readonly size: number; blank(bytes: DataView, at: number): W },
    fill: (to: W) => void,
    tail: Uint8Array = new Uint8Array(0),
  ): Promise<void> {
    const data = new Uint8Array(layout.size + tail.length);
    fill(layout.blank(viewOf(data), 0));
    data.set(tail, layout.size);
    must(await this.#tree.setInfo({ fileId: this.fileId, infoClass, data }));
  }
}

/** What a create says to ask for an oplock, or for a lease, of version 2. */
function askFor(
  oplock: OplockName,
  lease: LeaseWish | undefined,
  contexts: readonly CreateContext[],
): Pick<CreateParams, "oplockLevel" | "contexts"> {
  if (lease === undefined) return { oplockLevel: LEVELS[oplock], contexts };
  const { key, state } = lease;
  const params = { leaseKey: leaseKeyOf(key), leaseState: leaseStateOf(state), epoch: 0 };
  const asked = leaseContext(params);
  return { ...asked, contexts: [...contexts, ...asked.contexts] };
}

/** 16 bytes, of which the first tells. */
function leaseKeyOf(key: number): Uint8Array {
  return new Uint8Array(16).fill(0x5a).fill(key, 0, 1);
}

/** What a request comes to; where it is given up before, the server is told so. */
async function finish<T>(
  tree: ClientTree,
  call: InFlight<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const cancel = () => {
    tree.cancel(call);
  };
  if (signal?.aborted === true) cancel();
  signal?.addEventListener("abort", cancel);
  try {
    return must(await call.answer);
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
}

/** The value of a reply. @throws NtError where it is a refusal, or has something to say besides */
function must<T>({
  status,
  value,
}: {
  readonly status: NtStatus;
  readonly value: T | undefined;
}): T {
  if (value === undefined || status !== NtStatus.SUCCESS) throw new NtError(status);
  return value;
}

function nameOf(level: number): OplockName {
  if (level === OplockLevel.BATCH) return "batch";
  if (level === OplockLevel.EXCLUSIVE) return "exclusive";
  return level === OplockLevel.II ? "II" : "none";
}

function lockRange({ offset, length, isExclusive = false }: RangeToLock, flags: number): LockRange {
  const kind = isExclusive ? SMB2_LOCKFLAG_EXCLUSIVE_LOCK : SMB2_LOCKFLAG_SHARED_LOCK;
  return { offset: BigInt(offset), length: BigInt(length), flags: kind | flags };
}

function withoutNormal(fileAttributes: number): number {
  return fileAttributes & ~FILE_ATTRIBUTE_NORMAL;
}
