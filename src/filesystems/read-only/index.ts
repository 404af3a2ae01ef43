export { type ReadOnly, readOnly } from "./read-only.js";
