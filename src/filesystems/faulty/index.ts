export type { Fault, FaultChance, FaultError } from "./fault.js";
export { type FaultClock, type FaultOptions, Faults } from "./faults.js";
export { type FaultyFileSystem, faulty } from "./faulty.js";
export type { FaultRule, FaultRuleParts } from "./rule.js";
