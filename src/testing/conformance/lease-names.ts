import { HANDLE_CACHING, READ_CACHING, WRITE_CACHING } from "../../kernel/index.js";
import type { LeaseName } from "./drive.js";

const STATES: Readonly<Record<LeaseName, number>> = {
  none: 0,
  R: READ_CACHING,
  RH: READ_CACHING | HANDLE_CACHING,
  RW: READ_CACHING | WRITE_CACHING,
  RWH: READ_CACHING | WRITE_CACHING | HANDLE_CACHING,
};

const NAMES = new Map(Object.entries(STATES).map(([name, state]) => [state, name as LeaseName]));

/** A LeaseState, [MS-SMB2] 2.2.13.2.8, by its name. */
export function leaseStateOf(name: LeaseName): number {
  return STATES[name];
}

/** @throws Error of a combination that nobody can hold */
export function leaseNameOf(state: number): LeaseName {
  const name = NAMES.get(state);
  if (name === undefined) throw new Error(`nobody can hold the lease state ${state}`);
  return name;
}
