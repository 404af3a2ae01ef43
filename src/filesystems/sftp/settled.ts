/**
 * Waits for all, also where some fail: nothing uses the buffers of a request any more when it is over.
 *
 * @throws what the first of those that failed threw
 */
export async function allSettled<T>(promises: readonly Promise<T>[]): Promise<readonly T[]> {
  const results = await Promise.allSettled(promises);
  const values: T[] = [];
  for (const result of results) {
    if (result.status === "rejected") throw result.reason;
    values.push(result.value);
  }
  return values;
}
