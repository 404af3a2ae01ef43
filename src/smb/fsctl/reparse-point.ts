import { bytesOf } from "../../bytes/index.js";
import {
  deleteReparsePoint as deletePoint,
  getReparsePoint as getPoint,
  type Open,
  setReparsePoint as setPoint,
} from "../../kernel/index.js";
import { NtStatus } from "../../nt/index.js";
import { type Control, NO_OUTPUT, respond } from "./control.js";

/** As much of the reparse data as there is room for, but not less than its tag. [MS-FSA] 2.1.5.10 */
export async function getReparsePoint(control: Control, file: Open): Promise<NtStatus> {
  const found = await getPoint(file);
  if (!found.ok) return found.status;
  const data = found.value;
  if (control.room < MIN_ROOM) return NtStatus.BUFFER_TOO_SMALL;
  respond(control, data.subarray(0, control.room));
  return data.length > control.room ? NtStatus.BUFFER_OVERFLOW : NtStatus.SUCCESS;
}

/** What a reparse point of Microsoft's begins with. [MS-FSCC] 2.1.2.2 */
const MIN_ROOM = 8;

export async function setReparsePoint(control: Control, file: Open): Promise<NtStatus> {
  const status = await setPoint(file, bytesOf(control.input));
  if (status === NtStatus.SUCCESS) respond(control, NO_OUTPUT);
  return status;
}

export async function deleteReparsePoint(control: Control, file: Open): Promise<NtStatus> {
  const status = await deletePoint(file, bytesOf(control.input));
  if (status === NtStatus.SUCCESS) respond(control, NO_OUTPUT);
  return status;
}
