import type { Awaitable } from "../fs/index.js";
import { FILE_READ_DATA, FILE_WRITE_DATA, NtStatus } from "../nt/index.js";
import { MAX_CONTROL_SIZE } from "./limits.js";
import type { Open } from "./open.js";
import { guard, type Result, refused } from "./result.js";

/** The first device type that is not Microsoft's. [MS-FSCC] 2.3 */
const FIRST_PRIVATE_DEVICE = 0x8000;

const METHOD_MASK = 0x3;
const METHOD_BUFFERED = 0;

/** The rights that a code asks for. */
const READ_ACCESS = 0x4000;
const WRITE_ACCESS = 0x8000;

/**
 * Sends a file system a control code of its own: of a private device type, by buffers. WinFsp 1.3, Control
 *
 * @returns INVALID_DEVICE_REQUEST for other codes; ACCESS_DENIED where the code asks for a right that
 *   the open does not have; INVALID_BUFFER_SIZE for too much input
 */
export function controlFile(
  open: Open,
  code: number,
  input: Uint8Array,
): Awaitable<Result<Uint8Array>> {
  const { fileSystem } = open.volume;
  const isPrivate = code >>> 16 >= FIRST_PRIVATE_DEVICE && (code & METHOD_MASK) === METHOD_BUFFERED;
  if (!isPrivate || fileSystem.control === undefined) {
    return refused(NtStatus.INVALID_DEVICE_REQUEST);
  }
  if (!mayControl(open, code)) return refused(NtStatus.ACCESS_DENIED);
  if (input.length > MAX_CONTROL_SIZE) return refused(NtStatus.INVALID_BUFFER_SIZE);
  return guard(() => fileSystem.control?.(open.file, code, input, open.caller) ?? new Uint8Array());
}

function mayControl({ grantedAccess }: Open, code: number): boolean {
  if ((code & READ_ACCESS) !== 0 && (grantedAccess & FILE_READ_DATA) === 0) return false;
  return (code & WRITE_ACCESS) === 0 || (grantedAccess & FILE_WRITE_DATA) !== 0;
}
