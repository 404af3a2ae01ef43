/**
 * AV_PAIR lists: what a server tells of itself, and a client sends back. [MS-NLMP] 2.2.2.1
 *
 * @packageDocumentation
 */
import { bytesOf, part, struct, u16, u32, u64Exact, viewOf, WireError } from "../../bytes/index.js";
import { MAX_AV_PAIRS } from "./limits.js";

/** AvId. [MS-NLMP] 2.2.2.1 */
export const AvId = {
  EOL: 0,
  NB_COMPUTER_NAME: 1,
  NB_DOMAIN_NAME: 2,
  DNS_COMPUTER_NAME: 3,
  DNS_DOMAIN_NAME: 4,
  DNS_TREE_NAME: 5,
  FLAGS: 6, // 32 bits, AvFlags
  TIMESTAMP: 7, // FILETIME
  SINGLE_HOST: 8,
  TARGET_NAME: 9,
  CHANNEL_BINDINGS: 10,
} as const;

/** One entry. */
export interface AvPair {
  /** One of {@link AvId}, or unknown. */
  readonly id: number;
  readonly value: Uint8Array;
}

const AvPairHeader = struct("AV_PAIR", 4, {
  avId: u16,
  avLen: u16, // bytes of the value
});

/**
 * The entries up to MsvAvEOL; views, nothing copied. What lies behind is left alone: clients put
 * four zero bytes there.
 *
 * @throws WireError without MsvAvEOL, and with more than `MAX_AV_PAIRS` before it
 */
export function readAvPairs(bytes: DataView): AvPair[] {
  const pairs: AvPair[] = [];
  let at = 0;
  while (pairs.length <= MAX_AV_PAIRS) {
    const { avId: id, avLen: length } = AvPairHeader.read(bytes, at);
    if (id === AvId.EOL) return pairs;
    at += AvPairHeader.size;
    pairs.push({ id, value: bytesOf(part(bytes, at, { offset: 0, length, what: "AV_PAIR" })) });
    at += length;
  }
  throw new WireError("AV_PAIR: too many");
}

/** The list with MsvAvEOL at its end. */
export function writeAvPairs(pairs: readonly AvPair[]): Uint8Array {
  const length = pairs.reduce((sum, { value }) => sum + AvPairHeader.size + value.length, 0);
  const bytes = new Uint8Array(length + AvPairHeader.size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { id, value } of pairs) {
    const header = AvPairHeader.blank(view, at);
    header.avId = id;
    header.avLen = value.length;
    bytes.set(value, at + AvPairHeader.size);
    at += AvPairHeader.size + value.length;
  }
  return bytes;
}

/** The value of MsvAvFlags. */
const AvFlagsValue = struct("MsvAvFlags", 4, { flags: u32 });
/** The value of MsvAvTimestamp. */
const AvTimestampValue = struct("MsvAvTimestamp", 8, { ticks: u64Exact });

/** The value of one entry, undefined where there is none. */
export function findAvPair(pairs: readonly AvPair[], id: number): Uint8Array | undefined {
  return pairs.find((pair) => pair.id === id)?.value;
}

/** MsvAvFlags of a list; 0 without. @throws WireError when they are cut short */
export function readAvFlags(pairs: readonly AvPair[]): number {
  const value = findAvPair(pairs, AvId.FLAGS);
  return value === undefined ? 0 : AvFlagsValue.read(viewOf(value), 0).flags;
}

/** MsvAvFlags. */
export function avFlags(flags: number): AvPair {
  const view = new DataView(new ArrayBuffer(AvFlagsValue.size));
  AvFlagsValue.blank(view, 0).flags = flags;
  return { id: AvId.FLAGS, value: bytesOf(view) };
}

/** MsvAvTimestamp of a list, a FILETIME. @throws WireError when it is cut short */
export function readAvTimestamp(pairs: readonly AvPair[]): bigint | undefined {
  const value = findAvPair(pairs, AvId.TIMESTAMP);
  return value === undefined ? undefined : AvTimestampValue.read(viewOf(value), 0).ticks;
}

/** MsvAvTimestamp. */
export function avTimestamp(ticks: bigint): AvPair {
  const view = new DataView(new ArrayBuffer(AvTimestampValue.size));
  AvTimestampValue.blank(view, 0).ticks = ticks;
  return { id: AvId.TIMESTAMP, value: bytesOf(view) };
}
