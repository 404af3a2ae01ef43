export { cases } from "./cases.js";
export { type Case, type OpenFile, refuses, Subject } from "./harness.js";
