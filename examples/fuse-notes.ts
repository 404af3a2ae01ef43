// A folder of notes, as FUSE operations: what is written for fuse-native runs, too.
// anymount serve fuse examples/fuse-notes.ts (compiled, as .mjs) -o volname=Notes
import { type FuseOperations, type FuseStat } from "anymount";

const S_IFDIR = 0o040_000;
const S_IFREG = 0o100_000;

const notes = new Map<string, { text: Buffer; mtime: Date }>([
  ["/read me.txt", { text: Buffer.from("Write notes here.\n"), mtime: new Date() }],
]);

/** Node's own words for errors are understood; so are `throw 2` and `return -2`. */
function refuse(code: string): never {
  throw Object.assign(new Error(code), { code });
}

const noteAt = (path: string) => notes.get(path) ?? refuse("ENOENT");

function setText(path: string, text: Buffer): void {
  notes.set(path, { text, mtime: new Date() });
}

const operations: FuseOperations<void> = {
  getattr(path): FuseStat {
    if (path === "/") return { mode: S_IFDIR | 0o755 };
    const { text, mtime } = noteAt(path);
    return { mode: S_IFREG | 0o644, size: text.length, mtime, ctime: mtime };
  },
  readdir: () => [...notes.keys()].map((path) => path.slice(1)),
  create(path) {
    if (!path.endsWith(".txt")) refuse("EACCES");
    setText(path, Buffer.alloc(0));
  },
  read(path, _fh, buffer, length, position) {
    return noteAt(path)
      .text.subarray(position, position + length)
      .copy(buffer);
  },
  write(path, _fh, buffer, _length, position) {
    const { text } = noteAt(path);
    const grown = Buffer.alloc(Math.max(text.length, position + buffer.length));
    text.copy(grown);
    setText(path, grown);
    return buffer.copy(grown, position);
  },
  truncate(path, size) {
    const cut = Buffer.alloc(size);
    noteAt(path).text.copy(cut);
    setText(path, cut);
  },
  unlink: (path) => void notes.delete(path),
  rename(from, to) {
    notes.set(to, noteAt(from));
    notes.delete(from);
  },
};

export default operations;
