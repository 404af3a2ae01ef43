import type { AsyncLocalStorage } from "node:async_hooks";
import type { Awaitable, Caller } from "../../fs/index.js";
import { NtError, NtStatus } from "../../nt/index.js";
import type { FuseContext } from "./fuse-operations.js";
import { MAX_WAITING_OPERATIONS } from "./limits.js";
import { refusalOf } from "./refusal.js";

/** How the operations of a file system end: by what they return, or by calling their last argument. */
export type FuseStyle = "promise" | "callback";

/** How operations are called. */
export interface InvokerOptions {
  /** Undefined: found out by the first call of `getattr`. */
  readonly style: FuseStyle | undefined;
  /** How long an operation may take, in ms; 0: as long as it likes. */
  readonly timeoutMs: number;
  /** One operation at a time. */
  readonly isSerial: boolean;
  readonly contextOf: (caller: Caller) => FuseContext;
  /** Where operations find the context of their call, whatever their style. */
  readonly contextStorage: AsyncLocalStorage<FuseContext> | undefined;
}

/** One call of an operation. */
export interface Invocation {
  /** The operation, for people and in the table. */
  readonly name: string;
  /** What it is about, for people. */
  readonly path: string;
  readonly caller: Caller;
  /** What it is given in promise style, less the context. */
  readonly promiseArgs: readonly unknown[];
  /** What it is given in callback style, less the callback. */
  readonly callbackArgs: readonly unknown[];
  /** A context that was made before, where what an operation leaves in it is looked at. */
  readonly context?: FuseContext | undefined;
}

type Callable = (...args: unknown[]) => unknown;

/** What becomes of a callback: its first call counts. */
class Callback {
  values: readonly unknown[] | undefined;
  readonly ended: Promise<void>;
  #settle: (() => void) | undefined;

  constructor() {
    this.ended = new Promise((settle) => {
      this.#settle = settle;
    });
  }

  end(values: readonly unknown[]): void {
    this.values ??= values;
    this.#settle?.();
  }
}

/** What a callback was given. */
type Ended =
  | { readonly isRefused: false; readonly values: readonly unknown[] }
  | { readonly isRefused: true; readonly thrown: unknown };

/**
 * Calls the operations of a file system, in the style that they are written in, and makes one outcome of whatever
 * they do: a value, at once or later, or an `NtError`. What else they throw is a bug of theirs, and goes on.
 */
export class Invoker {
  style: FuseStyle | undefined;
  readonly #operations: object;
  readonly #options: InvokerOptions;
  /** Operations whose callback was called twice, which have been told of. */
  readonly #warned = new Set<string>();
  #last: Promise<unknown> | undefined;
  #waiting = 0;

  constructor(operations: object, options: InvokerOptions) {
    this.#operations = operations;
    this.#options = options;
    this.style = options.style;
  }

  has(name: string): boolean {
    return typeof Reflect.get(this.#operations, name) === "function";
  }

  /**
   * Calls an operation that is there.
   *
   * @param read - makes the result of what the callback was given, in callback style
   */
  call<T>(invocation: Invocation, read: (values: readonly unknown[]) => unknown): Awaitable<T> {
    if (!this.#options.isSerial) return this.#callNow<T>(invocation, read);
    if (this.#waiting >= MAX_WAITING_OPERATIONS) {
      throw new NtError(NtStatus.INSUFFICIENT_RESOURCES);
    }
    this.#waiting++;
    const before = this.#last ?? Promise.resolve();
    const outcome = before.then(() => this.#callNow<T>(invocation, read));
    this.#last = outcome
      .catch(() => undefined)
      .finally(() => {
        this.#waiting--;
      });
    return outcome;
  }

  /**
   * Calls `init`. Whether one that has returned nothing still has something to do is not to be told as long as the style
   * is not known: then `probe` is called meanwhile, from which it becomes known.
   */
  async initialize(caller: Caller, probe: () => Awaitable<unknown>): Promise<void> {
    if (this.has("init")) await this.#callAtEdge("init", caller, probe);
  }

  /** Calls `destroy`. Where no operation has ever shown its style, it has ended when what it returns has. */
  async finalize(caller: Caller): Promise<void> {
    if (this.has("destroy")) await this.#callAtEdge("destroy", caller);
  }

  /** Calls what begins or ends it all: its callback is waited for only if that is known to be its style, and it declares one. */
  async #callAtEdge(
    name: "init" | "destroy",
    caller: Caller,
    probe?: () => Awaitable<unknown>,
  ): Promise<void> {
    const operation = Reflect.get(this.#operations, name) as Callable; // `has` has said so
    const { contextOf, contextStorage } = this.#options;
    const context = contextOf(caller);
    const invocation = { name, path: "/", caller, promiseArgs: [], callbackArgs: [] };
    if (this.style === "promise") {
      await this.#promised(operation, invocation, context);
      return;
    }
    const callback = new Callback();
    const done = (...values: unknown[]) => {
      this.style ??= "callback";
      callback.end(values);
    };
    const last = withContext(done, context);
    const call = () => operation.apply(this.#operations, [last]);
    try {
      const returned = contextStorage === undefined ? call() : contextStorage.run(context, call);
      if (isThenable(returned)) {
        settle(await this.#inTime(invocation, Promise.race([returned, callback.ended])));
      } else {
        settle(returned);
        if (this.style === undefined) await probe?.();
        const isAwaited = this.style === "callback" && operation.length > 0;
        if (isAwaited) await this.#inTime(invocation, callback.ended);
      }
    } catch (error) {
      throw refusalOf(error);
    }
    readNothing(callback.values ?? []);
  }

  #callNow<T>(invocation: Invocation, read: (values: readonly unknown[]) => unknown): Awaitable<T> {
    const operation = Reflect.get(this.#operations, invocation.name) as Callable; // `has` has said so
    const { contextOf, contextStorage } = this.#options;
    const context = invocation.context ?? contextOf(invocation.caller);
    const call = () => this.#callInStyle<T>(operation, invocation, { context, read });
    return contextStorage === undefined ? call() : contextStorage.run(context, call);
  }

  #callInStyle<T>(
    operation: Callable,
    invocation: Invocation,
    how: { context: FuseContext; read: (values: readonly unknown[]) => unknown },
  ): Awaitable<T> {
    const { context } = how;
    if (this.style === "promise") {
      return this.#promised<T>(operation, invocation, context);
    }
    if (this.style === "callback" && !takesCallback(operation, invocation)) {
      return this.#promised<T>(operation, invocation, context);
    }
    return this.#calledBack<T>(operation, invocation, how);
  }

  #promised<T>(operation: Callable, invocation: Invocation, context: FuseContext): Awaitable<T> {
    let returned: unknown;
    try {
      returned = operation.apply(this.#operations, [...invocation.promiseArgs, context]);
    } catch (error) {
      throw refusalOf(error);
    }
    if (!isThenable(returned)) return settle(returned) as T;
    return this.#inTime(invocation, Promise.resolve(returned)).then(
      (value) => settle(value) as T,
      (error: unknown) => {
        throw refusalOf(error);
      },
    );
  }

  /** In callback style, and where the style is not known yet: then what it returns may be the result. */
  #calledBack<T>(
    operation: Callable,
    invocation: Invocation,
    how: { context: FuseContext; read: (values: readonly unknown[]) => unknown },
  ): Awaitable<T> {
    const { context, read } = how;
    const isKnown = this.style === "callback";
    let ended: Ended | undefined;
    let whenEnded: ((ended: Ended) => void) | undefined;
    const end = (outcome: Ended) => {
      if (ended !== undefined) return;
      ended = outcome;
      whenEnded?.(outcome);
    };
    const done = (...values: unknown[]) => {
      if (ended !== undefined) {
        this.#warnOfSecondCall(invocation);
        return;
      }
      this.style ??= "callback";
      end({ isRefused: false, values });
    };
    const last = isKnown ? done : withContext(done, context);
    let returned: unknown;
    try {
      returned = operation.apply(this.#operations, [...invocation.callbackArgs, last]);
    } catch (error) {
      end({ isRefused: true, thrown: error });
    }
    if (!isKnown && returned !== undefined && !isThenable(returned) && ended === undefined) {
      this.style ??= "promise";
      return settle(returned) as T;
    }
    if (isThenable(returned)) {
      Promise.resolve(returned).then(
        (value) => {
          if (isKnown || value === undefined) return; // it will call back
          if (ended === undefined) this.style ??= "promise";
          end({ isRefused: false, values: [0, value] });
        },
        (error: unknown) => {
          end({ isRefused: true, thrown: error });
        },
      );
    }
    const finish = (outcome: Ended): T => {
      if (outcome.isRefused) throw refusalOf(outcome.thrown);
      return settle(
        isKnown || this.style === "callback" ? read(outcome.values) : outcome.values[1],
      ) as T;
    };
    if (ended !== undefined) return finish(ended);
    const ending = new Promise<Ended>((resolve) => {
      whenEnded = resolve;
    });
    return this.#inTime(invocation, ending).then(finish);
  }

  /** Waits no longer than was agreed. */
  async #inTime<T>({ name, path }: Invocation, work: Promise<T>): Promise<T> {
    const { timeoutMs } = this.#options;
    if (timeoutMs === 0) return work;
    let timer: NodeJS.Timeout | undefined;
    const timeUp = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(timeUpMessage(name, path, timeoutMs)));
      }, timeoutMs);
    });
    try {
      return await Promise.race([work, timeUp]);
    } finally {
      clearTimeout(timer);
    }
  }

  #warnOfSecondCall({ name, path }: Invocation): void {
    if (this.#warned.has(name)) return;
    this.#warned.add(name); // no more than there are operations
    process.emitWarning(`the FUSE operation ${name} of ${path} has called its callback again`);
  }
}

function timeUpMessage(name: string, path: string, timeoutMs: number): string {
  return `the FUSE operation ${name} of ${path} has not ended in ${timeoutMs} ms: it must call its callback, or settle its promise, once`;
}

/** An operation that declares fewer arguments than lead to the callback cannot call it: what it returns counts. */
function takesCallback({ length }: Callable, { callbackArgs }: Invocation): boolean {
  return length === 0 || length > callbackArgs.length;
}

/** A callback that can be read as the context, too, for who expects that. */
function withContext(done: Callable, context: FuseContext): Callable {
  for (const [key, value] of Object.entries(context)) {
    Object.defineProperty(done, key, { value, writable: true, configurable: true });
  }
  return done;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    "then" in value &&
    typeof value.then === "function"
  );
}

/** A negative number is a refusal, whatever the operation. */
function settle(value: unknown): unknown {
  if (typeof value === "number" && value < 0) throw refusalOf(value);
  return value;
}

/** What an operation that only succeeds or fails has told its callback. */
export function readNothing([error]: readonly unknown[]): undefined {
  checkError(error);
}

/** What an operation with a result has told its callback. */
export function readResult([error, result]: readonly unknown[]): unknown {
  checkError(error);
  return result;
}

/** What a read or write has told its callback: bytes, or, as others do it, 0 and the bytes. */
export function readBytes([bytes, more]: readonly unknown[]): unknown {
  if (typeof bytes === "number" && bytes > 0) return bytes;
  checkError(bytes);
  return typeof more === "number" ? more : 0;
}

function checkError(error: unknown): void {
  if (error === undefined || error === null || error === 0) return;
  throw refusalOf(error);
}
