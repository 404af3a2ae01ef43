import { viewOf } from "../bytes/index.js";
import { type Change, ChangeAction } from "../fs/index.js";
import type { CopyHolder, Link } from "../kernel/index.js";
import { lastName, parentPath, posixNameOf, splitPath, splitStreamPath } from "../nt/index.js";
import {
  NotifyCode,
  NotifyDeleteOut,
  NotifyInvalEntryOut,
  NotifyInvalInodeOut,
} from "../wire/fuse/index.js";
import type { Occurrence } from "./echoes.js";
import type { FuseHost } from "./fuse-host.js";
import type { Inode } from "./inode-map.js";
import { MAX_PENDING_NOTIFICATIONS } from "./limits.js";

/**
 * What the kernel keeps of the volume: pages, attributes and names; and how it is told that they are not true any
 * more, because a client of SMB, another mount or the file system itself has changed something.
 *
 * A notification may have to wait until the kernel has got answers to what it asks: the device writes them off the
 * event loop. Until they are written, {@link KernelCaches.settling} lasts, and hosts with clients of their own
 * answer what made the change no sooner: so whoever has written knows that nobody reads what was there before.
 */
export class KernelCaches implements CopyHolder {
  readonly #host: FuseHost;
  /** Notifications that wait, the oldest first, by what they are about: of the same one will do. */
  readonly #waiting = new Map<Inode | string, Notification>();
  /** Set where more has changed than can wait; settles when the kernel was told of that. */
  #lost: Deferred | undefined;
  #isSending = false;
  /** Settles with the notification that was the last to come. */
  #settling: Promise<void> | undefined;

  constructor(host: FuseHost) {
    this.#host = host;
  }

  get settling(): Promise<void> | undefined {
    return this.#settling;
  }

  fileChanged(link: Link, isData: boolean, by: string | undefined): void {
    if (by === this.#host.id) return;
    const file = link.isStream ? link.parent : link;
    if (file === undefined) return;
    this.#changed(file.path, isData && !link.isStream);
  }

  nameCame(path: string, by: string | undefined): void {
    if (by === this.#host.id) return;
    this.#nameChanged(path);
    this.#tellWatchers({ what: "came", path });
  }

  nameWent(path: string, by: string | undefined): void {
    if (by !== this.#host.id) this.#nameGone(path);
  }

  nameMoved(from: string, to: string, by: string | undefined): void {
    if (by === this.#host.id) return;
    const { inodes } = this.#host;
    const source = inodes.find(splitPath(parentPath(from)));
    const target = inodes.find(splitPath(parentPath(to)));
    const inode = inodes.find(splitPath(from));
    if (inode === undefined) this.#tellWatchers({ what: "came", path: to });
    else this.#tellWatchers({ what: "moved", path: from, newPath: to, inode });
    this.#forgetName(from);
    this.#forgetName(to);
    if (source === undefined) {
      if (target !== undefined) inodes.unbind(target, lastName(to));
    } else if (target === undefined) inodes.unbind(source, lastName(from));
    else inodes.move(source, lastName(from), target, lastName(to));
  }

  changedBehind(changes: readonly Change[]): void {
    for (const { path, action } of changes) {
      const { filePath, stream } = splitStreamPath(path);
      if (stream !== undefined || action === ChangeAction.MODIFIED) this.#changed(filePath, true);
      else if (action === ChangeAction.REMOVED || action === ChangeAction.RENAMED_OLD_NAME) {
        this.#nameGone(filePath);
      } else {
        this.#nameChanged(filePath);
        this.#tellWatchers({ what: "came", path: filePath });
      }
    }
  }

  /** The kernel's pages of a file are not true. */
  dropPages(inode: Inode): void {
    this.#invalidate(inode, true);
  }

  /** A listing of a directory is not true, or too old to be told again. */
  dropListing(inode: Inode): void {
    if (this.#host.listings.drop(inode)) this.#invalidate(inode, true);
  }

  #changed(path: string, isData: boolean): void {
    const inode = this.#host.inodes.find(splitPath(path));
    if (inode === undefined) return;
    if (inode.isDirectory) this.#invalidate(inode, this.#host.listings.drop(inode));
    else this.#invalidate(inode, isData && inode.mayHavePages);
    this.#tellWatchers({ what: "changed", path });
  }

  /** Whoever watches a directory has it open, so that the kernel knows it. */
  #tellWatchers(occurrence: Occurrence): void {
    const { echoes, inodes } = this.#host;
    if (echoes === undefined) return;
    if (inodes.find(splitPath(parentPath(occurrence.path))) !== undefined) echoes.tell(occurrence);
  }

  /** A name leads elsewhere than it did, or to something where it led to nothing. */
  #nameChanged(path: string): void {
    this.#forgetName(path);
    const parent = this.#host.inodes.find(splitPath(parentPath(path)));
    if (parent !== undefined) this.#host.inodes.unbind(parent, lastName(path));
  }

  /** A name is gone: whoever watches its directory by inotify hears of it. */
  #nameGone(path: string): void {
    const { inodes } = this.#host;
    const parent = inodes.find(splitPath(parentPath(path)));
    if (parent === undefined) return;
    const inode = inodes.child(parent, lastName(path));
    if (inode === undefined) {
      this.#forgetName(path);
      return;
    }
    this.#tellName(parent, path, (name) => deletion(parent, inode, name));
    this.#tellWatchers({ what: "went", path, inode });
    if (!inode.isDirectory) this.#invalidate(inode, false); // it may have other names
    inodes.unbind(parent, lastName(path));
  }

  #forgetName(path: string): void {
    const parent = this.#host.inodes.find(splitPath(parentPath(path)));
    if (parent === undefined) return;
    this.#tellName(parent, path, (name) => invalidation(parent, name));
  }

  #tellName(parent: Inode, path: string, make: (name: Buffer) => Notification): void {
    const name = posixNameOf(lastName(path));
    this.#queue(`${parent.nodeId}/${name}`, make(Buffer.from(name)));
    this.dropListing(parent); // of a name that the kernel does not know it would not see that
  }

  /** Many changes of one file that come while the kernel is busy are told once. */
  #invalidate(inode: Inode, isData: boolean): void {
    const waiting = this.#waiting.get(inode);
    const isAlsoData = waiting?.isData === true;
    this.#queue(inode, attributesInvalid(inode, isData || isAlsoData));
  }

  /** Beyond the limit it is not told of each by itself. */
  #queue(about: Inode | string, notification: Notification): void {
    const waiting = this.#waiting.get(about);
    if (waiting === undefined && this.#waiting.size >= MAX_PENDING_NOTIFICATIONS) {
      this.#lost ??= deferred();
      this.#settling = this.#lost.promise;
      return;
    }
    const settled = waiting?.settled ?? deferred();
    this.#waiting.delete(about); // to come last again: what it is about may have come and gone meanwhile
    this.#waiting.set(about, { ...notification, settled });
    this.#settling = (this.#lost ?? settled).promise;
    if (!this.#isSending) void this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    do {
      for (const [about, { code, body, settled }] of this.#waiting) {
        this.#waiting.delete(about);
        await this.#host.device.notify(code, body);
        settled?.resolve();
      }
      await this.#tellLost();
    } while (this.#waiting.size > 0);
    this.#isSending = false;
    this.#settling = undefined;
  }

  /** For what was left out: nothing that the kernel keeps is true. Before 7.44 it goes on with names until their time is up. */
  async #tellLost(): Promise<void> {
    const lost = this.#lost;
    if (lost === undefined) return;
    this.#lost = undefined;
    const { device, inodes } = this.#host;
    await device.notify(NotifyCode.INC_EPOCH, NO_BODY);
    for (const inode of inodes.nodes()) {
      const { code, body } = attributesInvalid(inode, inode.mayHavePages);
      await device.notify(code, body);
    }
    lost.resolve();
  }
}

const NO_BODY = new Uint8Array(0);

/** One thing that the kernel is to be told. */
interface Notification {
  readonly code: NotifyCode;
  readonly body: Uint8Array;
  readonly isData?: boolean;
  readonly settled?: Deferred;
}

interface Deferred {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

function deferred(): Deferred {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function attributesInvalid(inode: Inode, isData: boolean): Notification {
  const body = new Uint8Array(NotifyInvalInodeOut.size);
  const out = NotifyInvalInodeOut.blank(viewOf(body), 0);
  out.ino = inode.nodeId;
  out.off = isData ? 0 : ATTRIBUTES_ONLY;
  return { code: NotifyCode.INVAL_INODE, body, isData };
}

const ATTRIBUTES_ONLY = -1;

function invalidation(parent: Inode, name: Buffer): Notification {
  const body = new Uint8Array(NotifyInvalEntryOut.size + name.length + 1);
  const out = NotifyInvalEntryOut.blank(viewOf(body), 0);
  out.parent = parent.nodeId;
  out.namelen = name.length;
  body.set(name, NotifyInvalEntryOut.size);
  return { code: NotifyCode.INVAL_ENTRY, body };
}

function deletion(parent: Inode, child: Inode, name: Buffer): Notification {
  const body = new Uint8Array(NotifyDeleteOut.size + name.length + 1);
  const out = NotifyDeleteOut.blank(viewOf(body), 0);
  out.parent = parent.nodeId;
  out.child = child.nodeId;
  out.namelen = name.length;
  body.set(name, NotifyDeleteOut.size);
  return { code: NotifyCode.DELETE, body };
}
