/**
 * CREATE. Dispositions, options and share access are in `nt`. [MS-SMB2] 2.2.13, 2.2.14
 *
 * @packageDocumentation
 */
import { constant, struct, u8, u16, u32, u64, u64Exact } from "../../bytes/index.js";

/** [MS-SMB2] 2.2.13, RequestedOplockLevel; 2.2.14, OplockLevel */
export const OplockLevel = {
  NONE: 0x00,
  II: 0x01,
  EXCLUSIVE: 0x08,
  BATCH: 0x09,
  LEASE: 0xff,
} as const;
export type OplockLevel = (typeof OplockLevel)[keyof typeof OplockLevel];

/** [MS-SMB2] 2.2.13, ImpersonationLevel */
export const ImpersonationLevel = {
  ANONYMOUS: 0,
  IDENTIFICATION: 1,
  IMPERSONATION: 2,
  DELEGATE: 3,
} as const;
export type ImpersonationLevel = (typeof ImpersonationLevel)[keyof typeof ImpersonationLevel];

/** [MS-SMB2] 2.2.14, Flags: the last component of the path is a reparse point. */
export const SMB2_CREATE_FLAG_REPARSEPOINT = 0x01;

/** [MS-SMB2] 2.2.13 */
export const CreateRequest = struct("SMB2 CREATE Request", 56, {
  structureSize: constant(u16, 57),
  securityFlags: u8,
  requestedOplockLevel: u8,
  impersonationLevel: u32,
  smbCreateFlags: u64Exact,
  reserved: u64Exact,
  desiredAccess: u32,
  fileAttributes: u32,
  shareAccess: u32,
  createDisposition: u32,
  createOptions: u32,
  nameOffset: u16, // from the start of the SMB2 header
  nameLength: u16,
  createContextsOffset: u32, // from the start of the SMB2 header
  createContextsLength: u32,
});

/** [MS-SMB2] 2.2.14 */
export const CreateResponse = struct("SMB2 CREATE Response", 88, {
  structureSize: constant(u16, 89),
  oplockLevel: u8,
  flags: u8,
  createAction: u32,
  creationTicks: u64Exact,
  lastAccessTicks: u64Exact,
  lastWriteTicks: u64Exact,
  changeTicks: u64Exact,
  allocationSize: u64,
  endOfFile: u64,
  fileAttributes: u32,
  reserved2: u32,
  persistentFileId: u64Exact,
  volatileFileId: u64Exact,
  createContextsOffset: u32, // from the start of the SMB2 header
  createContextsLength: u32,
});
