import { MAX_POLICY_HANDLES_PER_PIPE } from "./limits.js";

/** The policy handles of one pipe, and what each was opened for. [MS-LSAD] 3.1.1.7 */
export class PolicyHandles {
  readonly #access = new Map<number, number>();
  #next = 1;

  /** @returns undefined when there are too many */
  open(grantedAccess: number): number | undefined {
    if (this.#access.size >= MAX_POLICY_HANDLES_PER_PIPE) return undefined;
    const handle = this.#next++;
    this.#access.set(handle, grantedAccess);
    return handle;
  }

  /** What a handle was opened for; undefined where it is none. */
  grantedAccess(handle: number): number | undefined {
    return this.#access.get(handle);
  }

  /** @returns whether it was one */
  close(handle: number): boolean {
    return this.#access.delete(handle);
  }
}
