/**
 * Share modes: what opens of one file let each other do. [MS-FSA] 2.1.5.1.2.2, WinFsp 3.4
 *
 * @packageDocumentation
 */
import {
  DELETE,
  FILE_APPEND_DATA,
  FILE_EXECUTE,
  FILE_READ_DATA,
  FILE_SHARE_DELETE,
  FILE_SHARE_READ,
  FILE_SHARE_WRITE,
  FILE_WRITE_DATA,
  NtStatus,
} from "../nt/index.js";

/** What an open does to a file, and what it lets other opens do; both in FILE_SHARE_ bits. */
export interface Sharing {
  readonly uses: number;
  readonly shares: number;
}

/** The part of an access mask that share modes are about, in FILE_SHARE_ bits. */
export function sharingOf(grantedAccess: number, shareAccess: number): Sharing {
  let uses = 0;
  if ((grantedAccess & (FILE_READ_DATA | FILE_EXECUTE)) !== 0) uses |= FILE_SHARE_READ;
  if ((grantedAccess & (FILE_WRITE_DATA | FILE_APPEND_DATA)) !== 0) uses |= FILE_SHARE_WRITE;
  if ((grantedAccess & DELETE) !== 0) uses |= FILE_SHARE_DELETE;
  return { uses, shares: shareAccess };
}

const KINDS = [FILE_SHARE_READ, FILE_SHARE_WRITE, FILE_SHARE_DELETE];

/**
 * The opens of one file, counted by what they use and what they refuse to share, so that one more is
 * admitted or refused in constant time. Opens that use nothing do not take part.
 */
export class ShareModes {
  readonly #users = [0, 0, 0];
  readonly #refusers = [0, 0, 0];

  /** Whether one more open may join: each side must share what the other side does. */
  check(wanted: Sharing): NtStatus {
    if (wanted.uses === 0) return NtStatus.SUCCESS;
    for (const [i, kind] of KINDS.entries()) {
      const uses = (wanted.uses & kind) !== 0 && (this.#refusers[i] ?? 0) > 0;
      const refuses = (wanted.shares & kind) === 0 && (this.#users[i] ?? 0) > 0;
      if (uses || refuses) return NtStatus.SHARING_VIOLATION;
    }
    return NtStatus.SUCCESS;
  }

  /** Counts an open in that {@link ShareModes.check} admitted. */
  add(open: Sharing): void {
    this.#count(open, 1);
  }

  /** Counts an open out again. */
  remove(open: Sharing): void {
    this.#count(open, -1);
  }

  /** Whether some open may delete the file. */
  get isOpenForDelete(): boolean {
    return (this.#users[2] ?? 0) > 0;
  }

  /** Whether some open forbids that the file be deleted. */
  get isDeleteRefused(): boolean {
    return (this.#refusers[2] ?? 0) > 0;
  }

  #count(open: Sharing, by: number): void {
    if (open.uses === 0) return;
    for (const [i, kind] of KINDS.entries()) {
      if ((open.uses & kind) !== 0) this.#users[i] = (this.#users[i] ?? 0) + by;
      if ((open.shares & kind) === 0) this.#refusers[i] = (this.#refusers[i] ?? 0) + by;
    }
  }
}
