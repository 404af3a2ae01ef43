export { cases } from "./cases.js";
export { type Case, type OpenFile, refuses, Subject } from "./harness.js";
export { streamCases } from "./stream-cases.js";
