import { NtError, type NtStatus } from "../../nt/index.js";

const refusals = new Map<NtStatus, NtError>();

/** Throws the refusal with a status. One instance serves all: no stack is gathered for each "not found". */
export function refuse(status: NtStatus): never {
  let refusal = refusals.get(status);
  if (refusal === undefined) {
    refusal = new NtError(status);
    refusals.set(status, refusal);
  }
  throw refusal;
}
