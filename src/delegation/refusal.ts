import { NtError, type NtStatus } from "../nt/index.js";

/** Throws the refusal with a status. */
export function refuse(status: NtStatus): never {
  throw new NtError(status);
}
