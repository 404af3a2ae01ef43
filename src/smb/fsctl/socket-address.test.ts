import { expect, it } from "vitest";
import { bytesOf } from "../../bytes/index.js";
import { hex } from "../../testing/hex.js";
import { AddressFamily } from "../../wire/smb2/index.js";
import { socketAddress } from "./socket-address.js";

const NO_PORT = "0000";
const NO_FLOW = "00000000";
const NO_SCOPE = "00000000";

it.each([
  { text: "127.0.0.1", bytes: `${NO_PORT} 7f000001 0000000000000000` },
  { text: "::ffff:192.0.2.7", bytes: `${NO_PORT} c0000207 0000000000000000` },
])("$text is an address of IPv4", ({ text, bytes }) => {
  const family = AddressFamily.INTER_NETWORK;
  expect(socketAddress(text)).toEqual({ family, bytes: bytesOf(hex(bytes)) });
});

it.each([
  { text: "::1", address: "00000000000000000000000000000001" },
  { text: "fe80::1%eth0", address: "fe800000000000000000000000000001" },
  { text: "2001:db8:1:2:3:4:5:6", address: "20010db8000100020003000400050006" },
  { text: "2001:db8::", address: "20010db8000000000000000000000000" },
  { text: "::", address: "00000000000000000000000000000000" },
])("$text is an address of IPv6", ({ text, address }) => {
  const family = AddressFamily.INTER_NETWORK_V6;
  const bytes = bytesOf(hex(`${NO_PORT} ${NO_FLOW} ${address} ${NO_SCOPE}`));
  expect(socketAddress(text)).toEqual({ family, bytes });
});

it.each(["memory", "", "1.2.3", "fe80"])("%j is no address", (text) => {
  expect(socketAddress(text)).toBeUndefined();
});
