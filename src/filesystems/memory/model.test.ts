import fc from "fast-check";
import { expect, it } from "vitest";
import { foldName, NtStatus, statusOf } from "../../nt/index.js";
import { type MemoryNode, memory } from "./index.js";
import { CHUNK_SIZE } from "./limits.js";

const WRITE = { toEndOfFile: false, isConstrained: false, keepTimes: false };
const NEW = {
  isDirectory: false,
  createOptions: 0,
  grantedAccess: 0,
  fileAttributes: 0,
  securityDescriptor: Uint8Array.of(1, 2, 3),
  allocationSize: 0,
  extendedAttributes: undefined,
};
const DELETE = { isDelete: true, isAllocationReset: false };

/** The naive file system: what each name holds, and the names as they were given. */
class Oracle {
  readonly files = new Map<string, { name: string; bytes: Uint8Array }>();
  /** Files that are open and have no name. */
  readonly orphans = new Map<MemoryNode, Uint8Array>();

  write(path: string, data: Uint8Array, at: number): void {
    const bytes = this.resize(path, Math.max(this.bytes(path).length, at + data.length));
    bytes.set(data, at);
  }

  resize(path: string, length: number): Uint8Array {
    const file = this.files.get(foldName(path))!;
    const bytes = new Uint8Array(length);
    bytes.set(file.bytes.subarray(0, length));
    file.bytes = bytes;
    return bytes;
  }

  bytes(path: string): Uint8Array {
    return this.files.get(foldName(path))!.bytes;
  }
}

const path = fc.constantFrom("\\a", "\\A", "\\b", "\\dir\\a", "\\DIR\\b", "\\dir\\Ä", "\\dir\\ä");
const at = fc.oneof(
  fc.integer({ min: 0, max: 2 * CHUNK_SIZE + 2 }),
  fc.constantFrom(0, 1, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 2 * CHUNK_SIZE),
);
const length = fc.constantFrom(1, 255, 4096, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1);
const step = fc.oneof(
  fc.record({ kind: fc.constant("create" as const), path }),
  fc.record({ kind: fc.constant("write" as const), path, at, length }),
  fc.record({ kind: fc.constant("resize" as const), path, at }),
  fc.record({ kind: fc.constant("overwrite" as const), path }),
  fc.record({ kind: fc.constant("rename" as const), path, to: path, replace: fc.boolean() }),
  fc.record({ kind: fc.constant("delete" as const), path, whileOpen: fc.boolean() }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A volume and its oracle, which do the same. */
class Pair {
  readonly fs = memory({ maxSize: 2 ** 30, now: () => 1n });
  readonly oracle = new Oracle();
  #fill = 0;

  constructor() {
    this.fs.close(this.fs.create("\\dir", { ...NEW, isDirectory: true }).file);
  }

  get used(): number {
    const { totalSize, freeSize } = this.fs.getVolumeInfo();
    return totalSize - freeSize;
  }

  run(step: Step): void {
    const exists = this.oracle.files.has(foldName(step.path));
    if (step.kind === "create") {
      this.#create(step.path, exists);
    } else if (!exists) {
      expect(statusFrom(() => this.fs.open(step.path))).toBe(NtStatus.OBJECT_NAME_NOT_FOUND);
    } else {
      const { file } = this.fs.open(step.path);
      this.#change(step, file);
      this.fs.close(file);
    }
  }

  #create(path: string, exists: boolean): void {
    const status = statusFrom(() => {
      this.fs.close(this.fs.create(path, NEW).file);
    });
    expect(status).toBe(exists ? NtStatus.OBJECT_NAME_COLLISION : NtStatus.SUCCESS);
    if (exists) return;
    this.oracle.files.set(foldName(path), { name: lastOf(path), bytes: new Uint8Array(0) });
  }

  #change(step: Exclude<Step, { kind: "create" }>, file: MemoryNode): void {
    switch (step.kind) {
      case "write": {
        const data = new Uint8Array(step.length).fill((++this.#fill % 200) + 1);
        this.fs.write(file, data, step.at, WRITE);
        this.oracle.write(step.path, data, step.at);
        return;
      }
      case "resize":
        this.fs.setFileSize(file, step.at);
        this.oracle.resize(step.path, step.at);
        return;
      case "overwrite":
        this.fs.overwrite(file, { ...NEW, replaceAttributes: false });
        this.oracle.resize(step.path, 0);
        return;
      case "rename":
        this.#rename(step, file);
        return;
      case "delete":
        if (step.whileOpen) this.#keepOpen(step.path);
        this.fs.cleanup(file, step.path, DELETE);
        this.oracle.files.delete(foldName(step.path));
    }
  }

  #rename(step: Extract<Step, { kind: "rename" }>, file: MemoryNode): void {
    const { files } = this.oracle;
    const [from, to] = [foldName(step.path), foldName(step.to)];
    const taken = from !== to && files.has(to);
    if (taken && step.replace) this.#keepOpen(step.to);
    const status = statusFrom(() => {
      this.fs.rename(file, step.path, {
        newPath: step.to,
        replaceIfExists: step.replace,
        isPosix: false,
      });
    });
    const refused = taken && !step.replace;
    expect(status).toBe(refused ? NtStatus.OBJECT_NAME_COLLISION : NtStatus.SUCCESS);
    if (refused) return;
    const { bytes } = files.get(from)!;
    files.delete(from);
    files.set(to, { name: lastOf(step.to), bytes });
  }

  #keepOpen(path: string): void {
    const { file } = this.fs.open(path);
    expect(this.oracle.orphans.has(file)).toBe(false);
    this.oracle.orphans.set(file, this.oracle.bytes(path));
  }

  compare(): void {
    for (const [path, { bytes }] of this.oracle.files) {
      const { file, info } = this.fs.open(path);
      expect(info.fileSize).toBe(bytes.length);
      expect(this.#holds(file, bytes)).toBe(true);
      this.fs.close(file);
    }
    for (const [file, bytes] of this.oracle.orphans) expect(this.#holds(file, bytes)).toBe(true);
    for (const directory of ["\\", "\\dir"]) {
      const { file } = this.fs.open(directory);
      const names = Array.from(this.fs.readDirectory(file), ({ name }) => name);
      this.fs.close(file);
      expect(names.sort()).toEqual(this.#names(directory));
    }
  }

  #holds(file: MemoryNode, bytes: Uint8Array): boolean {
    const back = new Uint8Array(bytes.length);
    if (bytes.length > 0) expect(this.fs.read(file, back, 0)).toBe(bytes.length);
    return Buffer.compare(back, bytes) === 0;
  }

  #names(directory: string): string[] {
    const below = [...this.oracle.files].filter(
      ([path]) => path.startsWith("\\DIR\\") === (directory === "\\dir"),
    );
    const names = below.map(([, { name }]) => name);
    return (directory === "\\" ? [...names, "dir"] : names).sort();
  }

  deleteAll(): void {
    for (const path of this.oracle.files.keys()) {
      const { file } = this.fs.open(path);
      this.fs.cleanup(file, path, DELETE);
      this.fs.close(file);
    }
    for (const file of this.oracle.orphans.keys()) this.fs.close(file);
  }
}

it("a memory volume does what a Map of paths does, and gives all its space back", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const pair = new Pair();
      const before = pair.used;
      for (const step of steps) pair.run(step);
      pair.compare();
      pair.deleteAll();
      expect(pair.used).toBe(before);
    }),
    { numRuns: 150 },
  );
}, 30_000);

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf("\\") + 1);
}

function statusFrom(run: () => unknown): NtStatus | undefined {
  try {
    run();
  } catch (error) {
    return statusOf(error);
  }
  return NtStatus.SUCCESS;
}
