import {
  DELETE,
  FILE_APPEND_DATA,
  FILE_DELETE_CHILD,
  FILE_WRITE_ATTRIBUTES,
  FILE_WRITE_DATA,
  FILE_WRITE_EA,
  WRITE_DAC,
  WRITE_OWNER,
} from "../nt/index.js";

/** Rights that nobody has on a volume that is read-only. */
export const CHANGING_ACCESS =
  FILE_WRITE_DATA |
  FILE_APPEND_DATA |
  FILE_WRITE_EA |
  FILE_DELETE_CHILD |
  FILE_WRITE_ATTRIBUTES |
  DELETE |
  WRITE_DAC |
  WRITE_OWNER;
