import type { ExtendedAttribute } from "../fs/index.js";
import type { CreateAction, CreateDisposition } from "../nt/index.js";
import type { OnWait } from "./cache-breaks.js";
import type { Open } from "./open.js";
import type { CacheState, LeaseHolder, OplockLevel } from "./oplock.js";
import type { Result } from "./result.js";
import type { StoppedOnSymlink } from "./symlinks.js";
import type { View } from "./view.js";

/** What a host asks for when a client opens or makes a file. [MS-FSA] 2.1.5.1 */
export interface CreateRequest {
  /** From the root of the volume, `\` between names; empty for the root. */
  readonly name: string;
  /** With FILE_OPEN_BY_FILE_ID: the file that is meant, and `name` counts for nothing. */
  readonly fileId?: bigint | undefined;
  readonly desiredAccess: number;
  readonly fileAttributes: number;
  readonly shareAccess: number;
  readonly createDisposition: CreateDisposition;
  readonly createOptions: number;
  /** In bytes; rounded up to the allocation unit by the kernel. */
  readonly allocationSize: number;
  /** Self-relative, as the client sent it. */
  readonly securityDescriptor?: Uint8Array | undefined;
  /**
   * Makes the descriptor of what is new, of that of its directory: for hosts with rules of their own for that, in place
   * of `securityDescriptor`. Self-relative; the owner is the caller.
   */
  readonly describeNew?: ((directory: Uint8Array | undefined) => Uint8Array) | undefined;
  /** What the client would like to keep to itself by this open alone; what it gets is the open's. */
  readonly oplockLevel?: OplockLevel | undefined;
  /** The same, for all its opens of the name; then there is no oplock. */
  readonly lease?: LeaseRequest | undefined;
  /** The create must wait until somebody lets go of the file. */
  readonly onWait?: OnWait | undefined;
  /**
   * The id of a host that knows of what is done by the open, so that it is not told of it; where there is no lease that
   * says so.
   */
  readonly knownTo?: string | undefined;
  readonly extendedAttributes?: readonly ExtendedAttribute[] | undefined;
  /** What the way that the request came by shows and allows; all unless told. */
  readonly view?: View | undefined;
}

/** A lease that an open is to come under, or to make. [MS-SMB2] 2.2.13.2.8, 2.2.13.2.10 */
export interface LeaseRequest {
  /** The lease keeps the holder that it was made with. */
  readonly holder: LeaseHolder;
  readonly state: CacheState;
  /** The holder's id of the lease on the directory, whose client knows of what is done by this open. */
  readonly directoryLeaseId: string | undefined;
  /** A directory may be leased, too. */
  readonly isForDirectories: boolean;
}

/** What a create comes to: a file that is open, why there is none, or where to go on. */
export type CreateOutcome = Result<Created> | StoppedOnSymlink;

/** A file that is open, and how it came to be. */
export interface Created {
  readonly open: Open;
  readonly createAction: CreateAction;
}
