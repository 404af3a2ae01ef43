import type { FileSystem } from "../fs/index.js";
import { FuseHost, type FuseHostOptions } from "../fuse/index.js";
import { Volume } from "../kernel/index.js";
import {
  AttrOut,
  CreateIn,
  Dirent,
  EntryOut,
  ForgetIn,
  GetattrIn,
  GetxattrIn,
  InitIn,
  InitOut,
  LinkIn,
  LkIn,
  MkdirIn,
  Opcode,
  OpenIn,
  OpenOut,
  ReadIn,
  ReleaseIn,
  Rename2In,
  SetattrIn,
  SetxattrInShort,
  StatfsOut,
  WriteIn,
  WriteOut,
} from "../wire/fuse/index.js";
import { FakeClock } from "./fake-clock.js";
import { FakeFuseDevice, type FuseAnswer } from "./fake-fuse-device.js";

/** Who asks, and of what. */
export interface FuseWho {
  readonly uid?: number;
  readonly gid?: number;
}

/** An answer that says no. */
export class FuseRefusal extends Error {
  readonly errno: number;
  constructor(errno: number) {
    super(`errno ${errno}`);
    this.errno = errno;
  }
}

type Fill<S extends { blank(bytes: DataView, at: number): unknown }> = Partial<
  ReturnType<S["blank"]>
>;

/** A structure as bytes, its fields as told and all others 0. */
export function packed<S extends { size: number; blank(bytes: DataView, at: number): object }>(
  layout: S,
  fields: Fill<S>,
): Uint8Array {
  const bytes = new Uint8Array(layout.size);
  Object.assign(layout.blank(new DataView(bytes.buffer), 0), fields);
  return bytes;
}

/** A name, as requests have it. */
export function named(name: string): Uint8Array {
  return Buffer.from(`${name}\0`);
}

/** A volume that is mounted by a device without a kernel: a test does what the kernel does. */
export class FuseClient {
  readonly device = new FakeFuseDevice();
  readonly clock = new FakeClock();
  readonly volume: Volume;
  readonly host: FuseHost;
  /** Bugs that the host has told of. */
  readonly errors: unknown[] = [];
  /** What it told of its end: an error, or undefined. */
  readonly ends: (Error | undefined)[] = [];

  constructor(what: FileSystem | Volume, options: FuseHostOptions = {}) {
    this.volume = what instanceof Volume ? what : new Volume(what, { clock: this.clock });
    const observer = {
      error: (error: unknown) => this.errors.push(error),
      ended: (error: Error | undefined) => this.ends.push(error),
    };
    const owner = { uid: 0, gid: 0 };
    this.host = new FuseHost(this.volume, this.device, observer, { owner, ...options });
    this.host.start();
  }

  /** Sends a request, and gives the body of its answer. @throws FuseRefusal */
  async ask(opcode: Opcode, nodeId: number, who: FuseWho, ...body: Uint8Array[]): Promise<Buffer> {
    const answer: FuseAnswer = await this.device.request(opcode, { nodeId, ...who }, ...body);
    if (answer.error !== 0) throw new FuseRefusal(answer.error);
    return answer.body;
  }

  /** @param flags - what the kernel can do */
  async init(flags: number, minor = 45) {
    const body = packed(InitIn, { major: 7, minor, maxReadahead: 131_072, flags });
    return InitOut.read(viewOf(await this.ask(Opcode.INIT, 0, {}, body)), 0);
  }

  async lookup(parent: number, name: string, who: FuseWho = {}) {
    return entryOf(await this.ask(Opcode.LOOKUP, parent, who, named(name)));
  }

  /** The node of a path with `/` between names. */
  async find(path: string, who: FuseWho = {}): Promise<number> {
    let nodeId = 1;
    for (const name of path.split("/")) nodeId = (await this.lookup(nodeId, name, who)).nodeId;
    return nodeId;
  }

  forget(nodeId: number, nlookup: number): void {
    this.device.send(Opcode.FORGET, { nodeId }, packed(ForgetIn, { nlookup }));
  }

  async getattr(nodeId: number, who: FuseWho = {}) {
    const body = await this.ask(Opcode.GETATTR, nodeId, who, packed(GetattrIn, {}));
    return AttrOut.read(viewOf(body), 0);
  }

  async setattr(nodeId: number, changes: Fill<typeof SetattrIn>, who: FuseWho = {}) {
    const body = await this.ask(Opcode.SETATTR, nodeId, who, packed(SetattrIn, changes));
    return AttrOut.read(viewOf(body), 0);
  }

  async mkdir(parent: number, name: string, mode = 0o755, who: FuseWho = {}) {
    return entryOf(
      await this.ask(Opcode.MKDIR, parent, who, packed(MkdirIn, { mode }), named(name)),
    );
  }

  async create(
    parent: number,
    name: string,
    { flags = O_RDWR, mode = 0o644, ...who }: { flags?: number; mode?: number } & FuseWho = {},
  ) {
    const request = packed(CreateIn, { flags, mode });
    const body = await this.ask(Opcode.CREATE, parent, who, request, named(name));
    const open = OpenOut.read(viewOf(body), EntryOut.size);
    const { nodeId, mode: type, uid, gid } = entryOf(body);
    return { nodeId, mode: type, uid, gid, fh: open.fh, openFlags: open.openFlags };
  }

  async open(nodeId: number, flags = O_RDWR, who: FuseWho = {}) {
    const body = await this.ask(Opcode.OPEN, nodeId, who, packed(OpenIn, { flags }));
    const { fh, openFlags } = OpenOut.read(viewOf(body), 0);
    return { fh, openFlags };
  }

  async opendir(nodeId: number, who: FuseWho = {}): Promise<number> {
    return (await this.openDirectory(nodeId, who)).fh;
  }

  async openDirectory(nodeId: number, who: FuseWho = {}) {
    const body = await this.ask(Opcode.OPENDIR, nodeId, who, packed(OpenIn, {}));
    const { fh, openFlags } = OpenOut.read(viewOf(body), 0);
    return { fh, openFlags };
  }

  /** What a directory has from a place on, as READDIR tells it. */
  async list(fh: number, from = 0, size = 4096) {
    const entries: { name: string; type: number; ino: number }[] = [];
    for (let offset = from; ; ) {
      const request = packed(ReadIn, { fh, offset, size });
      const body = await this.ask(Opcode.READDIR, 1, {}, request);
      if (body.length === 0) return entries;
      for (let at = 0; at < body.length; ) {
        const { namelen, off, type, ino } = Dirent.read(viewOf(body), at);
        const start = at + Dirent.size;
        entries.push({ name: body.toString("utf8", start, start + namelen), type, ino });
        offset = off;
        at += Math.ceil((Dirent.size + namelen) / 8) * 8;
      }
    }
  }

  async read(fh: number, size: number, offset = 0): Promise<string> {
    const body = await this.ask(Opcode.READ, 1, {}, packed(ReadIn, { fh, size, offset }));
    return body.toString();
  }

  /** @returns bytes written */
  async write(fh: number, text: string, offset = 0): Promise<number> {
    const data = Buffer.from(text);
    const request = packed(WriteIn, { fh, offset, size: data.length });
    return WriteOut.read(viewOf(await this.ask(Opcode.WRITE, 1, {}, request, data)), 0).size;
  }

  async release(fh: number, opcode: Opcode = Opcode.RELEASE): Promise<void> {
    await this.ask(opcode, 1, {}, packed(ReleaseIn, { fh }));
  }

  /** Makes a file with something in it. @returns its node */
  async put(parent: number, name: string, text: string, who: FuseWho = {}): Promise<number> {
    const { nodeId, fh } = await this.create(parent, name, who);
    await this.write(fh, text);
    await this.release(fh);
    return nodeId;
  }

  /** All that a file has. */
  async get(nodeId: number, who: FuseWho = {}): Promise<string> {
    const { fh } = await this.open(nodeId, O_RDONLY, who);
    const text = await this.read(fh, 1_000_000);
    await this.release(fh);
    return text;
  }

  unlink(parent: number, name: string, who: FuseWho = {}): Promise<Buffer> {
    return this.ask(Opcode.UNLINK, parent, who, named(name));
  }

  rmdir(parent: number, name: string, who: FuseWho = {}): Promise<Buffer> {
    return this.ask(Opcode.RMDIR, parent, who, named(name));
  }

  async rename(
    from: readonly [parent: number, name: string],
    to: readonly [parent: number, name: string],
    { flags = 0, ...who }: { flags?: number } & FuseWho = {},
  ): Promise<void> {
    const request = packed(Rename2In, { newdir: to[0], flags });
    await this.ask(Opcode.RENAME2, from[0], who, request, named(from[1]), named(to[1]));
  }

  async link(nodeId: number, parent: number, name: string) {
    const request = packed(LinkIn, { oldNodeId: nodeId });
    return entryOf(await this.ask(Opcode.LINK, parent, {}, request, named(name)));
  }

  async symlink(parent: number, name: string, target: string) {
    return entryOf(await this.ask(Opcode.SYMLINK, parent, {}, named(name), named(target)));
  }

  async readlink(nodeId: number): Promise<string> {
    return (await this.ask(Opcode.READLINK, nodeId, {})).toString();
  }

  async setxattr(nodeId: number, name: string, value: string, flags = 0): Promise<void> {
    const request = packed(SetxattrInShort, { size: value.length, flags });
    await this.ask(Opcode.SETXATTR, nodeId, {}, request, named(name), Buffer.from(value));
  }

  async getxattr(nodeId: number, name: string, size = 1000): Promise<Buffer> {
    return this.ask(Opcode.GETXATTR, nodeId, {}, packed(GetxattrIn, { size }), named(name));
  }

  async listxattr(nodeId: number): Promise<string[]> {
    const body = await this.ask(Opcode.LISTXATTR, nodeId, {}, packed(GetxattrIn, { size: 1000 }));
    return body.toString().split("\0").slice(0, -1);
  }

  async statfs() {
    return StatfsOut.read(viewOf(await this.ask(Opcode.STATFS, 1, {})), 0);
  }

  /** Locks, or lets go. @param opcode - SETLK, SETLKW or GETLK */
  lock(opcode: Opcode, nodeId: number, lock: Fill<typeof LkIn>): Promise<Buffer> {
    return this.ask(opcode, nodeId, {}, packed(LkIn, lock));
  }
}

export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_RDWR = 2;

function viewOf(body: Buffer): DataView {
  return new DataView(body.buffer, body.byteOffset, body.byteLength);
}

function entryOf(body: Buffer) {
  return EntryOut.read(viewOf(body), 0);
}
