import {
  type AnyOperation,
  callerOf,
  delegate,
  type Entries,
  type FileSystemOperation,
  factsOf,
  OpenPaths,
} from "../../delegation/index.js";
import type { DirectoryEntry, FileSystem, Opened } from "../../fs/index.js";
import { type FaultOptions, Faults } from "./faults.js";
import type { FaultyCall } from "./rule.js";

/** A file system in which things go wrong when they are told to. */
export interface FaultyFileSystem<File> extends FileSystem<File> {
  /** What is to go wrong. */
  readonly faults: Faults;
}

/**
 * A file system that does what another does, until its `faults` are told that something is to go wrong: operations
 * that take long, wait, are refused, lose their answer, give less than was asked for; or a device that is gone.
 *
 * It has the operations that the other has, and so the same capabilities, but for `readViews`, which cannot wait: all
 * is read by `read`; and `readDirectoryNames`, so that all listings are `readDirectory`.
 *
 * @example
 * ```ts
 * const drive = faulty(memory());
 * const server = await serve(drive, options);
 * drive.faults.fail("write", "DISK_FULL", { after: 10, times: 1 });
 * ```
 */
export function faulty<File>(
  fileSystem: FileSystem<File>,
  options: FaultOptions = {},
): FaultyFileSystem<File> {
  const faults = new Faults(options, fileSystem.volumeParams?.isCaseSensitive ?? false);
  const harm = new Harm(fileSystem, faults);
  const harmed = delegate(fileSystem, (operation, method) => {
    if (operation === "readViews" && fileSystem.read !== undefined) return undefined;
    if (operation === "readDirectoryNames") return undefined;
    return operation === "readDirectory" ? harm.listing(method) : harm.operation(operation, method);
  });
  return { ...harmed, faults };
}

/** Puts faults between who asks and who answers. */
class Harm {
  readonly #fileSystem: FileSystem;
  readonly #faults: Faults;
  readonly #paths = new OpenPaths();

  constructor(fileSystem: FileSystem, faults: Faults) {
    this.#fileSystem = fileSystem;
    this.#faults = faults;
  }

  /** An operation that things can happen to. */
  operation(operation: FileSystemOperation, method: AnyOperation): AnyOperation {
    const perform = this.#performer(operation, method);
    return (...args) => {
      if (this.#faults.isQuiet) return perform(args);
      const call = this.#call(operation, args);
      const wait = this.#faults.before(call);
      if (wait === undefined) return this.#finish(call, perform, args);
      return wait.then(() => this.#finish(call, perform, args));
    };
  }

  /** A listing may fail at any entry, and fails after the last where its answer is lost. */
  listing(method: AnyOperation): AnyOperation {
    return (...args) => {
      if (this.#faults.isQuiet) return method(...args);
      const call = this.#call("readDirectory", args);
      const wait = this.#faults.before(call);
      if (wait !== undefined) return this.#listedLate(call, () => method(...args) as Entries, wait);
      const entries = method(...args) as Entries;
      if (Symbol.iterator in entries) return this.#listed(call, entries);
      return this.#listedLate(call, () => entries);
    };
  }

  /** Calls an operation, and heeds what it changes about the paths of open files. */
  #performer(
    operation: FileSystemOperation,
    method: AnyOperation,
  ): (args: readonly unknown[]) => unknown {
    if (!OpenPaths.isChangedBy(operation)) return (args) => method(...args);
    const note = (args: readonly unknown[], answer: unknown) => {
      this.#paths.note(operation, args, answer);
      return answer;
    };
    return (args) => {
      const answer = method(...args);
      return answer instanceof Promise
        ? answer.then((late: unknown) => note(args, late))
        : note(args, answer);
    };
  }

  #call(operation: FileSystemOperation, args: readonly unknown[]): FaultyCall {
    return { operation, path: this.#pathOf(operation, args), caller: callerOf(operation, args) };
  }

  #pathOf(operation: FileSystemOperation, args: readonly unknown[]): string | undefined {
    const { about } = factsOf(operation);
    if (about === "path") return args[0] as string;
    return about === "file" ? this.#paths.of(args[0]) : undefined;
  }

  #finish(
    call: FaultyCall,
    perform: (args: readonly unknown[]) => unknown,
    args: unknown[],
  ): unknown {
    const answer = perform(call.operation === "read" ? this.#shortened(call, args) : args);
    return answer instanceof Promise
      ? answer.then((late: unknown) => this.#answer(call, late))
      : this.#answer(call, answer);
  }

  #shortened(call: FaultyCall, args: readonly unknown[]): readonly unknown[] {
    const [file, target, ...rest] = args as [unknown, Uint8Array, ...unknown[]]; // those of `read`
    return [file, target.subarray(0, this.#faults.readLength(call, target.length)), ...rest];
  }

  /** The answer, unless it is lost. Nobody would close what was opened then. */
  #answer(call: FaultyCall, answer: unknown): unknown {
    const error = this.#faults.after(call);
    if (error === undefined) return answer;
    if (!OPENING.has(call.operation)) throw error;
    const { file } = answer as Opened<unknown>;
    this.#paths.closed(file);
    const closed = this.#fileSystem.close?.(file);
    if (!(closed instanceof Promise)) throw error;
    return closed.then(() => {
      throw error;
    });
  }

  *#listed(call: FaultyCall, entries: Iterable<DirectoryEntry>): Generator<DirectoryEntry> {
    for (const entry of entries) {
      this.#faults.checkCut(call);
      yield entry;
    }
    const error = this.#faults.after(call);
    if (error !== undefined) throw error;
  }

  async *#listedLate(
    call: FaultyCall,
    begin: () => Entries,
    wait?: Promise<void>,
  ): AsyncGenerator<DirectoryEntry> {
    await wait;
    for await (const entry of begin()) {
      this.#faults.checkCut(call);
      yield entry;
    }
    const error = this.#faults.after(call);
    if (error !== undefined) throw error;
  }
}

const OPENING: ReadonlySet<FileSystemOperation> = new Set(["open", "create", "openByFileId"]);
