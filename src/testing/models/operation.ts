/**
 * What simulated clients do, as data: so that a run can be printed, repeated, and made shorter.
 *
 * @packageDocumentation
 */
import type { CreateDisposition } from "../../nt/index.js";
import type { LeaseName, LeaseWish, OplockName } from "../conformance/index.js";

/** How a client opens a name. */
export interface OpenWish {
  /** Of a file or directory, or of a stream: `file:stream`. */
  readonly path: string;
  readonly disposition: keyof typeof CreateDisposition;
  /** FILE_READ_DATA, FILE_WRITE_DATA, DELETE; or FILE_READ_ATTRIBUTES alone. */
  readonly access: number;
  /** FILE_SHARE_... */
  readonly shares: number;
  readonly kind: "any" | "file" | "directory";
  /** Only where DELETE is among the rights. */
  readonly isDeleteOnClose: boolean;
  /** What it would like to keep to itself. */
  readonly keeping: { readonly oplock: OplockName } | { readonly lease: LeaseWish };
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
  | { readonly kind: "delete"; readonly isDelete: boolean; readonly isPosix: boolean }
  | {
      readonly kind: "rename";
      /** From the root; or `:stream`, of the same file. */
      readonly path: string;
      readonly replaces: boolean;
      readonly isPosix: boolean;
    }
  | { readonly kind: "lock"; readonly range: LockWish }
  | { readonly kind: "wait for lock"; readonly range: LockWish }
  | { readonly kind: "unlock"; readonly range: LockWish }
  | { readonly kind: "acknowledge"; readonly oplock: OplockName }
  | {
      readonly kind: "acknowledge lease";
      readonly key: number;
      /** "as asked": all that it may. */
      readonly keeps: LeaseName | "as asked";
    }
  | { readonly kind: "list"; readonly path: string }
  | { readonly kind: "disconnect" }
  | { readonly kind: "let time pass" }
);
