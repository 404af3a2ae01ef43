export {
  bytes,
  guid,
  i32,
  i64,
  i64Exact,
  TWO_POW_32,
  u8,
  u16,
  u32,
  u64,
  u64Exact,
} from "./fields.js";
export { align, bytesOf, part, viewOf } from "./part.js";
export {
  constant,
  type Field,
  type Read,
  type Struct,
  struct,
  type Values,
  type Window,
  WireError,
} from "./struct.js";
export { readUtf16, utf16, writeUtf16 } from "./utf16.js";
