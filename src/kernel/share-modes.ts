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

/**
 * The opens of one file, counted by what they use and what they refuse to share, so that one more is
 * admitted or refused in constant time. Opens that use nothing do not take part.
 *
 * Six numbers and no tables: every open file has one of these.
 */
export class ShareModes {
  #readers = 0;
  #writers = 0;
  #deleters = 0;
  #readRefusers = 0;
  #writeRefusers = 0;
  #deleteRefusers = 0;

  /** Whether one more open may join: each side must share what the other side does. */
  check(wanted: Sharing): NtStatus {
    if (wanted.uses === 0) return NtStatus.SUCCESS;
    const isRefused = (wanted.uses & this.#refused) !== 0;
    const refuses = (this.#used & ~wanted.shares) !== 0;
    return isRefused || refuses ? NtStatus.SHARING_VIOLATION : NtStatus.SUCCESS;
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
    return this.#deleters > 0;
  }

  /** Whether some open forbids that the file be deleted. */
  get isDeleteRefused(): boolean {
    return this.#deleteRefusers > 0;
  }

  /** How many opens forbid that the file be deleted. */
  get deleteRefusers(): number {
    return this.#deleteRefusers;
  }

  /** What somebody does, in FILE_SHARE_ bits. */
  get #used(): number {
    return kinds(this.#readers, this.#writers, this.#deleters);
  }

  /** What somebody does not share, in FILE_SHARE_ bits. */
  get #refused(): number {
    return kinds(this.#readRefusers, this.#writeRefusers, this.#deleteRefusers);
  }

  #count({ uses, shares }: Sharing, by: number): void {
    if (uses === 0) return;
    if ((uses & FILE_SHARE_READ) !== 0) this.#readers += by;
    if ((uses & FILE_SHARE_WRITE) !== 0) this.#writers += by;
    if ((uses & FILE_SHARE_DELETE) !== 0) this.#deleters += by;
    if ((shares & FILE_SHARE_READ) === 0) this.#readRefusers += by;
    if ((shares & FILE_SHARE_WRITE) === 0) this.#writeRefusers += by;
    if ((shares & FILE_SHARE_DELETE) === 0) this.#deleteRefusers += by;
  }
}

/** Which of three counts are not 0. */
function kinds(read: number, write: number, remove: number): number {
  return (
    (read > 0 ? FILE_SHARE_READ : 0) |
    (write > 0 ? FILE_SHARE_WRITE : 0) |
    (remove > 0 ? FILE_SHARE_DELETE : 0)
  );
}
