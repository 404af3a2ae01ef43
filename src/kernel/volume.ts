import {
  type Awaitable,
  type Caller,
  DEFAULT_VOLUME_PARAMS,
  type FileSystem,
  MAX_LABEL_UNITS,
  type VolumeInfo,
  type VolumeParams,
} from "../fs/index.js";
import { FILE_ALL_ACCESS, foldName, NtStatus } from "../nt/index.js";
import { AccessChecker, privilegedAccess } from "./access-check.js";
import { changedBehind } from "./cache-breaks.js";
import { CHANGING_ACCESS } from "./changing-access.js";
import type { Clock } from "./clock.js";
import { createFile } from "./create.js";
import type { CreateOutcome, CreateRequest } from "./create-request.js";
import { NodeTable } from "./file-node.js";
import { LeaseTable } from "./lease-table.js";
import { type Link, LinkTree, withAllBelow } from "./links.js";
import { withMetadataCache } from "./metadata-cache.js";
import { NamespaceLock } from "./namespace-lock.js";
import { NotifyHub } from "./notify-hub.js";
import { guard, type Result, refused } from "./result.js";
import { DescriptorInheritance } from "./security-inheritance.js";

/** What the kernel is given besides a file system. */
export interface VolumeOptions {
  /** No client may change anything, whatever the file system could do. */
  readonly isReadOnly?: boolean;
  /**
   * Symbolic links that lead to somewhere on the volume are followed here; else all are told to clients,
   * which follow them or do not. Links that lead elsewhere always are.
   */
  readonly followsSymlinks?: boolean | undefined;
  readonly clock: Clock;
}

/** An open on its way, of a file system that does not answer at once. */
export interface Opening {
  readonly path: string;
  /** The name went meanwhile, so that what is opened may be what went. */
  isStale: boolean;
}

/** What a volume can do: exactly what its file system has operations for. */
export interface VolumeCapabilities {
  readonly hasNamedStreams: boolean;
  readonly hasExtendedAttributes: boolean;
  readonly hasReparsePoints: boolean;
  readonly hasSparseFiles: boolean;
  readonly hasHardLinks: boolean;
  /** Names go at once that others have open. [MS-FSCC] 2.5.1, FILE_SUPPORTS_POSIX_UNLINK_RENAME */
  readonly hasPosixUnlinkRename: boolean;
  readonly hasObjectIds: boolean;
  readonly hasSecurity: boolean;
  readonly canOpenByFileId: boolean;
}

/**
 * A file system being served: everything a driver's kernel half does for it, whatever protocol the
 * opens come by. One file system has one volume, however many hosts and shares lead to it.
 */
export class Volume {
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  readonly followsSymlinks: boolean;
  readonly params: VolumeParams;
  readonly capabilities: VolumeCapabilities;
  readonly nodes = new NodeTable();
  readonly links: LinkTree;
  readonly leases: LeaseTable;
  readonly notifyHub: NotifyHub;
  readonly namespaceLock = new NamespaceLock();
  readonly accessChecker = new AccessChecker();
  readonly inheritance = new DescriptorInheritance();
  /** Opens that a file system has not answered yet. */
  readonly openings = new Set<Opening>();

  constructor(fileSystem: FileSystem, options: VolumeOptions) {
    const params = { ...DEFAULT_VOLUME_PARAMS, ...fileSystem.volumeParams };
    this.fileSystem = withMetadataCache(fileSystem, params, options.clock);
    this.clock = options.clock;
    this.followsSymlinks = options.followsSymlinks ?? false;
    this.params = { ...params, isReadOnly: params.isReadOnly || options.isReadOnly === true };
    this.capabilities = capabilitiesOf(fileSystem);
    this.links = new LinkTree(params.isCaseSensitive);
    this.leases = new LeaseTable(options.clock);
    this.notifyHub = new NotifyHub(this.links);
  }

  /** Bytes that space is given out in. */
  get allocationUnit(): number {
    return this.params.sectorSize * this.params.sectorsPerAllocationUnit;
  }

  /**
   * All rights that a caller can have on what has this descriptor; all where there is none. Privileges
   * add to them: ACCESS_SYSTEM_SECURITY, and more where `createOptions` tell of a backup.
   */
  maximumAccess(descriptor: Uint8Array | undefined, caller: Caller, createOptions = 0): number {
    const granted =
      descriptor === undefined
        ? FILE_ALL_ACCESS
        : this.accessChecker.maximumAccess(descriptor, caller);
    const all = granted | privilegedAccess(caller, createOptions);
    return this.params.isReadOnly ? all & ~CHANGING_ACCESS : all;
  }

  /** A number of bytes, in whole allocation units. */
  roundToAllocation(bytes: number): number {
    return Math.ceil(bytes / this.allocationUnit) * this.allocationUnit;
  }

  /** Files and names that are open now; both 0 when all clients have gone. */
  get tableSizes(): { readonly nodes: number; readonly opens: number } {
    return { nodes: this.nodes.size, opens: this.links.size };
  }

  /** A name is gone while it is open, and another file may come to have it. */
  detach(link: Link): void {
    if (link.isStream || !this.params.hasStableFileIds) {
      for (const { node } of withAllBelow(link)) if (node !== undefined) this.nodes.forget(node);
    }
    this.links.detach(link);
  }

  /** A name is going: whoever is on the way to open it must look again. */
  nameGoes(path: string): void {
    const folded = this.fold(path);
    for (const opening of this.openings) {
      if (this.fold(opening.path) === folded) opening.isStale = true;
    }
  }

  /** What a path, or a name, is compared by. */
  fold(path: string): string {
    return this.params.isCaseSensitive ? path : foldName(path);
  }

  /** Called once, before the first open. */
  async start(): Promise<void> {
    await this.fileSystem.start?.((changes) => {
      changedBehind(this.links, changes);
      this.notifyHub.foreign(changes);
    });
  }

  /** Called once, when every open is closed. */
  async stop(): Promise<void> {
    await this.fileSystem.stop?.();
  }

  /** Opens or makes a file. [MS-FSA] 2.1.5.1 */
  create(request: CreateRequest, caller: Caller): Awaitable<CreateOutcome> {
    return createFile(this, request, caller);
  }

  getVolumeInfo(): Awaitable<Result<VolumeInfo>> {
    return guard(() => this.fileSystem.getVolumeInfo());
  }

  /** @param label - at most 32 UTF-16 units; INVALID_PARAMETER otherwise */
  setVolumeLabel(label: string, caller: Caller): Awaitable<Result<VolumeInfo>> {
    const { fileSystem, params } = this;
    if (params.isReadOnly) return refused(NtStatus.MEDIA_WRITE_PROTECTED);
    if (fileSystem.setVolumeLabel === undefined) return refused(NtStatus.INVALID_DEVICE_REQUEST);
    if (label.length > MAX_LABEL_UNITS) return refused(NtStatus.INVALID_PARAMETER);
    return guard(() => fileSystem.setVolumeLabel?.(label, caller) ?? fileSystem.getVolumeInfo());
  }
}

function capabilitiesOf(fs: FileSystem): VolumeCapabilities {
  return {
    hasNamedStreams: fs.getStreams !== undefined,
    hasExtendedAttributes:
      fs.getExtendedAttributes !== undefined && fs.setExtendedAttributes !== undefined,
    hasReparsePoints: fs.getReparsePoint !== undefined && fs.getReparsePointByName !== undefined,
    hasSparseFiles:
      fs.setSparse !== undefined &&
      fs.getAllocatedRanges !== undefined &&
      fs.setZeroData !== undefined,
    hasHardLinks: fs.link !== undefined && fs.getLinks !== undefined,
    hasPosixUnlinkRename: fs.cleanup !== undefined && fs.rename !== undefined,
    hasObjectIds: fs.getObjectId !== undefined,
    hasSecurity: fs.getSecurity !== undefined && fs.setSecurity !== undefined,
    canOpenByFileId: fs.openByFileId !== undefined,
  };
}
