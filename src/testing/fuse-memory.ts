import {
  type FuseCallbackOperations,
  type FuseContext,
  FuseDate,
  type FuseOperations,
  type FuseStat,
} from "../adapters/fuse/index.js";
import { ERRNO, isErrnoName, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from "../nt/index.js";

const BLOCK = 512;
const RENAME_NOREPLACE = 1;

/** What is thrown to refuse. */
const refuse = (code: string): Error => Object.assign(new Error(code), { code });

interface Node {
  ino: number;
  mode: number;
  uid: number;
  gid: number;
  nlink: number;
  rdev: number;
  flags: number;
  times: { atime: bigint; mtime: bigint; ctime: bigint; birthtime: bigint };
  data: Buffer;
  /** Set aside, in bytes. */
  reserved: number;
  target: string;
  children: Map<string, Node>;
  xattrs: Map<string, Buffer>;
}

const isDirectory = (node: Node) => (node.mode & S_IFMT) === S_IFDIR;

/** A whole file system in memory as FUSE operations in promise style: what all their cases are tried on. */
export class FuseMemory implements FuseOperations<Node> {
  #lastIno = 0;
  readonly #root: Node;
  /** Names of operations, in the order in which they were called. */
  readonly called: string[] = [];

  constructor() {
    this.#root = this.#node(S_IFDIR | 0o777, { uid: 0, gid: 0 });
  }

  init(): void {
    this.called.push("init");
  }

  destroy(): void {
    this.called.push("destroy");
  }

  getattr(path: string): FuseStat {
    return statOf(this.#find(path));
  }

  fgetattr(_path: string, fh: Node): FuseStat {
    return statOf(fh);
  }

  access(path: string): void {
    this.#find(path);
  }

  statfs() {
    return {
      bsize: 4096,
      frsize: 4096,
      blocks: 2 ** 20,
      bfree: 2 ** 19,
      bavail: 2 ** 19,
      namemax: 255,
    };
  }

  opendir(path: string): Node {
    return this.#find(path);
  }

  readdir(_path: string, fh: Node): string[] {
    return [".", "..", ...fh.children.keys()];
  }

  releasedir(): void {
    this.called.push("releasedir");
  }

  fsyncdir(): void {
    this.called.push("fsyncdir");
  }

  open(path: string): Node {
    return this.#find(path);
  }

  create(path: string, mode: number, _flags: number, context: FuseContext): Node {
    return this.#add(path, this.#node(S_IFREG | (mode & 0o7777), context));
  }

  read(_path: string, fh: Node, buffer: Buffer, length: number, position: number): number {
    if (position >= fh.data.length) return 0;
    return fh.data.copy(buffer, 0, position, position + length);
  }

  write(_path: string, fh: Node, buffer: Buffer, length: number, position: number): number {
    if (position + length > fh.data.length) this.#resize(fh, position + length);
    buffer.copy(fh.data, position, 0, length);
    this.#touch(fh);
    fh.flags |= 0x800;
    return length;
  }

  flush(): void {
    this.called.push("flush");
  }

  fsync(): void {
    this.called.push("fsync");
  }

  release(): void {
    this.called.push("release");
  }

  truncate(path: string, size: number): void {
    const node = this.#find(path);
    this.#resize(node, size);
    node.reserved = 0;
    this.#touch(node);
  }

  ftruncate(_path: string, fh: Node, size: number): void {
    this.#resize(fh, size);
    fh.reserved = 0;
    this.#touch(fh);
  }

  fallocate(_path: string, fh: Node, _mode: number, offset: number, length: number): void {
    fh.reserved = Math.max(fh.reserved, offset + length);
  }

  mknod(path: string, mode: number, rdev: number, context: FuseContext): void {
    this.#add(path, Object.assign(this.#node(mode, context), { rdev }));
  }

  mkdir(path: string, mode: number, context: FuseContext): void {
    this.#add(path, this.#node(S_IFDIR | (mode & 0o7777), context));
  }

  unlink(path: string): void {
    const { parent, name, node } = this.#place(path);
    if (node === undefined) throw refuse("ENOENT");
    if (isDirectory(node)) throw refuse("EISDIR");
    parent.children.delete(name);
    node.nlink--;
    this.#touch(parent);
  }

  rmdir(path: string): void {
    const { parent, name, node } = this.#place(path);
    if (node === undefined) throw refuse("ENOENT");
    if (!isDirectory(node)) throw refuse("ENOTDIR");
    if (node.children.size > 0) throw refuse("ENOTEMPTY");
    parent.children.delete(name);
    this.#touch(parent);
  }

  rename(from: string, to: string, flags: number): void {
    const source = this.#place(from);
    if (source.node === undefined) throw refuse("ENOENT");
    const target = this.#place(to);
    if (target.node !== undefined) {
      if ((flags & RENAME_NOREPLACE) !== 0) throw refuse("EEXIST");
      if (isDirectory(target.node)) this.rmdir(to);
      else this.unlink(to);
    }
    source.parent.children.delete(source.name);
    target.parent.children.set(target.name, source.node);
    this.#touch(source.parent);
    this.#touch(target.parent);
  }

  link(existing: string, path: string): void {
    const node = this.#find(existing);
    this.#add(path, node);
    node.nlink++;
  }

  symlink(target: string, path: string, context: FuseContext): void {
    this.#add(path, Object.assign(this.#node(S_IFLNK | 0o777, context), { target }));
  }

  readlink(path: string): string {
    const node = this.#find(path);
    if ((node.mode & S_IFMT) !== S_IFLNK) throw refuse("EINVAL");
    return node.target;
  }

  chmod(path: string, mode: number): void {
    const node = this.#find(path);
    node.mode = (node.mode & S_IFMT) | (mode & 0o7777);
  }

  chown(path: string, uid: number, gid: number): void {
    const node = this.#find(path);
    if (uid !== -1) node.uid = uid;
    if (gid !== -1) node.gid = gid;
  }

  utimens(path: string, atime: FuseDate, mtime: FuseDate): void {
    const { times } = this.#find(path);
    times.atime = nsOf(atime);
    times.mtime = nsOf(mtime);
  }

  setcrtime(path: string, time: FuseDate): void {
    this.#find(path).times.birthtime = nsOf(time);
  }

  setchgtime(path: string, time: FuseDate): void {
    this.#find(path).times.ctime = nsOf(time);
  }

  chflags(path: string, flags: number): void {
    this.#find(path).flags = flags;
  }

  setxattr(path: string, name: string, value: Buffer): void {
    this.#find(path).xattrs.set(name, Buffer.from(value));
  }

  getxattr(path: string, name: string): Buffer | undefined {
    return this.#find(path).xattrs.get(name);
  }

  listxattr(path: string): string[] {
    return [...this.#find(path).xattrs.keys()];
  }

  removexattr(path: string, name: string): void {
    if (!this.#find(path).xattrs.delete(name)) throw refuse("ENODATA");
  }

  #node(mode: number, { uid, gid }: { uid: number; gid: number }): Node {
    const now = BigInt(Date.now()) * 1_000_000n;
    return {
      ino: ++this.#lastIno,
      mode,
      uid,
      gid,
      nlink: 1,
      rdev: 0,
      flags: 0,
      times: { atime: now, mtime: now, ctime: now, birthtime: now },
      data: Buffer.alloc(0),
      reserved: 0,
      target: "",
      children: new Map(),
      xattrs: new Map(),
    };
  }

  #find(path: string): Node {
    let node = this.#root;
    for (const name of path.split("/").filter(Boolean)) {
      if (!isDirectory(node)) throw refuse("ENOTDIR");
      const child = node.children.get(name);
      if (child === undefined) throw refuse("ENOENT");
      node = child;
    }
    return node;
  }

  #place(path: string): { parent: Node; name: string; node: Node | undefined } {
    const cut = path.lastIndexOf("/");
    const parent = this.#find(path.slice(0, cut));
    if (!isDirectory(parent)) throw refuse("ENOTDIR");
    const name = path.slice(cut + 1);
    return { parent, name, node: parent.children.get(name) };
  }

  #add(path: string, node: Node): Node {
    const { parent, name, node: existing } = this.#place(path);
    if (existing !== undefined) throw refuse("EEXIST");
    parent.children.set(name, node);
    this.#touch(parent);
    return node;
  }

  #resize(node: Node, size: number): void {
    if (size > 2 ** 30) throw refuse("EFBIG");
    const resized = Buffer.alloc(size);
    node.data.copy(resized, 0, 0, size);
    node.data = resized;
  }

  #touch({ times }: Node): void {
    times.mtime = BigInt(Date.now()) * 1_000_000n;
    times.ctime = times.mtime;
  }
}

function nsOf(time: Date | number): bigint {
  if (time instanceof FuseDate) return time.ns;
  return BigInt(Math.round(Number(time) * 1000)) * 1000n;
}

function statOf(node: Node): FuseStat {
  const { ino, mode, uid, gid, nlink, rdev, flags, times, data, reserved } = node;
  const blocks = Math.ceil(Math.max(data.length, reserved) / BLOCK);
  return { ino, mode, uid, gid, nlink, rdev, flags, size: data.length, blocks, ...times };
}

type Operation = (...args: unknown[]) => unknown;

/** What is between the arguments of the two styles, by the operation: which are left out in promise style. */
const CALLBACK_ARGS: Readonly<Record<string, (args: unknown[]) => unknown[]>> = {
  create: ([path, mode]) => [path, mode, 0],
  readdir: ([path]) => [path, undefined],
  rename: ([from, to]) => [from, to, 0],
  setxattr: ([path, name, value, , flags]) => [path, name, value, flags],
  getxattr: ([path, name]) => [path, name],
};

const OWNER = { uid: 0, gid: 0 };

/** The same file system in the callback style of `fuse-native`: it answers later, and has numbers as handles. */
export function inCallbackStyle(memory: FuseMemory): FuseCallbackOperations {
  const files = new Map<number, unknown>();
  let lastFd = 0;
  const style: Record<string, Operation> = {};
  for (const name of Object.getOwnPropertyNames(FuseMemory.prototype)) {
    const operation = Reflect.get(memory, name) as unknown;
    if (name === "constructor" || typeof operation !== "function") continue;
    style[name] = (...all) => {
      const done = all.pop() as (...results: unknown[]) => void; // the style has it last
      const args = (CALLBACK_ARGS[name] ?? ((same) => same))(all);
      if (typeof args[1] === "number" && files.has(args[1])) args[1] = files.get(args[1]);
      if (name === "readdir") args[1] = memory.opendir(String(args[0]));
      queueMicrotask(() => {
        try {
          const result: unknown = Reflect.apply(operation, memory, [...args, OWNER]);
          if (name === "read" || name === "write") {
            done(result);
          } else if (name === "open" || name === "create" || name === "opendir") {
            files.set(++lastFd, result);
            done(0, lastFd);
          } else {
            done(0, result);
          }
        } catch (error) {
          done(negativeErrno(error));
        }
      });
    };
  }
  return style as unknown as FuseCallbackOperations; // exactly its operations, by name
}

function negativeErrno(error: unknown): number {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (!isErrnoName(code)) throw error;
  return -ERRNO[code];
}
