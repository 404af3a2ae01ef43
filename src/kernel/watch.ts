import type { Awaitable, ChangeAction } from "../fs/index.js";
import { NtStatus } from "../nt/index.js";
import { MAX_NOTIFY_BUFFER_SIZE, MAX_WAITING_WATCHES_PER_OPEN } from "./limits.js";
import { ok, type Result, refused } from "./result.js";

/** One change below a watched directory. [MS-FSCC] 2.7.1 */
export interface DirectoryChange {
  readonly action: ChangeAction;
  /** From the watched directory on, `\` between names. */
  readonly name: string;
}

/** What an open is to hear of; fixed by its first request. [MS-FSA] 2.1.5.11 */
export interface WatchScope {
  /** FILE_NOTIFY_CHANGE_... */
  readonly completionFilter: number;
  /** Everything below the directory, too. */
  readonly isTree: boolean;
}

/** One request for changes. [MS-FSA] 2.1.5.11 */
export interface WatchRequest extends WatchScope {
  /** Room for the answer, in bytes as [MS-FSCC] 2.7.1 lays it out. */
  readonly room: number;
  /** Called where it must wait, with what ends that: CANCELLED. Undefined: it cannot wait. */
  readonly onWait: ((cancel: () => void) => void) | undefined;
}

/** What a request for changes comes to; NOTIFY_ENUM_DIR where there were too many to tell. */
export type Changes = Result<readonly DirectoryChange[]>;

/** NextEntryOffset, Action and FileNameLength, in bytes. [MS-FSCC] 2.7.1 */
const ENTRY_HEADER_SIZE = 12;

/** Every entry but the first begins at a multiple of it, in bytes. [MS-FSCC] 2.7.1 */
const ENTRY_ALIGNMENT = 4;

/** A request that waits. */
interface Waiter {
  readonly room: number;
  readonly end: (changes: Changes) => void;
}

/** One open's view of a directory: what happened since its last answer, and who waits for more. */
export class Watch {
  readonly scope: WatchScope;
  readonly #limit: number;
  #changes: DirectoryChange[] = [];
  /** Of the answer that the changes make. */
  #size = 0;
  /** There were more changes than there is room for: the client must look for itself. */
  #isOverflown = false;
  readonly #waiters: Waiter[] = [];

  /** @param limit - the room of the first request, in bytes, which is the most that is ever kept */
  constructor(scope: WatchScope, limit: number) {
    this.scope = scope;
    this.#limit = Math.min(limit, MAX_NOTIFY_BUFFER_SIZE);
  }

  /** The changes that are there, or the next that come. PENDING where it would wait, and cannot. */
  next({ room, onWait }: WatchRequest): Awaitable<Changes> {
    if (this.#hasNews) return this.#take(room);
    if (onWait === undefined) return refused(NtStatus.PENDING);
    if (this.#waiters.length >= MAX_WAITING_WATCHES_PER_OPEN) {
      return refused(NtStatus.INSUFFICIENT_RESOURCES);
    }
    return new Promise((end) => {
      const waiter = { room, end };
      this.#waiters.push(waiter);
      onWait(() => {
        this.#cancel(waiter);
      });
    });
  }

  /** One more change; nobody hears of it before {@link Watch.tell}. One that was just kept says it all. */
  add(change: DirectoryChange): void {
    if (this.#isOverflown) return;
    const last = this.#changes.at(-1);
    if (last?.action === change.action && last.name === change.name) return;
    const at = Math.ceil(this.#size / ENTRY_ALIGNMENT) * ENTRY_ALIGNMENT;
    this.#size = at + ENTRY_HEADER_SIZE + 2 * change.name.length;
    if (this.#size <= this.#limit) this.#changes.push(change);
    else this.#overflow();
  }

  /** Answers the request that waits longest, if there is something to tell. */
  tell(): void {
    if (!this.#hasNews) return;
    const waiter = this.#waiters.shift();
    waiter?.end(this.#take(waiter.room));
  }

  /** Ends all requests that wait. */
  end(status: NtStatus): void {
    for (const { end } of this.#waiters.splice(0)) end(refused(status));
  }

  get #hasNews(): boolean {
    return this.#isOverflown || this.#changes.length > 0;
  }

  #take(room: number): Changes {
    const isTooMuch = this.#isOverflown || this.#size > room;
    const changes = this.#changes;
    this.#changes = [];
    this.#size = 0;
    this.#isOverflown = false;
    return isTooMuch ? refused(NtStatus.NOTIFY_ENUM_DIR) : ok(changes);
  }

  #overflow(): void {
    this.#isOverflown = true;
    this.#changes = [];
  }

  #cancel(waiter: Waiter): void {
    const at = this.#waiters.indexOf(waiter);
    if (at < 0) return;
    this.#waiters.splice(at, 1);
    waiter.end(refused(NtStatus.CANCELLED));
  }
}
