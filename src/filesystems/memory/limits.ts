/**
 * The memory file system's limits and sizes.
 *
 * @packageDocumentation
 */

/** What allocation sizes are rounded up to, in bytes: the default volume's sectors times their size. */
export const ALLOCATION_UNIT = 4096;

/**
 * Bytes of a chunk of a file; a power of two. Measured for 64 KiB, 128 KiB, 256 KiB and 1 MiB (Node
 * 20.20, 2 cores of a cloud machine): reading 1 MiB takes 77, 71, 71 and 58 µs, and appending 4 KiB
 * 1.8, 0.8, 1.0 and 1.1 µs up to 1 GiB. Of 1 MiB chunks, half a MiB is lost with every file.
 */
export const CHUNK_SIZE = 256 * 1024;

/** The smallest buffer, in bytes: what a file of one byte takes. A power of two. */
export const MIN_BUFFER_SIZE = 256;

/** Bytes of freed chunks that are kept for the next writer; what is beyond goes back to the system. */
export const MAX_POOLED_BYTES = 256 * 1024 * 1024;

/** Freed chunks that nobody has wanted for so long go back to the system, in ms. */
export const POOL_IDLE_MS = 1000;

/** Bytes of freed chunks that go back to the system in one turn of the event loop: 0.6 ms. */
export const TRIM_STEP_BYTES = 4 * 1024 * 1024;

/**
 * Freed chunks with used ones between them. Each of the pieces is a mapping, and Linux gives a process
 * 65,530 (vm.max_map_count); past it, Node aborts. Above this, freed chunks stay in the pool.
 */
export const MAX_MEMORY_HOLES = 16_384;

/**
 * What of a sparse file is told as data, and what as a hole, is exact to this many bytes, as on NTFS: a
 * power of two, of which a chunk has no more than 31.
 */
export const SPARSE_BLOCK_SIZE = 64 * 1024;

/** The largest file, in bytes: NTFS's with clusters of 4 KiB, 16 TiB less 64 KiB. */
export const MAX_FILE_SIZE = 16 * 2 ** 40 - 64 * 1024;

/**
 * Files and directories of a volume. A V8 Map holds at most 2^24 entries, removed ones included until
 * it is packed, which is sure to help only while half of them or fewer live.
 */
export const MAX_NODES = 2 ** 23;

/** What a file or directory is accounted with besides its data, in bytes; its name comes on top. */
export const NODE_COST = 512;

/** What a security descriptor is accounted with besides its bytes; files with the same share it. */
export const DESCRIPTOR_COST = 256;

/** How long a measurement of the free memory holds, in ticks: 100 ms. */
export const FREE_MEMORY_TICKS = 1_000_000n;

/** Packed extended attributes of one file, in bytes; as NTFS. */
export const MAX_EA_BYTES = 65_535;

/** What an extended attribute is accounted with besides its name and value, in bytes. */
export const EA_COST = 128;

/** Names of one file; as NTFS. [MS-FSA] 2.1.5.15.6 */
export const MAX_LINKS = 1024;

/** Named streams of one file. */
export const MAX_STREAMS = 4096;

/** What a volume is called unless told. */
export const DEFAULT_LABEL = "RAM";

/**
 * How long a time that a write moved stays as it is when there are more writes, in ticks of 100 ns: the
 * 15.6 ms that a tick of the Windows clock takes, which programs count on.
 */
export const TIME_RESOLUTION_TICKS = 156_250n;
