export {
  FILE_SYSTEM_OPERATIONS,
  type FileSystemOperation,
  type TraceDetail,
  type TraceDetails,
} from "./operations.js";
export {
  type Traced,
  type TraceEvent,
  type TraceOptions,
  type TraceSink,
  traced,
} from "./traced.js";
