export { cases } from "./cases.js";
export { eaCases } from "./ea-cases.js";
export { type Case, eaList, type OpenFile, refuses, Subject } from "./harness.js";
export { streamCases } from "./stream-cases.js";
