import { ByteBudget } from "./byte-budget.js";
import type { Clock } from "./clock.js";
import type { Connection } from "./connection.js";
import { ErrnoError, errnoOf, isStatus, SftpStatus } from "./errors.js";
import {
  MAX_ASIDE_TRIES,
  MAX_BYTES_IN_FLIGHT,
  MAX_DIRECTORY_ENTRIES,
  MAX_READ_AHEAD_TOTAL_BYTES,
  MAX_WAITING_PIECES,
} from "./limits.js";
import { type FileResources, RemoteFile } from "./remote-file.js";
import { RemoteNode } from "./remote-node.js";
import {
  type AttributeChange,
  FileType,
  OpenFlag,
  type SftpAttributes,
  type SftpEntry,
  type SftpTransport,
  type SftpVolume,
} from "./transport.js";

/** How the files of a server are used. */
export interface RemoteTreeSettings {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly readAhead: boolean;
  readonly writeBack: boolean;
  /** How long the attributes of an open file are told again without asking, in ms. */
  readonly cacheTimeoutMs: number;
}

/**
 * The files of a server as a POSIX system has them, by absolute paths. What fails throws an `ErrnoError`: the
 * server tells little of why, and what it does not tell is found out by looking.
 *
 * Where a connection goes under a request, it is sent again on the next. Of a request that was done already
 * the second may say that the name is there, or gone: where that can only be our own doing it is no failure.
 */
export class RemoteTree {
  readonly #connection: Connection;
  readonly #resources: FileResources;
  readonly #settings: RemoteTreeSettings;
  /** What is open, by path. */
  readonly #nodes = new Map<string, RemoteNode>();

  constructor(settings: RemoteTreeSettings) {
    const { connection, clock, readAhead, writeBack } = settings;
    this.#settings = settings;
    this.#connection = connection;
    this.#resources = {
      connection,
      clock,
      inFlight: new ByteBudget(MAX_BYTES_IN_FLIGHT, MAX_WAITING_PIECES),
      readAhead: readAhead ? new ByteBudget(MAX_READ_AHEAD_TOTAL_BYTES, 0) : undefined,
      writeBack,
    };
  }

  /** Files that are open; 0 when all are closed. */
  get openFiles(): number {
    return this.#nodes.size;
  }

  /** Of a name itself, a symbolic link too. */
  async lstat(path: string): Promise<SftpAttributes> {
    const node = this.#nodes.get(path);
    if (node === undefined) return this.#run((transport) => transport.lstat(path));
    const known = node.attributes;
    if (known !== undefined) return known;
    const { generation } = node;
    const attributes = await this.#run((transport) => transport.lstat(path));
    node.learn(attributes, generation);
    return attributes;
  }

  /** Of an open file. */
  async fstat(file: RemoteFile): Promise<SftpAttributes> {
    return file.node.attributes ?? (await this.#told(file.attributes()));
  }

  /**
   * Opens a file, and learns what it is meanwhile.
   *
   * @param flags - OpenFlag bits
   * @param mode - permissions where it is created
   */
  async open(path: string, flags: number, mode: number): Promise<RemoteFile> {
    const file = await this.#run(async (transport, isRepeat) => {
      try {
        const handle = await transport.open(path, flags, mode);
        return new RemoteFile(this.#resources, this.#nodeOf(path), flags, handle, transport);
      } catch (error) {
        throw isStatus(error, SftpStatus.FAILURE)
          ? await this.#whyNotOpened(transport, path, flags, { error, isRepeat })
          : error;
      }
    });
    if ((flags & OpenFlag.TRUNCATE) !== 0)
      await file.node.whileResizing(0, () => Promise.resolve());
    file.attributes().catch(() => undefined); // for the day that the connection is lost
    return file;
  }

  /** Never fails. */
  async close(file: RemoteFile): Promise<void> {
    const { node } = file;
    node.opens--;
    if (node.opens === 0 && this.#nodes.get(node.path) === node) this.#nodes.delete(node.path);
    await file.close();
  }

  /** For what is said of a file that is open: its outcome as an `ErrnoError`. */
  async with<T>(file: RemoteFile, operation: (file: RemoteFile) => Promise<T>): Promise<T> {
    try {
      return await operation(file);
    } catch (error) {
      if (isStatus(error, SftpStatus.FAILURE))
        throw await this.#whyNotStored(file.node.path, error);
      throw errnoOf(error);
    }
  }

  /** Puts a file's data where it is safe. A server without the extension has what it confirmed. */
  async sync(file: RemoteFile): Promise<void> {
    try {
      await file.sync();
    } catch (error) {
      if (isStatus(error, SftpStatus.OP_UNSUPPORTED)) return;
      if (isStatus(error, SftpStatus.FAILURE))
        throw await this.#whyNotStored(file.node.path, error);
      throw errnoOf(error);
    }
  }

  async truncate(path: string, size: number): Promise<void> {
    const resize = () => this.#run((transport) => transport.setstat(path, { size }));
    const node = this.#nodes.get(path);
    try {
      await node?.pendingSettled();
      await (node?.whileResizing(size, resize) ?? resize());
    } catch (error) {
      if (error instanceof ErrnoError && error.code === "EIO")
        throw await this.#whyNotStored(path, error);
      throw error;
    }
  }

  /** Of what a name leads to; of a symbolic link itself where the server can, and else not at all. */
  async setAttributes(path: string, change: AttributeChange): Promise<void> {
    const node = this.#nodes.get(path);
    await node?.pendingSettled();
    await changing(node, change, () =>
      this.#run(async (transport) => {
        try {
          await transport.lsetstat(path, change);
        } catch (error) {
          if (!isStatus(error, SftpStatus.OP_UNSUPPORTED)) throw error;
          if (isLink(await transport.lstat(path))) throw error;
          await transport.setstat(path, change);
        }
      }),
    );
  }

  async setFileAttributes(file: RemoteFile, change: AttributeChange): Promise<void> {
    await file.flush();
    await changing(file.node, change, () => this.#told(file.setAttributes(change)));
  }

  /** Without `.` and `..`, and without names that are no UTF-8, which nobody could ask for. */
  list(path: string): Promise<readonly SftpEntry[]> {
    return this.#run(async (transport) => {
      const handle = await transport.opendir(path);
      try {
        const all: SftpEntry[] = [];
        for (;;) {
          const some = await transport.readdir(handle);
          if (some === undefined) return all;
          all.push(...some.filter(({ name }) => isUsableName(name)));
          if (all.length > MAX_DIRECTORY_ENTRIES) {
            throw new ErrnoError("EIO", `${path} has more than ${MAX_DIRECTORY_ENTRIES} entries`);
          }
        }
      } finally {
        transport.close(handle).catch(() => undefined); // the server lets it go when the connection ends
      }
    });
  }

  mkdir(path: string, mode: number): Promise<void> {
    return this.#run(async (transport, isRepeat) => {
      try {
        await transport.mkdir(path, mode);
      } catch (error) {
        if (!isStatus(error, SftpStatus.FAILURE)) throw error;
        if ((await attributesOf(transport, path)) === undefined)
          throw await this.#whyNotStored(path, error);
        throw isRepeat ? unknownOutcome(path) : new ErrnoError("EEXIST", `${path} exists`);
      }
    });
  }

  rmdir(path: string): Promise<void> {
    return this.#run(async (transport, isRepeat) => {
      try {
        await transport.rmdir(path);
      } catch (error) {
        if (isRepeat && isStatus(error, SftpStatus.NO_SUCH_FILE)) return; // it was done
        throw isStatus(error, SftpStatus.FAILURE)
          ? new ErrnoError("ENOTEMPTY", `${path} is not empty`)
          : error;
      }
    });
  }

  async unlink(path: string): Promise<void> {
    await this.#run(async (transport, isRepeat) => {
      try {
        await transport.unlink(path);
      } catch (error) {
        if (isRepeat && isStatus(error, SftpStatus.NO_SUCH_FILE)) return; // it was done
        const attributes = await attributesOf(transport, path);
        throw attributes !== undefined && isDirectory(attributes)
          ? new ErrnoError("EISDIR", `${path} is a directory`)
          : error;
      }
    });
    this.#release(path);
  }

  /**
   * Gives a file or directory another name.
   *
   * @param replaces - what has that name goes; otherwise it is refused
   * @throws ErrnoError EEXIST
   */
  async rename(path: string, newPath: string, replaces: boolean): Promise<void> {
    if (path === newPath) return;
    await this.#run(async (transport, isRepeat) => {
      try {
        await (replaces ? replace(transport, path, newPath) : transport.rename(path, newPath));
      } catch (error) {
        const there = await attributesOf(transport, newPath);
        const isGone = (await attributesOf(transport, path)) === undefined;
        if (isRepeat && isGone && there !== undefined) return; // it was done
        if (!isStatus(error, SftpStatus.FAILURE) || there === undefined) throw error;
        if (!replaces) throw new ErrnoError("EEXIST", `${newPath} exists`);
        throw isDirectory(there) ? new ErrnoError("ENOTEMPTY", `${newPath} is not empty`) : error;
      }
    });
    this.#move(path, newPath);
  }

  readlink(path: string): Promise<string> {
    return this.#run(async (transport) => {
      try {
        return await transport.readlink(path);
      } catch (error) {
        throw isStatus(error, SftpStatus.FAILURE)
          ? new ErrnoError("EINVAL", `${path} is no symbolic link`)
          : error;
      }
    });
  }

  /** @param target - as it is to be read */
  symlink(target: string, path: string): Promise<void> {
    return this.#run(async (transport, isRepeat) => {
      try {
        await transport.symlink(target, path);
      } catch (error) {
        if (!isStatus(error, SftpStatus.FAILURE)) throw error;
        const there = await attributesOf(transport, path);
        if (there === undefined) throw error;
        if (isRepeat && isLink(there) && (await transport.readlink(path)) === target) return; // it was done
        throw new ErrnoError("EEXIST", `${path} exists`);
      }
    });
  }

  /** Gives a file one more name. @throws ErrnoError EOPNOTSUPP where the server cannot */
  link(path: string, newPath: string): Promise<void> {
    return this.#run(async (transport, isRepeat) => {
      try {
        await transport.hardlink(path, newPath);
      } catch (error) {
        if (!isStatus(error, SftpStatus.FAILURE)) throw error;
        if ((await attributesOf(transport, newPath)) === undefined) throw error;
        throw isRepeat ? unknownOutcome(newPath) : new ErrnoError("EEXIST", `${newPath} exists`);
      }
    });
  }

  /** How full the volume is; undefined where the server does not tell. */
  volume(path: string): Promise<SftpVolume | undefined> {
    return this.#run(async (transport) => {
      try {
        return await transport.statvfs(path);
      } catch (error) {
        if (isStatus(error, SftpStatus.OP_UNSUPPORTED)) return undefined;
        throw error;
      }
    });
  }

  /** Sends requests, and makes their refusals errors of POSIX. */
  #run<T>(request: (transport: SftpTransport, isRepeat: boolean) => Promise<T>): Promise<T> {
    return this.#told(this.#connection.run(request));
  }

  async #told<T>(outcome: Promise<T>): Promise<T> {
    try {
      return await outcome;
    } catch (error) {
      throw errnoOf(error);
    }
  }

  #nodeOf(path: string): RemoteNode {
    let node = this.#nodes.get(path);
    if (node === undefined) {
      node = new RemoteNode(path, this.#settings.clock, this.#settings.cacheTimeoutMs);
      this.#nodes.set(path, node);
    }
    node.opens++;
    return node;
  }

  /** The name is gone: its opens live on without one. */
  #release(path: string): void {
    const node = this.#nodes.get(path);
    if (node === undefined) return;
    node.isGone = true;
    this.#nodes.delete(path);
  }

  /** What was open under the old name, or below it, is so under the new one. */
  #move(path: string, newPath: string): void {
    this.#release(newPath);
    for (const node of [...this.#nodes.values()]) {
      if (node.path !== path && !node.path.startsWith(`${path}/`)) continue;
      this.#nodes.delete(node.path);
      node.path = newPath + node.path.slice(path.length);
      this.#nodes.set(node.path, node);
    }
  }

  async #whyNotOpened(
    transport: SftpTransport,
    path: string,
    flags: number,
    failure: { readonly error: unknown; readonly isRepeat: boolean },
  ): Promise<unknown> {
    const there = await attributesOf(transport, path);
    if (there === undefined) return this.#whyNotStored(path, failure.error);
    if ((flags & OpenFlag.EXCLUSIVE) !== 0) {
      return failure.isRepeat ? unknownOutcome(path) : new ErrnoError("EEXIST", `${path} exists`);
    }
    return isDirectory(there) ? new ErrnoError("EISDIR", `${path} is a directory`) : failure.error;
  }

  /** OpenSSH says FAILURE where the disk is full, too: looking tells. */
  async #whyNotStored(path: string, error: unknown): Promise<unknown> {
    const volume = await this.volume(parentOf(path)).catch(() => undefined);
    return volume?.availableBlocks === 0
      ? new ErrnoError("ENOSPC", "the server's disk is full", { cause: error })
      : errnoOf(error);
  }
}

/** Changes attributes of a file, which is open where there is a node. */
async function changing(
  node: RemoteNode | undefined,
  { mtime }: AttributeChange,
  change: () => Promise<void>,
): Promise<void> {
  if (node !== undefined && mtime !== undefined) {
    await node.whileSettingTime(mtime, change);
    return;
  }
  await change();
  node?.forgetAttributes();
}

/** What is at a path; undefined where nothing is. */
async function attributesOf(
  transport: SftpTransport,
  path: string,
): Promise<SftpAttributes | undefined> {
  try {
    return await transport.lstat(path);
  } catch (error) {
    if (isStatus(error, SftpStatus.NO_SUCH_FILE)) return undefined;
    throw error;
  }
}

/** Takes the place of what has the new name: at once where the server can, else with a moment in between. */
async function replace(transport: SftpTransport, path: string, newPath: string): Promise<void> {
  try {
    await transport.posixRename(path, newPath);
    return;
  } catch (error) {
    if (!isStatus(error, SftpStatus.OP_UNSUPPORTED)) throw error;
  }
  if ((await attributesOf(transport, newPath)) === undefined) {
    await transport.rename(path, newPath);
    return;
  }
  const aside = await freeNameBeside(transport, newPath);
  await transport.rename(newPath, aside);
  try {
    await transport.rename(path, newPath);
  } catch (error) {
    await transport.rename(aside, newPath);
    throw error;
  }
  const old = await transport.lstat(aside);
  await (isDirectory(old) ? transport.rmdir(aside) : transport.unlink(aside));
}

async function freeNameBeside(transport: SftpTransport, path: string): Promise<string> {
  for (let number = 1; number <= MAX_ASIDE_TRIES; number++) {
    const name = `${path}.replaced-${number}`;
    if ((await attributesOf(transport, name)) === undefined) return name;
  }
  throw new ErrnoError("EEXIST", `no name is free beside ${path}`);
}

function unknownOutcome(path: string): ErrnoError {
  return new ErrnoError(
    "EIO",
    `the connection was lost while ${path} was made: it exists now, but who made it is not known`,
  );
}

function isDirectory({ mode }: SftpAttributes): boolean {
  return (mode & FileType.MASK) === FileType.DIRECTORY;
}

function isLink({ mode }: SftpAttributes): boolean {
  return (mode & FileType.MASK) === FileType.LINK;
}

/** `ssh2` puts U+FFFD where a name is no UTF-8. */
function isUsableName(name: string): boolean {
  return (
    name !== "." && name !== ".." && name !== "" && !name.includes("/") && !name.includes("\uFFFD")
  );
}

function parentOf(path: string): string {
  const end = path.lastIndexOf("/");
  return end <= 0 ? "/" : path.slice(0, end);
}
