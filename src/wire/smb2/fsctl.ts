/**
 * The control codes that clients send, and the payloads that [MS-SMB2] itself defines; those that
 * every file system knows are in `wire/fscc`. [MS-SMB2] 2.2.31, [MS-FSCC] 2.3
 *
 * @packageDocumentation
 */
import { bytes, i64, type Read, struct, u16, u32, u64, WireError } from "../../bytes/index.js";
import { MAX_COPY_CHUNKS } from "./limits.js";

/** [MS-SMB2] 2.2.31, CtlCode; [MS-FSCC] 2.3 */
export const Fsctl = {
  DFS_GET_REFERRALS: 0x0006_0194,
  DFS_GET_REFERRALS_EX: 0x0006_01b0,
  GET_COMPRESSION: 0x0009_003c,
  GET_OBJECT_ID: 0x0009_009c,
  SET_REPARSE_POINT: 0x0009_00a4,
  GET_REPARSE_POINT: 0x0009_00a8,
  DELETE_REPARSE_POINT: 0x0009_00ac,
  CREATE_OR_GET_OBJECT_ID: 0x0009_00c0,
  SET_SPARSE: 0x0009_00c4,
  QUERY_ALLOCATED_RANGES: 0x0009_40cf,
  SET_ZERO_DATA: 0x0009_80c8,
  FILE_LEVEL_TRIM: 0x0009_8208,
  DUPLICATE_EXTENTS_TO_FILE: 0x0009_8344,
  SET_COMPRESSION: 0x0009_c040,
  PIPE_WAIT: 0x0011_0018,
  PIPE_PEEK: 0x0011_400c,
  PIPE_TRANSCEIVE: 0x0011_c017,
  SRV_REQUEST_RESUME_KEY: 0x0014_0078,
  LMR_REQUEST_RESILIENCY: 0x0014_01d4,
  QUERY_NETWORK_INTERFACE_INFO: 0x0014_01fc,
  VALIDATE_NEGOTIATE_INFO: 0x0014_0204,
  SRV_ENUMERATE_SNAPSHOTS: 0x0014_4064,
  SRV_COPYCHUNK: 0x0014_40f2,
  SRV_READ_HASH: 0x0014_41bb,
  SRV_COPYCHUNK_WRITE: 0x0014_80f2,
} as const;
export type Fsctl = (typeof Fsctl)[keyof typeof Fsctl];

/** [MS-SMB2] 2.2.32.3 */
export const SrvRequestResumeKeyResponse = struct("SRV_REQUEST_RESUME_KEY Response", 32, {
  resumeKey: bytes(24),
  contextLength: u32,
  context: u32, // 4 bytes that Windows and Samba send, though ContextLength is 0
});

/** [MS-SMB2] 2.2.31.1. The chunks follow. */
export const SrvCopychunkCopy = struct("SRV_COPYCHUNK_COPY", 32, {
  sourceKey: bytes(24),
  chunkCount: u32,
  reserved: u32,
});

/** [MS-SMB2] 2.2.31.1.1 */
export const SrvCopychunk = struct("SRV_COPYCHUNK", 24, {
  sourceOffset: i64,
  targetOffset: i64,
  length: u32,
  reserved: u32,
});

/** [MS-SMB2] 2.2.32.1. With INVALID_PARAMETER the three are the limits of the server. */
export const SrvCopychunkResponse = struct("SRV_COPYCHUNK_RESPONSE", 12, {
  chunksWritten: u32,
  chunkBytesWritten: u32,
  totalBytesWritten: u32,
});

/**
 * The chunks that follow SRV_COPYCHUNK_COPY.
 *
 * @returns `undefined` where there are more than may be: the client is to be told the limits
 * @throws WireError when they do not all lie inside of the input
 */
export function readCopychunks({
  bytes,
  at,
  chunkCount,
}: Read<typeof SrvCopychunkCopy>): Read<typeof SrvCopychunk>[] | undefined {
  if (chunkCount > MAX_COPY_CHUNKS) return undefined;
  const first = at + SrvCopychunkCopy.size;
  if (first + chunkCount * SrvCopychunk.size > bytes.byteLength) {
    throw new WireError("SRV_COPYCHUNK_COPY: cut short");
  }
  return Array.from({ length: chunkCount }, (_, i) =>
    SrvCopychunk.read(bytes, first + i * SrvCopychunk.size),
  );
}

/** [MS-SMB2] 2.2.32.2. The tokens, UTF-16, each with its NUL, follow, and one more NUL. */
export const SrvSnapshotArray = struct("SRV_SNAPSHOT_ARRAY", 12, {
  numberOfSnapshots: u32,
  numberOfSnapshotsReturned: u32,
  snapshotArraySize: u32,
});

/** [MS-SMB2] 2.2.31.3 */
export const NetworkResiliencyRequest = struct("NETWORK_RESILIENCY_REQUEST", 8, {
  timeoutMs: u32,
  reserved: u32,
});

/** [MS-SMB2] 2.2.32.5, Capability */
export const RSS_CAPABLE = 0x0000_0001;
export const RDMA_CAPABLE = 0x0000_0002;

/** [MS-SMB2] 2.2.32.5.1.1, 2.2.32.5.1.2, Family */
export const AddressFamily = { INTER_NETWORK: 0x0002, INTER_NETWORK_V6: 0x0017 } as const;
export type AddressFamily = (typeof AddressFamily)[keyof typeof AddressFamily];

/** [MS-SMB2] 2.2.32.5 */
export const NetworkInterfaceInfo = struct("NETWORK_INTERFACE_INFO", 152, {
  next: u32, // from the start of this entry to the start of the next; 0 in the last
  ifIndex: u32,
  capability: u32,
  reserved: u32,
  linkSpeed: u64, // bits in a second
  family: u16,
  address: bytes(126), // a SockaddrIn or SockaddrIn6
});

/** [MS-SMB2] 2.2.32.5.1.1, without the Family */
export const SockaddrIn = struct("SOCKADDR_IN", 14, {
  port: u16,
  address: bytes(4), // in the order of the network
  reserved: bytes(8),
});

/** [MS-SMB2] 2.2.32.5.1.2, without the Family */
export const SockaddrIn6 = struct("SOCKADDR_IN6", 26, {
  port: u16,
  flowInfo: u32,
  address: bytes(16), // in the order of the network
  scopeId: u32,
});
