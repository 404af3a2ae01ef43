import { viewOf } from "../../bytes/index.js";
import type { Open } from "../../kernel/index.js";
import { FILE_WRITE_DATA, NtStatus } from "../../nt/index.js";
import { COMPRESSION_FORMAT_NONE, CompressionFormatBuffer } from "../../wire/fscc/index.js";
import { type Control, respond } from "./control.js";

/** No file is kept compressed. [MS-FSA] 2.1.5.10 */
export function getCompression(control: Control): NtStatus {
  if (control.room < CompressionFormatBuffer.size) return NtStatus.BUFFER_TOO_SMALL;
  const output = new Uint8Array(CompressionFormatBuffer.size);
  CompressionFormatBuffer.blank(viewOf(output), 0).compressionFormat = COMPRESSION_FORMAT_NONE;
  respond(control, output);
  return NtStatus.SUCCESS;
}

/** A file that is not compressed may be told to stay so. [MS-FSA] 2.1.5.10 */
export function setCompression(control: Control, file: Open): NtStatus {
  const { compressionFormat } = CompressionFormatBuffer.read(control.input, 0);
  if ((file.grantedAccess & FILE_WRITE_DATA) === 0) return NtStatus.ACCESS_DENIED;
  if (compressionFormat !== COMPRESSION_FORMAT_NONE) return NtStatus.NOT_SUPPORTED;
  respond(control, new Uint8Array());
  return NtStatus.SUCCESS;
}
