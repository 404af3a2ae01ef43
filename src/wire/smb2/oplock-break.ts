/**
 * OPLOCK_BREAK: a notification of the server, an acknowledgment of the client, and the response to
 * that; for oplocks and for leases. [MS-SMB2] 2.2.23, 2.2.24, 2.2.25
 *
 * @packageDocumentation
 */
import { constant, guid, struct, u8, u16, u32, u64, u64Exact } from "../../bytes/index.js";

/** [MS-SMB2] 2.2.13.2.8, LeaseState */
export const SMB2_LEASE_NONE = 0x0;
export const SMB2_LEASE_READ_CACHING = 0x1;
export const SMB2_LEASE_HANDLE_CACHING = 0x2;
export const SMB2_LEASE_WRITE_CACHING = 0x4;

/** [MS-SMB2] 2.2.23.2, Flags */
export const SMB2_NOTIFY_BREAK_LEASE_FLAG_ACK_REQUIRED = 0x0000_0001;

/** By the size it is told whether a message is of an oplock or of a lease. [MS-SMB2] 2.2.24 */
export const OplockBreakHead = struct("SMB2 OPLOCK_BREAK", 2, { structureSize: u16 });

/** [MS-SMB2] 2.2.23.1 */
export const OplockBreakNotification = struct("SMB2 OPLOCK_BREAK Notification", 24, {
  structureSize: constant(u16, 24),
  oplockLevel: u8,
  reserved: u8,
  reserved2: u32,
  persistentFileId: u64Exact,
  volatileFileId: u64Exact,
});

/** [MS-SMB2] 2.2.24.1 */
export const OplockBreakAcknowledgment = struct("SMB2 OPLOCK_BREAK Acknowledgment", 24, {
  structureSize: constant(u16, 24),
  oplockLevel: u8,
  reserved: u8,
  reserved2: u32,
  persistentFileId: u64Exact,
  volatileFileId: u64Exact,
});

/** [MS-SMB2] 2.2.25.1 */
export const OplockBreakResponse = struct("SMB2 OPLOCK_BREAK Response", 24, {
  structureSize: constant(u16, 24),
  oplockLevel: u8,
  reserved: u8,
  reserved2: u32,
  persistentFileId: u64Exact,
  volatileFileId: u64Exact,
});

/** [MS-SMB2] 2.2.23.2 */
export const LeaseBreakNotification = struct("SMB2 Lease Break Notification", 44, {
  structureSize: constant(u16, 44),
  newEpoch: u16, // 0 for a lease of version 1
  flags: u32,
  leaseKey: guid,
  currentLeaseState: u32,
  newLeaseState: u32,
  breakReason: u32,
  accessMaskHint: u32,
  shareMaskHint: u32,
});

/** [MS-SMB2] 2.2.24.2. Told from an oplock's by its StructureSize. */
export const LeaseBreakAcknowledgment = struct("SMB2 Lease Break Acknowledgment", 36, {
  structureSize: constant(u16, 36),
  reserved: u16,
  flags: u32,
  leaseKey: guid,
  leaseState: u32,
  leaseDuration: u64,
});

/** [MS-SMB2] 2.2.25.2 */
export const LeaseBreakResponse = struct("SMB2 Lease Break Response", 36, {
  structureSize: constant(u16, 36),
  reserved: u16,
  flags: u32,
  leaseKey: guid,
  leaseState: u32,
  leaseDuration: u64,
});
