import fc from "fast-check";
import { expect, it } from "vitest";
import { foldName, NtStatus, statusOf } from "../../nt/index.js";
import { type MemoryFile, memory } from "./index.js";
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

/** A run of bytes under a name: of a stream, or of the file itself, whose own is empty. */
interface Run {
  readonly name: string;
  bytes: Uint8Array;
}

/** What is in a file: runs by folded names of streams, and extended attributes by folded names. */
interface Content {
  readonly runs: Map<string, Run>;
  readonly eas: Map<string, string>;
}

/** One of a file's names as it was given, and the file. */
interface Known {
  readonly name: string;
  readonly content: Content;
}

/** The naive file system: what each name holds, and the names as they were given. */
class Oracle {
  readonly files = new Map<string, Known>();
  /** Files and streams that are open by names that are gone. */
  readonly orphans: { readonly file: MemoryFile; readonly run: Run }[] = [];

  find({ path, stream }: Target): Run | undefined {
    return this.files.get(foldName(path))?.content.runs.get(foldName(stream));
  }

  /** How many names a file has. */
  linksOf(content: Content): number {
    return [...this.files.values()].filter((known) => known.content === content).length;
  }
}

function resize(run: Run, length: number): void {
  const bytes = new Uint8Array(length);
  bytes.set(run.bytes.subarray(0, length));
  run.bytes = bytes;
}

/** What a step is about: a file, or a stream of it; empty for the file itself. */
interface Target {
  readonly path: string;
  readonly stream: string;
}

function pathOf({ path, stream }: Target): string {
  return stream === "" ? path : `${path}:${stream}`;
}

const path = fc.constantFrom("\\a", "\\A", "\\b", "\\dir\\a", "\\DIR\\b", "\\dir\\Ä", "\\dir\\ä");
const stream = fc.constantFrom("", "", "", "s", "S", "other");
const target = { path, stream };
const at = fc.oneof(
  fc.integer({ min: 0, max: 2 * CHUNK_SIZE + 2 }),
  fc.constantFrom(0, 1, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 2 * CHUNK_SIZE),
);
const length = fc.constantFrom(1, 255, 4096, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1);
const ea = fc.constantFrom("a", "A", "b");
const value = fc.constantFrom("", "1", "a longer value");
const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("create" as const), ...target }) },
  fc.record({ kind: fc.constant("write" as const), ...target, at, length }),
  fc.record({ kind: fc.constant("resize" as const), ...target, at }),
  fc.record({ kind: fc.constant("overwrite" as const), ...target }),
  fc.record({ kind: fc.constant("zero" as const), ...target, at, length }),
  fc.record({ kind: fc.constant("sparse" as const), ...target, isSparse: fc.boolean() }),
  fc.record({ kind: fc.constant("rename" as const), ...target, to: path, replace: fc.boolean() }),
  fc.record({ kind: fc.constant("link" as const), ...target, to: path, replace: fc.boolean() }),
  fc.record({ kind: fc.constant("set ea" as const), ...target, ea, value }),
  fc.record({ kind: fc.constant("delete" as const), ...target, whileOpen: fc.boolean() }),
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
    const run = this.oracle.find(step);
    if (step.kind === "create") {
      this.#create(step);
    } else if (run === undefined) {
      expect(statusFrom(() => this.fs.open(pathOf(step)))).toBe(NtStatus.OBJECT_NAME_NOT_FOUND);
    } else {
      const { file } = this.fs.open(pathOf(step));
      this.#change(step, file, run);
      this.fs.close(file);
    }
  }

  #create(target: Target): void {
    const status = statusFrom(() => {
      this.fs.close(this.fs.create(pathOf(target), NEW).file);
    });
    expect(status).toBe(this.#outcomeOfCreate(target));
    if (status !== NtStatus.SUCCESS) return;
    const { files } = this.oracle;
    const { path, stream } = target;
    const empty = { runs: new Map<string, Run>(), eas: new Map<string, string>() };
    const file = files.get(foldName(path)) ?? { name: lastOf(path), content: empty };
    file.content.runs.set(foldName(stream), { name: stream, bytes: new Uint8Array(0) });
    files.set(foldName(path), file);
  }

  #outcomeOfCreate(target: Target): NtStatus {
    if (this.oracle.find(target) !== undefined) return NtStatus.OBJECT_NAME_COLLISION;
    const hasFile = target.stream === "" || this.oracle.files.has(foldName(target.path));
    return hasFile ? NtStatus.SUCCESS : NtStatus.OBJECT_NAME_NOT_FOUND;
  }

  #change(step: Exclude<Step, { kind: "create" }>, file: MemoryFile, run: Run): void {
    switch (step.kind) {
      case "write": {
        const data = new Uint8Array(step.length).fill((++this.#fill % 200) + 1);
        this.fs.write(file, data, step.at, WRITE);
        resize(run, Math.max(run.bytes.length, step.at + data.length));
        run.bytes.set(data, step.at);
        return;
      }
      case "resize":
        this.fs.setFileSize(file, step.at);
        resize(run, step.at);
        return;
      case "zero":
        this.fs.setZeroData(file, step.at, step.length);
        run.bytes.fill(0, step.at, step.at + step.length);
        return;
      case "sparse":
        this.fs.setSparse(file, step.isSparse);
        return;
      case "overwrite":
        this.fs.overwrite(file, { ...NEW, replaceAttributes: false });
        resize(run, 0);
        if (step.stream === "")
          this.#contentOf(step.path, ({ runs, eas }) => {
            keepOnly(runs, run);
            eas.clear();
          });
        return;
      case "link":
        this.#link(step, file);
        return;
      case "set ea":
        this.fs.setExtendedAttributes(file, [
          { name: step.ea, value: Buffer.from(step.value), isNeeded: false },
        ]);
        this.#contentOf(step.path, ({ eas }) => {
          if (step.value === "") eas.delete(foldName(step.ea));
          else eas.set(foldName(step.ea), step.value);
        });
        return;
      case "rename":
        this.#rename(step, file);
        return;
      case "delete":
        if (step.whileOpen) this.#keepOpen(step);
        this.fs.cleanup(file, pathOf(step), DELETE);
        if (step.stream === "") this.oracle.files.delete(foldName(step.path));
        else this.#contentOf(step.path, ({ runs }) => runs.delete(foldName(step.stream)));
    }
  }

  #contentOf(path: string, change: (content: Content) => unknown): void {
    const file = this.oracle.files.get(foldName(path));
    if (file !== undefined) change(file.content);
  }

  #link(step: Extract<Step, { kind: "link" }>, file: MemoryFile): void {
    const { files } = this.oracle;
    const { content } = files.get(foldName(step.path))!;
    const taken = files.get(foldName(step.to));
    if (taken !== undefined && step.replace) this.#keepOpen({ path: step.to, stream: "" });
    const status = statusFrom(() => this.fs.link(file, step.to, step.replace));
    const isInTheWay = taken !== undefined && !step.replace;
    expect(status).toBe(isInTheWay ? NtStatus.OBJECT_NAME_COLLISION : NtStatus.SUCCESS);
    if (isInTheWay || taken?.content === content) return;
    files.set(foldName(step.to), { name: lastOf(step.to), content });
  }

  #rename(step: Extract<Step, { kind: "rename" }>, file: MemoryFile): void {
    const { files } = this.oracle;
    const [from, to] = [foldName(step.path), foldName(step.to)];
    const isStream = step.stream !== "";
    const taken = from !== to && files.has(to);
    if (taken && step.replace && !isStream) this.#keepOpen({ path: step.to, stream: "" });
    const status = statusFrom(() => {
      this.fs.rename(file, pathOf(step), {
        newPath: step.to,
        replaceIfExists: step.replace,
        isPosix: false,
      });
    });
    expect(status).toBe(outcomeOfRename(isStream, taken && !step.replace));
    if (status !== NtStatus.SUCCESS) return;
    const { content } = files.get(from)!;
    files.delete(from);
    files.set(to, { name: lastOf(step.to), content });
  }

  #keepOpen(target: Target): void {
    const { file } = this.fs.open(pathOf(target));
    this.oracle.orphans.push({ file, run: this.oracle.find(target)! });
  }

  compare(): void {
    for (const [path, { content }] of this.oracle.files) {
      const { runs, eas } = content;
      for (const { name, bytes } of runs.values()) this.#compareRun({ path, stream: name }, bytes);
      const { file } = this.fs.open(path);
      const streams = this.fs.getStreams(file).map(({ name, streamSize }) => [name, streamSize]);
      expect(this.fs.getFileInfo(file).hardLinks).toBe(this.oracle.linksOf(content));
      expect(this.fs.getLinks(file)).toHaveLength(this.oracle.linksOf(content));
      const attributes = this.fs.getExtendedAttributes(file);
      expect(
        attributes.map(({ name, value }) => [foldName(name), Buffer.from(value).toString()]),
      ).toEqual([...eas]);
      this.fs.close(file);
      expect(streams).toEqual([...runs.values()].map(({ name, bytes }) => [name, bytes.length]));
    }
    for (const { file, run } of this.oracle.orphans) {
      expect(this.#holds(file, run.bytes)).toBe(true);
    }
    for (const directory of ["\\", "\\dir"]) {
      const { file } = this.fs.open(directory);
      const names = Array.from(this.fs.readDirectory(file), ({ name }) => name);
      this.fs.close(file);
      expect(names.sort()).toEqual(this.#names(directory));
    }
  }

  #compareRun(target: Target, bytes: Uint8Array): void {
    const { file, info } = this.fs.open(pathOf(target));
    expect(info.fileSize).toBe(bytes.length);
    expect(this.#holds(file, bytes)).toBe(true);
    this.#compareHoles(file, bytes);
    this.fs.close(file);
  }

  /** What is in no range is zero; the ranges are in order, with gaps, and within the file. */
  #compareHoles(file: MemoryFile, bytes: Uint8Array): void {
    const rest = Uint8Array.from(bytes);
    let end = -1;
    for (const { offset, length } of this.fs.getAllocatedRanges(file, 0, 2 ** 40)) {
      expect(offset).toBeGreaterThan(end);
      expect(length).toBeGreaterThan(0);
      end = offset + length;
      rest.fill(0, offset, end);
    }
    expect(end).toBeLessThanOrEqual(bytes.length);
    expect(Buffer.compare(rest, new Uint8Array(rest.length))).toBe(0);
  }

  #holds(file: MemoryFile, bytes: Uint8Array): boolean {
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
    for (const { file } of this.oracle.orphans) this.fs.close(file);
  }
}

function keepOnly(runs: Map<string, Run>, kept: Run): void {
  for (const [key, run] of runs) if (run !== kept) runs.delete(key);
}

function outcomeOfRename(isStream: boolean, isInTheWay: boolean): NtStatus {
  if (isStream) return NtStatus.INVALID_PARAMETER;
  return isInTheWay ? NtStatus.OBJECT_NAME_COLLISION : NtStatus.SUCCESS;
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
