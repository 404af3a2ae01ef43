import { strict as assert } from "node:assert";
import type {
  Awaitable,
  BasicInfo,
  Caller,
  CleanupParams,
  CreateParams,
  DirectoryEntry,
  DirectoryName,
  ExtendedAttribute,
  FileInfo,
  FileSystem,
  OverwriteParams,
  RenameParams,
  WriteParams,
} from "../../fs/index.js";
import {
  FILE_ALL_ACCESS,
  FILE_ATTRIBUTE_ARCHIVE,
  FILE_ATTRIBUTE_DIRECTORY,
  NtStatus,
  statusName,
  statusOf,
} from "../../nt/index.js";

const CALLER: Caller = {
  userName: "conformance",
  userSid: "S-1-5-21-1-2-3-1001",
  groupSids: ["S-1-1-0"],
  sessionId: 0,
  clientAddress: "",
};
const OPEN = { createOptions: 0, grantedAccess: FILE_ALL_ACCESS };

/** A file that a case has open. */
export interface OpenFile {
  readonly file: unknown;
  readonly info: FileInfo;
  readonly normalizedPath?: string;
}

/**
 * A file system as a case uses it: every operation is there, and what need not be said has a value.
 * An operation that the file system lacks fails the case.
 */
export class Subject {
  readonly #fs: FileSystem;

  constructor(fs: FileSystem) {
    this.#fs = fs;
  }

  async open(path: string): Promise<OpenFile> {
    return this.#fs.open(path, OPEN, CALLER);
  }

  async openByFileId(fileId: bigint): Promise<OpenFile> {
    return present(this.#fs.openByFileId?.(fileId, OPEN, CALLER));
  }

  async create(path: string, params: Partial<CreateParams> = {}): Promise<OpenFile> {
    const isDirectory = params.isDirectory ?? false;
    const whole: CreateParams = {
      ...OPEN,
      isDirectory,
      fileAttributes: isDirectory ? FILE_ATTRIBUTE_DIRECTORY : FILE_ATTRIBUTE_ARCHIVE,
      securityDescriptor: undefined,
      allocationSize: 0,
      extendedAttributes: undefined,
      ...params,
    };
    return present(this.#fs.create?.(path, whole, CALLER));
  }

  /** Makes a file with something in it, or a directory, and closes it. */
  async make(path: string, content: string | { readonly isDirectory: true }): Promise<FileInfo> {
    if (typeof content !== "string") {
      const { file, info } = await this.create(path, content);
      await this.close(file);
      return info;
    }
    const { file } = await this.create(path);
    await this.write(file, content);
    const info = await this.info(file);
    await this.close(file);
    return info;
  }

  async close(file: unknown): Promise<void> {
    await this.#fs.close?.(file);
  }

  async write(file: unknown, text: string, at: Partial<WriteParams> & { offset?: number } = {}) {
    const { offset = 0, ...params } = at;
    const whole = { toEndOfFile: false, isConstrained: false, keepTimes: false, ...params };
    return present(this.#fs.write?.(file, Buffer.from(text), offset, whole, CALLER));
  }

  async read(file: unknown, length = 65_536, offset = 0): Promise<string> {
    const target = new Uint8Array(length).fill(0xee);
    const count = await present(this.#fs.read?.(file, target, offset, CALLER));
    return Buffer.from(target.subarray(0, count)).toString("latin1");
  }

  /** What is in the file at a path. */
  async contents(path: string): Promise<string> {
    const { file, info } = await this.open(path);
    const text = info.fileSize === 0 ? "" : await this.read(file, info.fileSize);
    await this.close(file);
    return text;
  }

  async info(file: unknown): Promise<FileInfo> {
    return this.#fs.getFileInfo(file, CALLER);
  }

  async infoOf(path: string): Promise<FileInfo> {
    const { file, info } = await this.open(path);
    await this.close(file);
    return info;
  }

  async setFileSize(file: unknown, size: number): Promise<FileInfo> {
    return present(this.#fs.setFileSize?.(file, size, CALLER));
  }

  async setAllocationSize(file: unknown, size: number): Promise<FileInfo> {
    return present(this.#fs.setAllocationSize?.(file, size, CALLER));
  }

  async setBasicInfo(file: unknown, basic: Partial<BasicInfo>): Promise<FileInfo> {
    const whole: BasicInfo = {
      fileAttributes: undefined,
      creationTicks: undefined,
      lastAccessTicks: undefined,
      lastWriteTicks: undefined,
      changeTicks: undefined,
      ...basic,
    };
    return present(this.#fs.setBasicInfo?.(file, whole, CALLER));
  }

  async overwrite(file: unknown, params: Partial<OverwriteParams> = {}): Promise<FileInfo> {
    const whole: OverwriteParams = {
      fileAttributes: 0,
      replaceAttributes: false,
      allocationSize: 0,
      extendedAttributes: undefined,
      ...params,
    };
    return present(this.#fs.overwrite?.(file, whole, CALLER));
  }

  async cleanup(file: unknown, path: string, params: Partial<CleanupParams>): Promise<void> {
    const whole = { isDelete: false, isAllocationReset: false, ...params };
    await this.#fs.cleanup?.(file, path, whole, CALLER);
  }

  async canDelete(path: string): Promise<void> {
    const { file } = await this.open(path);
    try {
      await this.#fs.canDelete?.(file, path, CALLER);
    } finally {
      await this.close(file);
    }
  }

  /** Opens, deletes and closes what is at a path. */
  async remove(path: string): Promise<void> {
    const { file } = await this.open(path);
    await this.cleanup(file, path, { isDelete: true });
    await this.close(file);
  }

  async rename(path: string, newPath: string, how: Partial<RenameParams> = {}): Promise<void> {
    const { file } = await this.open(path);
    const whole = { newPath, replaceIfExists: false, isPosix: false, ...how };
    assert.ok(this.#fs.rename !== undefined, "the file system has no rename");
    try {
      await this.#fs.rename(file, path, whole, CALLER);
    } finally {
      await this.close(file);
    }
  }

  /** Gives what is at a path one more name. */
  async link(path: string, newPath: string, replaceIfExists = false): Promise<FileInfo> {
    const { file } = await this.open(path);
    try {
      return await present(this.#fs.link?.(file, newPath, replaceIfExists, CALLER));
    } finally {
      await this.close(file);
    }
  }

  /** The names of what is at a path, each as `id-of-directory name`. */
  async links(path: string): Promise<string[]> {
    const { file } = await this.open(path);
    const links = await present(this.#fs.getLinks?.(file, CALLER));
    await this.close(file);
    return links.map(({ directoryFileId, name }) => `${directoryFileId} ${name}`);
  }

  async attributesByName(path: string): Promise<number> {
    return (await present(this.#fs.getSecurityByName?.(path, CALLER))).fileAttributes;
  }

  async entry(directory: string, name: string): Promise<DirectoryEntry | undefined> {
    const { file } = await this.open(directory);
    assert.ok(this.#fs.getDirectoryEntry !== undefined, "the file system has no getDirectoryEntry");
    const entry = await this.#fs.getDirectoryEntry(file, name, CALLER);
    await this.close(file);
    return entry;
  }

  /** The streams of what is open, each as `name size`; the unnamed one first. */
  async streams(file: unknown): Promise<string[]> {
    const streams = await present(this.#fs.getStreams?.(file, CALLER));
    return streams.map(({ name, streamSize }) => `${name} ${streamSize}`);
  }

  /** The extended attributes of what is open, each as `name=value`. */
  async eas(file: unknown): Promise<string[]> {
    const attributes = await present(this.#fs.getExtendedAttributes?.(file, CALLER));
    return attributes.map(({ name, value }) => `${name}=${Buffer.from(value).toString()}`);
  }

  /** @param attributes - each as `name=value` */
  async setEas(file: unknown, attributes: readonly string[]): Promise<FileInfo> {
    const set = eaList(attributes);
    return present(this.#fs.setExtendedAttributes?.(file, set, CALLER));
  }

  /** A listing that runs; the caller closes nothing. */
  list(directory: unknown): Iterable<DirectoryEntry> | AsyncIterable<DirectoryEntry> {
    const entries = this.#fs.readDirectory?.(directory, undefined, CALLER);
    assert.ok(entries, "the file system has no readDirectory");
    return entries;
  }

  /** The names in a directory with what it tells of them, sorted: by `readDirectoryNames`, where there is one. */
  async listedNames(path: string): Promise<DirectoryName[]> {
    const { file } = await this.open(path);
    const names: DirectoryName[] = [];
    const told =
      this.#fs.readDirectoryNames?.(file, CALLER) ??
      this.#fs.readDirectory?.(file, undefined, CALLER);
    assert.ok(told, "the file system has no readDirectory");
    for await (const name of told) names.push(name);
    await this.close(file);
    return names.sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** The names in a directory, sorted. */
  async names(path: string): Promise<string[]> {
    const { file } = await this.open(path);
    const names: string[] = [];
    for await (const { name } of this.list(file)) names.push(name);
    await this.close(file);
    return names.sort();
  }
}

/** @param attributes - each as `name=value` */
export function eaList(attributes: readonly string[]): ExtendedAttribute[] {
  return attributes.map((attribute) => {
    const [name = "", value = ""] = attribute.split("=");
    return { name, value: Buffer.from(value), isNeeded: false };
  });
}

/** Fails unless an operation is refused with a status. */
export async function refuses(
  run: () => Awaitable<unknown>,
  status: keyof typeof NtStatus,
): Promise<void> {
  let outcome: NtStatus = NtStatus.SUCCESS;
  try {
    await run();
  } catch (error) {
    const thrown = statusOf(error);
    if (thrown === undefined) throw error;
    outcome = thrown;
  }
  assert.equal(statusName(outcome), status);
}

function present<T>(value: T | undefined): T {
  assert.ok(value !== undefined, "the file system lacks the operation");
  return value;
}
