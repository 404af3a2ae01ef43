import type { ExtendedAttribute } from "../fs/index.js";
import type { CreateAction, CreateDisposition } from "../nt/index.js";
import type { Open } from "./open.js";
import type { OplockLevel } from "./oplocks.js";

/** What a host asks for when a client opens or makes a file. [MS-FSA] 2.1.5.1 */
export interface CreateRequest {
  /** From the root of the volume, `\` between names; empty for the root. */
  readonly name: string;
  readonly desiredAccess: number;
  readonly fileAttributes: number;
  readonly shareAccess: number;
  readonly createDisposition: CreateDisposition;
  readonly createOptions: number;
  /** In bytes; rounded up to the allocation unit by the kernel. */
  readonly allocationSize: number;
  /** Self-relative, as the client sent it. */
  readonly securityDescriptor?: Uint8Array | undefined;
  /** What the client would like to keep to itself; what it gets is the open's. */
  readonly oplockLevel?: OplockLevel | undefined;
  /**
   * Called when the create must wait until somebody lets go of the file.
   *
   * @param cancel - ends the waiting, and the create with CANCELLED
   */
  readonly onWait?: ((cancel: () => void) => void) | undefined;
  readonly extendedAttributes?: readonly ExtendedAttribute[] | undefined;
}

/** A file that is open, and how it came to be. */
export interface Created {
  readonly open: Open;
  readonly createAction: CreateAction;
}
