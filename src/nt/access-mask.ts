/**
 * Access rights of files and directories. [MS-SMB2] 2.2.13.1, [MS-DTYP] 2.4.3
 *
 * @packageDocumentation
 */

export const FILE_READ_DATA = 0x0000_0001;
export const FILE_LIST_DIRECTORY = 0x0000_0001;
export const FILE_WRITE_DATA = 0x0000_0002;
export const FILE_ADD_FILE = 0x0000_0002;
export const FILE_APPEND_DATA = 0x0000_0004;
export const FILE_ADD_SUBDIRECTORY = 0x0000_0004;
export const FILE_READ_EA = 0x0000_0008;
export const FILE_WRITE_EA = 0x0000_0010;
export const FILE_EXECUTE = 0x0000_0020;
export const FILE_TRAVERSE = 0x0000_0020;
export const FILE_DELETE_CHILD = 0x0000_0040;
export const FILE_READ_ATTRIBUTES = 0x0000_0080;
export const FILE_WRITE_ATTRIBUTES = 0x0000_0100;
export const DELETE = 0x0001_0000;
export const READ_CONTROL = 0x0002_0000;
export const WRITE_DAC = 0x0004_0000;
export const WRITE_OWNER = 0x0008_0000;
export const SYNCHRONIZE = 0x0010_0000;
export const ACCESS_SYSTEM_SECURITY = 0x0100_0000;
export const MAXIMUM_ALLOWED = 0x0200_0000;
export const GENERIC_ALL = 0x1000_0000;
export const GENERIC_EXECUTE = 0x2000_0000;
export const GENERIC_WRITE = 0x4000_0000;
export const GENERIC_READ = 0x8000_0000;

/** What the generic rights stand for on a file. WinFsp 3.3; [MS-FSA] 2.1.5.1.2.1 */
export const FILE_GENERIC_READ = 0x0012_0089;
export const FILE_GENERIC_WRITE = 0x0012_0116;
export const FILE_GENERIC_EXECUTE = 0x0012_00a0;
export const FILE_ALL_ACCESS = 0x001f_01ff;

/** Every bit that a DesiredAccess may have: the rest is reserved. [MS-SMB2] 2.2.13.1.1 */
export const VALID_DESIRED_ACCESS = 0xf31f_01ff;

/** Generic rights replaced by the specific ones they stand for; MAXIMUM_ALLOWED stays. */
export function mapGenericAccess(mask: number): number {
  let mapped = mask & 0x0fff_ffff;
  if ((mask & GENERIC_READ) !== 0) mapped |= FILE_GENERIC_READ;
  if ((mask & GENERIC_WRITE) !== 0) mapped |= FILE_GENERIC_WRITE;
  if ((mask & GENERIC_EXECUTE) !== 0) mapped |= FILE_GENERIC_EXECUTE;
  if ((mask & GENERIC_ALL) !== 0) mapped |= FILE_ALL_ACCESS;
  return mapped;
}
