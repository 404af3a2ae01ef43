import { viewOf } from "../../bytes/index.js";
import { NtStatus } from "../../nt/index.js";
import { Dialect, NetworkInterfaceInfo } from "../../wire/smb2/index.js";
import { type Control, respond } from "./control.js";
import { socketAddress } from "./socket-address.js";

/** What an interface says where nobody knows its speed, in bits a second: as Samba says it. */
const USUAL_LINK_SPEED = 1_000_000_000;

/**
 * Where the server can be reached: at the address that the client has used. That is the one known to
 * lead from there to here; others of this machine may not. [MS-SMB2] 3.3.5.15.11
 */
export function queryNetworkInterfaceInfo(control: Control): NtStatus {
  const { dialect, transport } = control.call.connection;
  if (dialect === undefined || dialect < Dialect.SMB_3_0) return NtStatus.NOT_SUPPORTED;
  const address = socketAddress(transport.serverAddress);
  if (address === undefined) return NtStatus.NOT_SUPPORTED;
  if (control.room < NetworkInterfaceInfo.size) return NtStatus.BUFFER_TOO_SMALL;
  const output = new Uint8Array(NetworkInterfaceInfo.size);
  const info = NetworkInterfaceInfo.blank(viewOf(output), 0);
  info.ifIndex = 1;
  info.linkSpeed = USUAL_LINK_SPEED;
  info.family = address.family;
  info.address = address.bytes;
  respond(control, output);
  return NtStatus.SUCCESS;
}
