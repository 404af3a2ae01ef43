import { closeSync, constants } from "node:fs";
import {
  FILE_APPEND_DATA,
  FILE_EXECUTE,
  FILE_READ_DATA,
  FILE_WRITE_DATA,
  NtStatus,
} from "../../nt/index.js";
import type { Keeper } from "./attachments.js";
import type { HostAccess } from "./host-access.js";
import { openHeld } from "./host-files.js";
import { pathOfOpen } from "./host-names.js";
import type { HostStats } from "./host-stats.js";
import type { Kept } from "./known-file.js";
import { refuse } from "./refusal.js";

/** A file that is open, whatever by: what is known of it as long as it is. */
export class OpenNode {
  readonly fileId: bigint;
  readonly opens = new Set<FolderFile>();
  kept: Kept;
  /** Bytes that were set aside for it. */
  reserved = 0;
  /** Bytes of its data, without streams, when it was last looked at. */
  fileSize = 0;

  constructor(fileId: bigint, kept: Kept) {
    this.fileId = fileId;
    this.kept = kept;
  }
}

/** A stream that is open. */
export interface OpenStream {
  /** As stored; renames change it. */
  name: string;
}

/** What may be done with data by a handle; each takes in what is before it. */
export const Rights = { NONE: 0, READING: 1, WRITING: 2 } as const;
export type Rights = (typeof Rights)[keyof typeof Rights];

/** What a handle has to be for. */
export function rightsFor(grantedAccess: number): Rights {
  if ((grantedAccess & (FILE_WRITE_DATA | FILE_APPEND_DATA)) !== 0) return Rights.WRITING;
  return (grantedAccess & (FILE_READ_DATA | FILE_EXECUTE)) !== 0 ? Rights.READING : Rights.NONE;
}

/** One open of a file or directory, or of a stream of it. */
export class FolderFile {
  readonly node: OpenNode;
  /** Of the file, as stored, as it is now: renames move it. */
  path: string;
  readonly stream: OpenStream | undefined;
  readonly isDirectory: boolean;
  /** On the file itself: for reading and writing, or a mere hold. */
  #fd: number;
  /** On the data: the same, but of a stream. */
  #dataFd: number;
  #rights: Rights;
  readonly #host: HostAccess;
  /** Handles that others may still be using. */
  readonly #old: number[] = [];
  /** Reads and writes that another thread is at. */
  #pending = 0;
  #isClosed = false;

  /**
   * @param fd - a hold on the file, which becomes this open's
   * @param streamFd - a hold on the data of a stream
   */
  constructor(parts: {
    readonly host: HostAccess;
    readonly node: OpenNode;
    readonly path: string;
    readonly isDirectory: boolean;
    readonly fd: number;
    readonly rights: Rights;
    readonly stream?: OpenStream | undefined;
    readonly streamFd?: number | undefined;
  }) {
    this.#host = parts.host;
    this.node = parts.node;
    this.path = parts.path;
    this.isDirectory = parts.isDirectory;
    this.stream = parts.stream;
    this.#fd = parts.fd;
    this.#dataFd = parts.streamFd ?? parts.fd;
    this.#rights = parts.rights;
    this.node.opens.add(this);
  }

  /** A handle on the file itself, for all but its data. */
  get fd(): number {
    return this.#fd;
  }

  /** A handle on the data, for all but reading and writing it. */
  get dataFd(): number {
    return this.#dataFd;
  }

  /** What the host tells of the file now. */
  stats(): HostStats {
    return this.#host.stats(this.#fd);
  }

  /** What the host tells of the data now: of the file, or the stream. */
  dataStats(): HostStats {
    return this.#host.stats(this.#dataFd);
  }

  /** The file, as a keeper of attachments. */
  keeper(stats: HostStats): Keeper {
    return { hostPath: pathOfOpen(this.#fd), isOpen: true, stats };
  }

  /** Makes ready what these rights are for; of a directory, or a symbolic link, nothing is. @throws what the host says */
  prepare(grantedAccess: number, stats: HostStats): void {
    if (this.stream === undefined && (this.isDirectory || stats.isSymbolicLink())) return;
    const isFile = this.stream === undefined ? stats.isFile() : undefined;
    const rights = rightsFor(grantedAccess);
    if (rights === Rights.WRITING) this.writable(isFile);
    else if (rights === Rights.READING) this.readable(isFile);
  }

  get isReadyToWrite(): boolean {
    return this.#rights === Rights.WRITING;
  }

  /**
   * A handle to read by.
   *
   * @param isFile - whether the data is that of a file, where that is known
   * @throws NtError INVALID_DEVICE_REQUEST of a directory
   */
  readable(isFile?: boolean): number {
    this.#checkData();
    if (this.#rights < Rights.READING) this.#reopen(constants.O_RDONLY, Rights.READING, isFile);
    return this.#dataFd;
  }

  /** A handle to write by, also where the open was not for writing: it may still empty the file. */
  writable(isFile?: boolean): number {
    this.#checkData();
    if (this.#rights < Rights.WRITING) this.#reopen(constants.O_RDWR, Rights.WRITING, isFile);
    return this.#dataFd;
  }

  /** The name of this open leads to another file from now on. @param fd - a hold on it */
  become(fd: number): void {
    this.#old.push(this.#fd); // so that its number is nobody else's while somebody goes by it
    if (this.stream === undefined) this.#dataFd = fd;
    this.#fd = fd;
    this.#rights = Rights.NONE;
  }

  /** Work for another thread, which must not lose its handle meanwhile. */
  async busy<T>(work: () => Promise<T>): Promise<T> {
    this.#pending++;
    try {
      return await work();
    } finally {
      this.#pending--;
      if (this.#isClosed) this.#closeIfIdle();
    }
  }

  /** The last call has come: its handles are gone. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The last call. */
  close(): void {
    this.node.opens.delete(this);
    this.#isClosed = true;
    this.#closeIfIdle();
  }

  #closeIfIdle(): void {
    if (this.#pending > 0) return;
    for (const fd of new Set([this.#fd, this.#dataFd, ...this.#old])) closeSync(fd);
  }

  #checkData(): void {
    if (this.isDirectory && this.stream === undefined) refuse(NtStatus.INVALID_DEVICE_REQUEST);
  }

  #reopen(flags: number, rights: Rights, isFile: boolean | undefined): void {
    const before = this.#dataFd;
    if (!(isFile ?? this.dataStats().isFile())) refuse(NtStatus.ACCESS_DENIED); // who opens a pipe waits for its other end
    const fd = openHeld(before, flags);
    if (this.#fd === before) this.#fd = fd;
    this.#dataFd = fd;
    this.#rights = rights;
    if (this.#pending > 0) this.#old.push(before);
    else closeSync(before);
  }
}
