/**
 * What simulated clients do, as data: so that a run can be printed, repeated, and made shorter.
 *
 * @packageDocumentation
 */
import type { CreateDisposition } from "../../nt/index.js";
import type { OplockName } from "../conformance/index.js";

/** How a client opens a name. */
export interface OpenWish {
  readonly path: string;
  readonly disposition: keyof typeof CreateDisposition;
  /** FILE_READ_DATA, FILE_WRITE_DATA, DELETE; or FILE_READ_ATTRIBUTES alone. */
  readonly access: number;
  /** FILE_SHARE_... */
  readonly shares: number;
  readonly kind: "any" | "file" | "directory";
  /** Only where DELETE is among the rights. */
  readonly isDeleteOnClose: boolean;
  readonly oplock: OplockName;
}

/** A run of bytes that is locked, or not any more. */
export interface LockWish {
  readonly offset: number;
  readonly length: number;
  readonly isExclusive: boolean;
}

/** One thing that one client does; with what it has open in one of its slots, where it has. */
export type Operation = {
  readonly client: number;
  readonly slot: number;
} & (
  | { readonly kind: "open"; readonly wish: OpenWish }
  | { readonly kind: "close" }
  | { readonly kind: "read"; readonly offset: number; readonly length: number }
  | { readonly kind: "write"; readonly offset: number; readonly text: string }
  | { readonly kind: "truncate"; readonly size: number }
  | { readonly kind: "delete"; readonly isDelete: boolean }
  | { readonly kind: "rename"; readonly path: string; readonly replaces: boolean }
  | { readonly kind: "lock"; readonly range: LockWish }
  | { readonly kind: "wait for lock"; readonly range: LockWish }
  | { readonly kind: "unlock"; readonly range: LockWish }
  | { readonly kind: "acknowledge"; readonly oplock: OplockName }
  | { readonly kind: "list"; readonly path: string }
  | { readonly kind: "disconnect" }
  | { readonly kind: "let time pass" }
);
