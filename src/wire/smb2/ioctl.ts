/**
 * IOCTL. Codes and payloads are in `fsctl.ts`. [MS-SMB2] 2.2.31, 2.2.32
 *
 * @packageDocumentation
 */
import { constant, struct, u16, u32, u64Exact } from "../../bytes/index.js";

/** [MS-SMB2] 2.2.31, Flags: an FSCTL, and not an IOCTL of a device. */
export const SMB2_0_IOCTL_IS_FSCTL = 0x0000_0001;

/** [MS-SMB2] 2.2.31 */
export const IoctlRequest = struct("SMB2 IOCTL Request", 56, {
  structureSize: constant(u16, 57),
  reserved: u16,
  ctlCode: u32,
  persistentFileId: u64Exact,
  volatileFileId: u64Exact,
  inputOffset: u32, // from the start of the SMB2 header
  inputCount: u32,
  maxInputResponse: u32,
  outputOffset: u32, // from the start of the SMB2 header
  outputCount: u32,
  maxOutputResponse: u32,
  flags: u32,
  reserved2: u32,
});

/** [MS-SMB2] 2.2.32 */
export const IoctlResponse = struct("SMB2 IOCTL Response", 48, {
  structureSize: constant(u16, 49),
  reserved: u16,
  ctlCode: u32,
  persistentFileId: u64Exact,
  volatileFileId: u64Exact,
  inputOffset: u32, // from the start of the SMB2 header
  inputCount: u32,
  outputOffset: u32, // from the start of the SMB2 header
  outputCount: u32,
  flags: u32,
  reserved2: u32,
});
