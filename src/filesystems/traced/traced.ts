import {
  type AnyOperation,
  callerOf,
  type Delegated,
  delegate,
  type Entries,
  FILE_SYSTEM_OPERATIONS,
  type FileSystemOperation,
  factsOf,
  OpenPaths,
} from "../../delegation/index.js";
import type { Caller, DirectoryName, FileSystem } from "../../fs/index.js";
import { NtStatus, statusName, statusOf } from "../../nt/index.js";
import { OPERATIONS, type TraceDetails } from "./operations.js";

/** One operation of a file system. */
export interface TraceEvent {
  /** The same for all events of one operation; counted from 1. */
  readonly id: number;
  readonly operation: FileSystemOperation;
  /** Undefined where the operation has none, such as `close`. */
  readonly caller: Caller | undefined;
  /** From the root of the volume; of a file that is open, the path it was opened or renamed to last. */
  readonly path: string | undefined;
  readonly asked: TraceDetails;
  /** Empty while there is none, and where it was refused. */
  readonly answered: TraceDetails;
  /**
   * The name of an NtStatus. `PENDING`: the file system does not answer at once; one more event comes
   * when it does. `undefined`: it failed with what is no refusal, which is in `error`.
   */
  readonly status: string | undefined;
  /** What was thrown that stands for no status: a bug of the file system. */
  readonly error?: unknown;
  /** From the call on. */
  readonly durationMs: number;
}

/** Hears of every operation. Not to throw, and not to take long. */
export type TraceSink = (event: TraceEvent) => void;

/** How a file system is to be traced. */
export interface TraceOptions {
  /** What is told of; everything unless told. */
  readonly operations?: Iterable<FileSystemOperation> | undefined;
  /** In ms, from any start. */
  readonly nowMs?: (() => number) | undefined;
}

/** A file system that is traced: the operations that it has, with its own kind of file. */
export type Traced<F extends FileSystem> = Delegated<F>;

/**
 * A file system that does what another does, and tells of it. It has the operations that the other has,
 * and so the same capabilities. Those that are not to be told of are passed on; where none is, the file
 * system itself is what comes back.
 *
 * @see WinFsp 3.18
 */
export function traced<F extends FileSystem>(
  fileSystem: F,
  sink: TraceSink,
  options: TraceOptions = {},
): Traced<F> {
  const wanted = new Set(options.operations ?? FILE_SYSTEM_OPERATIONS);
  if (wanted.size === 0) return fileSystem;
  const tracer = new Tracer(sink, options.nowMs ?? (() => performance.now()));
  return delegate(fileSystem, (operation, method) =>
    wanted.has(operation) ? tracer.told(operation, method) : tracer.untold(operation, method),
  );
}

/** The part of a {@link Description} that is the same whatever the operation is. */
interface AnyDescription {
  readonly asked?: (...args: unknown[]) => TraceDetails;
  readonly answered?: (answer: unknown) => TraceDetails;
}

/** One operation that is under way. */
interface Call {
  readonly operation: FileSystemOperation;
  readonly args: readonly unknown[];
  readonly path: string | undefined;
  readonly beganMs: number;
  /** 0 while nothing was told of it. */
  id: number;
  /** Its last event was told. */
  isDone: boolean;
}

const NOTHING: TraceDetails = {};

const LISTINGS: ReadonlySet<FileSystemOperation> = new Set(["readDirectory", "readDirectoryNames"]);

class Tracer {
  readonly #sink: TraceSink;
  readonly #nowMs: () => number;
  readonly #paths = new OpenPaths();
  #lastId = 0;

  constructor(sink: TraceSink, nowMs: () => number) {
    this.#sink = sink;
    this.#nowMs = nowMs;
  }

  /** An operation that is told of. */
  told(operation: FileSystemOperation, method: AnyOperation): AnyOperation {
    if (LISTINGS.has(operation)) return this.#listing(operation, method);
    return (...args) => {
      const call = this.#begin(operation, args);
      return this.#run(call, method, (answer) => {
        this.#answered(call, describe(operation).answered?.(answer) ?? NOTHING);
      });
    };
  }

  /** One that is not; what changes the names of open files is still heeded. */
  untold(operation: FileSystemOperation, method: AnyOperation): AnyOperation {
    if (!OpenPaths.isChangedBy(operation)) return method;
    return (...args) => {
      const answer: unknown = method(...args);
      if (!(answer instanceof Promise)) this.#paths.note(operation, args, answer);
      else return answer.then((late: unknown) => this.#noted(operation, args, late));
      return answer;
    };
  }

  /** A listing ends when its last entry was taken, or nobody wants more. */
  #listing(operation: FileSystemOperation, method: AnyOperation): AnyOperation {
    return (...args) => {
      const call = this.#begin(operation, args);
      const entries = this.#run(call, method, () => undefined) as Entries<DirectoryName>;
      if (Symbol.iterator in entries) return this.#listed(call, entries);
      this.#tell(call, { status: PENDING, answered: NOTHING });
      return this.#listedLate(call, entries);
    };
  }

  *#listed(call: Call, entries: Iterable<DirectoryName>): Generator<DirectoryName> {
    let count = 0;
    try {
      for (const entry of entries) {
        count++;
        yield entry;
      }
    } catch (error) {
      this.#failed(call, error);
      throw error;
    } finally {
      this.#answered(call, { entries: count });
    }
  }

  async *#listedLate(
    call: Call,
    entries: AsyncIterable<DirectoryName>,
  ): AsyncGenerator<DirectoryName> {
    let count = 0;
    try {
      for await (const entry of entries) {
        count++;
        yield entry;
      }
    } catch (error) {
      this.#failed(call, error);
      throw error;
    } finally {
      this.#answered(call, { entries: count });
    }
  }

  #begin(operation: FileSystemOperation, args: readonly unknown[]): Call {
    const { about } = factsOf(operation);
    const path = about === "path" ? String(args[0]) : undefined;
    const opened = about === "file" ? this.#paths.of(args[0]) : undefined;
    return { operation, args, path: path ?? opened, beganMs: this.#nowMs(), id: 0, isDone: false };
  }

  /** Calls the operation; what it answers late is told of now and then. */
  #run(call: Call, method: AnyOperation, done: (answer: unknown) => void): unknown {
    let answer: unknown;
    try {
      answer = method(...call.args);
    } catch (error) {
      this.#failed(call, error);
      throw error;
    }
    if (!(answer instanceof Promise)) {
      this.#paths.note(call.operation, call.args, answer);
      done(answer);
      return answer;
    }
    this.#tell(call, { status: PENDING, answered: NOTHING });
    return answer.then(
      (late: unknown) => {
        this.#paths.note(call.operation, call.args, late);
        done(late);
        return late;
      },
      (error: unknown) => {
        this.#failed(call, error);
        throw error;
      },
    );
  }

  #noted<T>(operation: FileSystemOperation, args: readonly unknown[], answer: T): T {
    this.#paths.note(operation, args, answer);
    return answer;
  }

  #answered(call: Call, answered: TraceDetails): void {
    if (call.isDone) return; // a listing that failed
    call.isDone = true;
    this.#tell(call, { status: SUCCESS, answered });
  }

  #failed(call: Call, error: unknown): void {
    call.isDone = true;
    const status = statusOf(error);
    if (status === undefined) this.#tell(call, { status: undefined, answered: NOTHING, error });
    else this.#tell(call, { status: statusName(status), answered: NOTHING });
  }

  #tell(call: Call, outcome: Pick<TraceEvent, "status" | "answered" | "error">): void {
    if (call.id === 0) call.id = ++this.#lastId;
    const { id, operation, args, path, beganMs } = call;
    const { asked } = describe(operation);
    this.#sink({
      id,
      operation,
      caller: callerOf(operation, args),
      path,
      // A caller that knows the file system's own type may leave out what that does not look at.
      asked: asked === undefined || args.length < asked.length ? NOTHING : asked(...args),
      durationMs: this.#nowMs() - beganMs,
      ...outcome,
    });
  }
}

const SUCCESS = statusName(NtStatus.SUCCESS);
const PENDING = statusName(NtStatus.PENDING);

/** The types of the row's functions are those of the operation's own arguments, which is what they get. */
function describe(operation: FileSystemOperation): AnyDescription {
  return OPERATIONS[operation] as AnyDescription;
}
