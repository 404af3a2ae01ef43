export { FILE_SYSTEM_OPERATIONS, type FileSystemOperation } from "../../delegation/index.js";
export type { TraceDetail, TraceDetails } from "./operations.js";
export {
  type Traced,
  type TraceEvent,
  type TraceOptions,
  type TraceSink,
  traced,
} from "./traced.js";
