import { viewOf } from "../../bytes/index.js";
import { NtStatus } from "../../nt/index.js";
import { SrvSnapshotArray } from "../../wire/smb2/index.js";
import { type Control, respond } from "./control.js";

/** The array, and the least room for tokens that a client must have. [MS-SMB2] 3.3.5.15.1 */
const MIN_ROOM = SrvSnapshotArray.size + 4;

/** There are none: an empty list, which Windows shows as such. [MS-SMB2] 3.3.5.15.1 */
export function enumerateSnapshots(control: Control): NtStatus {
  if (control.room < MIN_ROOM) return NtStatus.INVALID_PARAMETER;
  const output = new Uint8Array(MIN_ROOM);
  SrvSnapshotArray.blank(viewOf(output), 0);
  respond(control, output);
  return NtStatus.SUCCESS;
}
