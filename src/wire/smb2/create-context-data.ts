/**
 * The data of the create contexts that a server answers. [MS-SMB2] 2.2.13.2, 2.2.14.2
 *
 * @packageDocumentation
 */
import { guid, struct, u16, u32, u64, u64Exact } from "../../bytes/index.js";

/** MxAc. Windows may send no data, and then there is no condition. [MS-SMB2] 2.2.13.2.5 */
export const MaximalAccessRequest = struct("SMB2 MxAc Request", 8, { timestampTicks: u64Exact });

/** [MS-SMB2] 2.2.14.2.5 */
export const MaximalAccessResponse = struct("SMB2 MxAc Response", 8, {
  queryStatus: u32,
  maximalAccess: u32,
});

/** QFid. [MS-SMB2] 2.2.14.2.9 */
export const QueryOnDiskIdResponse = struct("SMB2 QFid Response", 32, {
  diskFileId: u64Exact,
  volumeId: u64Exact,
  reserved: guid,
});

/** AlSi. [MS-SMB2] 2.2.13.2.6 */
export const AllocationSizeRequest = struct("SMB2 AlSi Request", 8, { allocationSize: u64 });

/** TWrp. [MS-SMB2] 2.2.13.2.7 */
export const TimewarpRequest = struct("SMB2 TWrp Request", 8, { timestampTicks: u64Exact });

/** RqLs, of a request and of its response. [MS-SMB2] 2.2.13.2.8, 2.2.14.2.10 */
export const LeaseContext = struct("SMB2 RqLs", 32, {
  leaseKey: guid,
  leaseState: u32,
  leaseFlags: u32,
  leaseDuration: u64Exact,
});

/** RqLs, version 2: told from version 1 by its length. [MS-SMB2] 2.2.13.2.10, 2.2.14.2.11 */
export const LeaseContextV2 = struct("SMB2 RqLs V2", 52, {
  leaseKey: guid,
  leaseState: u32,
  leaseFlags: u32,
  leaseDuration: u64Exact,
  parentLeaseKey: guid,
  epoch: u16,
  reserved: u16,
});

/** [MS-SMB2] 2.2.13.2.8, LeaseFlags */
export const SMB2_LEASE_FLAG_BREAK_IN_PROGRESS = 0x0000_0002;
export const SMB2_LEASE_FLAG_PARENT_LEASE_KEY_SET = 0x0000_0004;

/** DHnQ. [MS-SMB2] 2.2.13.2.3 */
export const DurableHandleRequest = struct("SMB2 DHnQ Request", 16, { durableRequest: guid });

/** [MS-SMB2] 2.2.14.2.3 */
export const DurableHandleResponse = struct("SMB2 DHnQ Response", 8, { reserved: u64Exact });

/** DHnC. [MS-SMB2] 2.2.13.2.4 */
export const DurableHandleReconnect = struct("SMB2 DHnC Request", 16, {
  persistentFileId: u64Exact,
  volatileFileId: u64Exact,
});

/** [MS-SMB2] 2.2.13.2.11, Flags */
export const SMB2_DHANDLE_FLAG_PERSISTENT = 0x0000_0002;

/** DH2Q. [MS-SMB2] 2.2.13.2.11 */
export const DurableHandleRequestV2 = struct("SMB2 DH2Q Request", 32, {
  timeoutMs: u32,
  flags: u32,
  reserved: u64Exact,
  createGuid: guid,
});

/** [MS-SMB2] 2.2.14.2.12 */
export const DurableHandleResponseV2 = struct("SMB2 DH2Q Response", 8, {
  timeoutMs: u32,
  flags: u32,
});

/** DH2C. [MS-SMB2] 2.2.13.2.12 */
export const DurableHandleReconnectV2 = struct("SMB2 DH2C Request", 36, {
  persistentFileId: u64Exact,
  volatileFileId: u64Exact,
  createGuid: guid,
  flags: u32,
});
