import { isIPv4, isIPv6, SocketAddress as NodeAddress } from "node:net";
import { bytesOf, viewOf } from "../../bytes/index.js";
import { AddressFamily, SockaddrIn, SockaddrIn6 } from "../../wire/smb2/index.js";

/** An address as an interface tells it. [MS-SMB2] 2.2.32.5.1 */
export interface SocketAddress {
  readonly family: AddressFamily;
  /** What follows the family: no port, and then the address. */
  readonly bytes: Uint8Array;
}

/** Reads an address as Node gives it; undefined where it is none, as of a connection in memory. */
export function socketAddress(text: string): SocketAddress | undefined {
  const plain = text.replace(/^::ffff:(?=[\d.]+$)/i, "").replace(/%.*$/, "");
  if (isIPv4(plain)) {
    const bytes = viewOf(new Uint8Array(SockaddrIn.size));
    SockaddrIn.blank(bytes, 0).address = Uint8Array.from(plain.split("."), Number);
    return { family: AddressFamily.INTER_NETWORK, bytes: bytesOf(bytes) };
  }
  if (!isIPv6(plain)) return undefined;
  const bytes = viewOf(new Uint8Array(SockaddrIn6.size));
  SockaddrIn6.blank(bytes, 0).address = ipv6Bytes(plain);
  return { family: AddressFamily.INTER_NETWORK_V6, bytes: bytesOf(bytes) };
}

const IPV6_GROUPS = 8;

function ipv6Bytes(text: string): Uint8Array {
  const { address } = new NodeAddress({ address: text, family: "ipv6" }); // no dotted tail, one `::` at most
  const [head = "", tail] = address.split("::");
  const before = head.split(":").filter((group) => group !== "");
  const after = tail?.split(":").filter((group) => group !== "") ?? [];
  const bytes = new Uint8Array(2 * IPV6_GROUPS);
  const view = viewOf(bytes);
  before.forEach((group, i) => {
    view.setUint16(2 * i, Number.parseInt(group, 16));
  });
  after.forEach((group, i) => {
    view.setUint16(2 * (IPV6_GROUPS - after.length + i), Number.parseInt(group, 16));
  });
  return bytes;
}
