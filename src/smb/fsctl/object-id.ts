import { viewOf } from "../../bytes/index.js";
import type { Open } from "../../kernel/index.js";
import { NtStatus } from "../../nt/index.js";
import { FileObjectIdBuffer } from "../../wire/fscc/index.js";
import { volumeObjectId } from "../info/query-fs-info.js";
import { type Control, respond } from "./control.js";

/** The id of a file; it has one from the start, so that to get and to create are the same. [MS-FSCC] 2.3 */
export async function getObjectId(control: Control, file: Open): Promise<NtStatus> {
  if (control.room < FileObjectIdBuffer.size) return NtStatus.BUFFER_TOO_SMALL;
  const id = await file.getObjectId();
  if (!id.ok) return id.status;
  const output = new Uint8Array(FileObjectIdBuffer.size);
  const buffer = FileObjectIdBuffer.blank(viewOf(output), 0);
  buffer.objectId = id.value;
  buffer.birthVolumeId = volumeObjectId(file.volume);
  buffer.birthObjectId = id.value;
  respond(control, output);
  return NtStatus.SUCCESS;
}
