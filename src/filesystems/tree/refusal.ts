import { NtError, type NtStatus } from "../../nt/index.js";

/** Ends an operation with an outcome that is expected. */
export function refuse(status: NtStatus): never {
  throw new NtError(status);
}
