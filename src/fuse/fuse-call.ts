import type { Caller } from "../fs/index.js";
import type { OnWait } from "../kernel/index.js";
import { windowsNameOf } from "../nt/index.js";
import { endOfName, InHeader, textOfName } from "../wire/fuse/index.js";
import { Errno } from "./errno.js";
import type { DeviceMemory } from "./fuse-device.js";
import type { FuseHost } from "./fuse-host.js";
import type { Inode } from "./inode-map.js";

/**
 * What a handler comes to: 0 or an errno, to be answered so; or {@link ANSWERED}, where it has answered itself
 * or there is nothing to answer.
 */
export type Outcome = number;

/** See {@link Outcome}. */
export const ANSWERED: Outcome = -1;

/** What follows the header in a request. */
export const BODY = InHeader.size;

/**
 * One request. What is behind its header is good until the handler first waits, so a handler takes what it needs
 * before that.
 */
export class FuseCall {
  readonly host: FuseHost;
  readonly request: DeviceMemory;
  /** Of the whole request, in bytes. */
  readonly length: number;
  readonly opcode: number;
  readonly unique: number;
  readonly nodeId: number;
  readonly uid: number;
  readonly gid: number;
  readonly pid: number;

  constructor(host: FuseHost, request: DeviceMemory, length: number) {
    const header = InHeader.at(request.view, 0);
    this.host = host;
    this.request = request;
    this.length = length;
    this.opcode = header.opcode;
    this.unique = header.unique;
    this.nodeId = header.nodeId;
    this.uid = header.uid;
    this.gid = header.gid;
    this.pid = header.pid;
  }

  /** Who asks. */
  get caller(): Caller {
    return this.host.callers.callerOf(this.uid, this.gid);
  }

  /** The node that the request is about; undefined: the kernel was never told of it. */
  get inode(): Inode | undefined {
    return this.host.inodes.get(this.nodeId);
  }

  /** Told to the volume where it must wait for somebody: an INTERRUPT ends that. */
  readonly onWait: OnWait = (cancel) => {
    this.host.waits(this.unique, cancel);
  };

  /**
   * A name in the request, as volumes have names.
   *
   * @returns the name, or an errno where no file can have it; and where the next one begins
   */
  nameAt(at: number): { readonly name: string | number; readonly next: number } {
    const { bytes } = this.request;
    const end = endOfName(bytes, at, this.length);
    const text = textOfName(bytes, at, end);
    const next = end + 1;
    if (text === undefined) return { name: Errno.EILSEQ, next };
    const name = windowsNameOf(text);
    const isTooLong = name.length > this.host.volume.params.maxComponentUnits;
    return { name: isTooLong ? Errno.ENAMETOOLONG : name, next };
  }

  /** A text in the request that is no name of a file. Undefined where it is no UTF-8. */
  textAt(at: number): { readonly text: string | undefined; readonly next: number } {
    const { bytes } = this.request;
    const end = endOfName(bytes, at, this.length);
    return { text: textOfName(bytes, at, end), next: end + 1 };
  }
}
