/**
 * TREE_CONNECT. [MS-SMB2] 2.2.9, 2.2.10
 *
 * @packageDocumentation
 */
import { constant, struct, u8, u16, u32 } from "../../bytes/index.js";

/** [MS-SMB2] 2.2.9, Flags */
export const SMB2_TREE_CONNECT_FLAG_CLUSTER_RECONNECT = 0x0001;
export const SMB2_TREE_CONNECT_FLAG_REDIRECT_TO_OWNER = 0x0002;
export const SMB2_TREE_CONNECT_FLAG_EXTENSION_PRESENT = 0x0004;

/** [MS-SMB2] 2.2.10, ShareType */
export const ShareType = { DISK: 1, PIPE: 2, PRINT: 3 } as const;
export type ShareType = (typeof ShareType)[keyof typeof ShareType];

/** [MS-SMB2] 2.2.10, ShareFlags. The first four are values of one field of two bits. */
export const SMB2_SHAREFLAG_MANUAL_CACHING = 0x0000_0000;
export const SMB2_SHAREFLAG_AUTO_CACHING = 0x0000_0010;
export const SMB2_SHAREFLAG_VDO_CACHING = 0x0000_0020;
export const SMB2_SHAREFLAG_NO_CACHING = 0x0000_0030;
export const SMB2_SHAREFLAG_DFS = 0x0000_0001;
export const SMB2_SHAREFLAG_DFS_ROOT = 0x0000_0002;
export const SMB2_SHAREFLAG_RESTRICT_EXCLUSIVE_OPENS = 0x0000_0100;
export const SMB2_SHAREFLAG_FORCE_SHARED_DELETE = 0x0000_0200;
export const SMB2_SHAREFLAG_ALLOW_NAMESPACE_CACHING = 0x0000_0400;
export const SMB2_SHAREFLAG_ACCESS_BASED_DIRECTORY_ENUM = 0x0000_0800;
export const SMB2_SHAREFLAG_FORCE_LEVELII_OPLOCK = 0x0000_1000;
export const SMB2_SHAREFLAG_ENABLE_HASH_V1 = 0x0000_2000;
export const SMB2_SHAREFLAG_ENABLE_HASH_V2 = 0x0000_4000;
export const SMB2_SHAREFLAG_ENCRYPT_DATA = 0x0000_8000;
export const SMB2_SHAREFLAG_IDENTITY_REMOTING = 0x0004_0000;
export const SMB2_SHAREFLAG_COMPRESS_DATA = 0x0010_0000;

/** [MS-SMB2] 2.2.10, Capabilities */
export const SMB2_SHARE_CAP_DFS = 0x0000_0008;
export const SMB2_SHARE_CAP_CONTINUOUS_AVAILABILITY = 0x0000_0010;
export const SMB2_SHARE_CAP_SCALEOUT = 0x0000_0020;
export const SMB2_SHARE_CAP_CLUSTER = 0x0000_0040;
export const SMB2_SHARE_CAP_ASYMMETRIC = 0x0000_0080;
export const SMB2_SHARE_CAP_REDIRECT_TO_OWNER = 0x0000_0100;

/** [MS-SMB2] 2.2.9 */
export const TreeConnectRequest = struct("SMB2 TREE_CONNECT Request", 8, {
  structureSize: constant(u16, 9),
  flags: u16,
  pathOffset: u16, // from the start of the SMB2 header
  pathLength: u16,
});

/** [MS-SMB2] 2.2.10 */
export const TreeConnectResponse = struct("SMB2 TREE_CONNECT Response", 16, {
  structureSize: constant(u16, 16),
  shareType: u8,
  reserved: u8,
  shareFlags: u32,
  capabilities: u32,
  maximalAccess: u32,
});
