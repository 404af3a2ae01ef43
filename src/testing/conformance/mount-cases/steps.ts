/**
 * What cases on mounts do all the time.
 *
 * @packageDocumentation
 */
import { strict as assert } from "node:assert";
import { type FileHandle, lstat, open } from "node:fs/promises";

/** Fails unless a call is refused with one of some errors, by their names. */
export async function fails(call: Promise<unknown>, ...codes: readonly string[]): Promise<void> {
  const outcome: unknown = await call.then(
    () => "no error",
    (error: unknown) => (error instanceof Error && "code" in error ? error.code : error),
  );
  assert.ok(codes.includes(String(outcome)), `${String(outcome)}, and not ${codes.join(" or ")}`);
}

/** All that a descriptor can read, by calls that say where. */
export async function contentsOf(file: FileHandle): Promise<string> {
  const { size } = await file.stat();
  const buffer = Buffer.alloc(size + 1); // for more than there should be
  const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
  return buffer.toString("utf8", 0, bytesRead);
}

/** Has a file open for something, and closes it, also where that fails. */
export async function withOpen<T>(
  path: string,
  flags: string,
  use: (file: FileHandle) => Promise<T>,
): Promise<T> {
  const file = await open(path, flags);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** Whether something has a name, link or not. */
export function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
