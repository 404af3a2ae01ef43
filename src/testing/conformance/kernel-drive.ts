import type { AllocatedRange, Caller, LinkInfo, StreamInfo, VolumeInfo } from "../../fs/index.js";
import {
  type Created,
  endOfListing,
  type Open,
  type OplockBreak,
  OplockLevel,
  type Result,
  type Volume,
} from "../../kernel/index.js";
import {
  CreateDisposition,
  FILE_ALL_ACCESS,
  FILE_OPEN_BY_FILE_ID,
  NtError,
  NtStatus,
} from "../../nt/index.js";
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

const LEVELS: Readonly<Record<OplockName, OplockLevel>> = {
  none: OplockLevel.NONE,
  II: OplockLevel.LEVEL_TWO,
  exclusive: OplockLevel.LEVEL_ONE,
  batch: OplockLevel.BATCH,
};

/** As much as a client asks for over a network. */
const WATCH_ROOM = 65_536;

/** A volume as a client has it that calls the kernel. */
export class KernelDrive implements LeasingDrive {
  readonly #volume: Volume;
  readonly #caller: Caller;
  readonly #open = new Set<Open>();
  readonly #leaseBreaks = new BreakInbox<HeardLeaseBreak>();
  #isGone = false;

  constructor(volume: Volume, caller: Caller) {
    this.#volume = volume;
    this.#caller = caller;
  }

  async open(path: string, request: OpenRequest = {}): Promise<DriveFile> {
    const { oplock = "none", lease, signal, extendedAttributes, fileId } = request;
    const byId = fileId === undefined ? 0 : FILE_OPEN_BY_FILE_ID;
    const created = await this.#volume.create(
      {
        name: path,
        fileId,
        desiredAccess: request.desiredAccess ?? FILE_ALL_ACCESS,
        shareAccess: request.shareAccess ?? SHARE_ALL,
        createDisposition: request.createDisposition ?? CreateDisposition.OPEN,
        createOptions: (request.createOptions ?? 0) | byId,
        fileAttributes: request.fileAttributes ?? 0,
        allocationSize: request.allocationSize ?? 0,
        securityDescriptor: request.securityDescriptor,
        ...(extendedAttributes && { extendedAttributes }),
        oplockLevel: LEVELS[oplock],
        lease: lease && this.#leaseRequest(lease),
        onWait: cancelOn(signal),
      },
      this.#caller,
    );
    const value = must(created);
    const { open } = value;
    if (this.#isGone) {
      await open.close();
      throw new NtError(NtStatus.NETWORK_NAME_DELETED);
    }
    this.#open.add(open);
    return new KernelFile(value, () => this.#open.delete(open));
  }

  #leaseRequest({ key, state }: LeaseWish) {
    const tell = ({ from, to, needsAcknowledgment }: OplockBreak) => {
      const names = { from: leaseNameOf(from), to: leaseNameOf(to) };
      this.#leaseBreaks.add({ key, ...names, needsAcknowledgment });
    };
    return {
      holder: { id: this.#leaseId(key), tell },
      state: leaseStateOf(state),
      directoryLeaseId: undefined,
      isForDirectories: true,
    };
  }

  #leaseId(key: number): string {
    return `${this.#caller.sessionId} ${key}`;
  }

  nextLeaseBreak(): Promise<HeardLeaseBreak> {
    return this.#leaseBreaks.next();
  }

  acknowledgeLease(key: number, state: LeaseName): Promise<void> {
    const lease = this.#volume.leases.find(this.#leaseId(key));
    return done(lease?.acknowledgeLease(leaseStateOf(state)) ?? NtStatus.OBJECT_NAME_NOT_FOUND);
  }

  async volumeInfo(): Promise<VolumeInfo> {
    return must(await this.#volume.getVolumeInfo());
  }

  async setVolumeLabel(label: string): Promise<void> {
    must(await this.#volume.setVolumeLabel(label, this.#caller));
  }

  async leave(): Promise<void> {
    this.#isGone = true;
    const left = [...this.#open];
    this.#open.clear();
    await Promise.all(left.map(async (open) => open.close()));
  }
}

class KernelFile implements DriveFile {
  readonly createAction: Created["createAction"];
  readonly oplock: OplockName;
  readonly lease: LeaseName | undefined;
  readonly #open: Open;
  readonly #breaks = new BreakInbox<OplockName>();
  readonly #onClose: () => void;

  constructor({ open, createAction }: Created, onClose: () => void) {
    this.createAction = createAction;
    this.oplock = nameOf(open.oplockLevel);
    this.lease = open.lease && leaseNameOf(open.lease.state);
    this.#open = open;
    this.#onClose = onClose;
    open.onOplockBreak((level) => {
      this.#breaks.add(nameOf(level));
    });
  }

  async read(length = DEFAULT_READ_LENGTH, offset = 0): Promise<string> {
    const target = new Uint8Array(length);
    const count = must(await this.#alive().read(target, offset));
    return Buffer.from(target.buffer, 0, count).toString("latin1");
  }

  async write(text: string, offset = 0): Promise<number> {
    return must(await this.#alive().write(Buffer.from(text, "latin1"), offset));
  }

  async append(text: string): Promise<number> {
    return must(await this.#alive().write(Buffer.from(text, "latin1"), undefined));
  }

  async flush(): Promise<void> {
    must(await this.#alive().flush());
  }

  async close(): Promise<void> {
    const open = this.#alive();
    this.#onClose();
    await open.close();
  }

  async facts(): Promise<FileFacts> {
    const open = this.#alive();
    if (!open.mayReadAttributes) throw new NtError(NtStatus.ACCESS_DENIED);
    const info = must(await open.getInfo());
    const { hardLinks } = info;
    return {
      fileAttributes: info.fileAttributes,
      allocationSize: info.allocationSize,
      fileSize: info.fileSize,
      creationTicks: info.creationTicks,
      lastAccessTicks: info.lastAccessTicks,
      lastWriteTicks: info.lastWriteTicks,
      changeTicks: info.changeTicks,
      fileId: info.fileId,
      eaSize: info.eaSize,
      hardLinks: open.isDeletePending ? hardLinks - 1 : hardLinks,
      isDeletePending: open.isDeletePending,
      isDirectory: open.isDirectory,
      path: open.path,
    };
  }

  async setBasic(changes: BasicChanges): Promise<void> {
    const unchanged = {
      fileAttributes: 0,
      creationTicks: 0n,
      lastAccessTicks: 0n,
      lastWriteTicks: 0n,
      changeTicks: 0n,
    };
    must(await this.#alive().setBasicInfo({ ...unchanged, ...changes }));
  }

  async setFileSize(fileSize: number): Promise<void> {
    must(await this.#alive().setEndOfFile(fileSize));
  }

  async setAllocationSize(allocationSize: number): Promise<void> {
    must(await this.#alive().setAllocation(allocationSize));
  }

  async setDelete(isDelete: boolean, how: DeleteHow = {}): Promise<void> {
    must(await this.#alive().setDisposition(isDelete, how));
  }

  async rename(newPath: string, replaceIfExists = false, how: NameChangeHow = {}): Promise<void> {
    must(await this.#alive().rename({ newName: newPath, replaceIfExists, ...how }));
  }

  async link(newPath: string, replaceIfExists = false): Promise<void> {
    must(await this.#alive().makeLink({ newName: newPath, replaceIfExists }));
  }

  async links(): Promise<LinkInfo[]> {
    return [...must(await this.#alive().getLinks())];
  }

  async setSparse(isSparse: boolean): Promise<void> {
    must(await this.#alive().setSparse(isSparse));
  }

  async setZeroData(offset: number, length: number): Promise<void> {
    must(await this.#alive().setZeroData(offset, length));
  }

  async allocatedRanges(offset: number, length: number): Promise<AllocatedRange[]> {
    return [...must(await this.#alive().getAllocatedRanges(offset, length))];
  }

  async list(pattern = "*"): Promise<ListedName[]> {
    const cursor = must(await this.#alive().directoryCursor(pattern, true));
    const names: ListedName[] = [];
    for (;;) {
      const entry = must(await cursor.next());
      if (entry === undefined) break;
      cursor.isFresh = false;
      const { fileAttributes, fileSize, fileId } = entry.info;
      names.push({ name: entry.name, fileAttributes, fileSize, fileId });
    }
    if (cursor.isFresh) throw new NtError(endOfListing(cursor));
    return names;
  }

  async streams(): Promise<StreamInfo[]> {
    return [...must(await this.#alive().getStreams())];
  }

  async security(parts: number): Promise<Uint8Array> {
    return must(await this.#alive().getSecurity(parts));
  }

  async setSecurity(parts: number, descriptor: Uint8Array): Promise<void> {
    must(await this.#alive().setSecurity(parts, descriptor));
  }

  lock(...ranges: readonly RangeToLock[]): Promise<void> {
    return done(this.#alive().lock(ranges.map(lockOf)));
  }

  async lockWhenFree(range: RangeToLock, signal?: AbortSignal): Promise<void> {
    await done(await this.#alive().lockOrWait(lockOf(range), cancelOn(signal)));
  }

  unlock(range: RangeToLock): Promise<void> {
    return done(this.#alive().unlock(lockOf(range)));
  }

  async watch({ filter, isTree = false, signal }: Watching): Promise<HeardChange[]> {
    const changes = await this.#alive().watch({
      completionFilter: filter,
      isTree,
      room: WATCH_ROOM,
      onWait: cancelOn(signal),
    });
    return [...must(changes)];
  }

  nextBreak(): Promise<OplockName> {
    return this.#breaks.next();
  }

  acknowledge(oplock: OplockName): Promise<void> {
    return done(this.#alive().acknowledgeOplockBreak(LEVELS[oplock]));
  }

  /** A host knows nothing of an open that is closed. */
  #alive(): Open {
    if (this.#open.isClosed) throw new NtError(NtStatus.FILE_CLOSED);
    return this.#open;
  }
}

/** What ends a waiting when it is given up; at once, where it is already. */
function cancelOn(signal: AbortSignal | undefined): (cancel: () => void) => void {
  return (cancel) => {
    if (signal?.aborted === true) cancel();
    else signal?.addEventListener("abort", cancel, { once: true });
  };
}

function nameOf(level: OplockLevel): OplockName {
  if (level === OplockLevel.BATCH) return "batch";
  if (level === OplockLevel.LEVEL_ONE) return "exclusive";
  return level === OplockLevel.LEVEL_TWO ? "II" : "none";
}

function lockOf({ offset, length, isExclusive = false }: RangeToLock) {
  return { offset: BigInt(offset), length: BigInt(length), isExclusive };
}

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new NtError(result.status);
  return result.value;
}

function done(status: NtStatus): Promise<void> {
  return status === NtStatus.SUCCESS ? Promise.resolve() : Promise.reject(new NtError(status));
}
