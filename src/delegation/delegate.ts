import type { FileSystem, VolumeParams } from "../fs/index.js";
import {
  type AnyOperation,
  FILE_SYSTEM_OPERATIONS,
  type FileSystemOperation,
} from "./operations.js";

/** What a file system has of the contract: the operations that it has, with its own kind of file. */
export type Delegated<F extends FileSystem> = Pick<F, Extract<keyof F, keyof FileSystem>>;

/**
 * What takes the place of an operation.
 *
 * @param operation - one that the file system has
 * @param method - that operation, to be called without a `this`
 * @returns undefined where the operation is to be absent
 */
export type Wrap = (
  operation: FileSystemOperation,
  method: AnyOperation,
) => AnyOperation | undefined;

/**
 * A file system that passes operations on to another one. It has those that the other has and `wrap` leaves, no
 * others: so it has the same capabilities, as the optional methods are the capabilities.
 *
 * @param volumeParams - what differs of the other's
 */
export function delegate<F extends FileSystem>(
  fileSystem: F,
  wrap: Wrap,
  volumeParams?: Partial<VolumeParams>,
): Delegated<F> {
  const delegated: Record<string, unknown> = {};
  if (fileSystem.volumeParams !== undefined || volumeParams !== undefined) {
    delegated["volumeParams"] = { ...fileSystem.volumeParams, ...volumeParams };
  }
  for (const operation of FILE_SYSTEM_OPERATIONS) {
    const method = Reflect.get(fileSystem, operation) as AnyOperation | undefined; // by its name
    if (method === undefined) continue;
    const wrapped = wrap(operation, method.bind(fileSystem));
    if (wrapped !== undefined) delegated[operation] = wrapped;
  }
  return delegated as Delegated<F>; // what F has of the contract, one by one
}

/** A file system with some of its operations: what the others would be good for, it cannot do. */
export function withOperations<File>(
  fileSystem: FileSystem<File>,
  has: (operation: FileSystemOperation) => boolean,
): FileSystem<File> {
  return delegate(fileSystem, (operation, method) => (has(operation) ? method : undefined));
}
