import { bytesOf, type Read } from "../../bytes/index.js";
import type { Open } from "../../kernel/index.js";
import { type IoctlRequest, IoctlResponse } from "../../wire/smb2/index.js";
import { HEADER_SIZE } from "../answer.js";
import type { Call, Outcome } from "../call.js";
import type { PipeEndpoint } from "../pipes/index.js";

/** A control request, taken apart. */
export interface Control {
  readonly call: Call;
  readonly request: Read<typeof IoctlRequest>;
  readonly input: DataView;
  /** The most that the client takes, in bytes. */
  readonly room: number;
}

/** How a control code is answered, by what it is sent to. */
export type ControlRow =
  | { readonly on: "server"; readonly handle: (control: Control) => Outcome }
  | { readonly on: "file"; readonly handle: (control: Control, file: Open) => Outcome }
  | { readonly on: "pipe"; readonly handle: (control: Control, pipe: PipeEndpoint) => Outcome };

/** A code that is of no file. */
export function onServer(handle: (control: Control) => Outcome): ControlRow {
  return { on: "server", handle };
}

/** A code for an open file or directory. */
export function onFile(handle: (control: Control, file: Open) => Outcome): ControlRow {
  return { on: "file", handle };
}

/** A code for an open pipe. */
export function onPipe(handle: (control: Control, pipe: PipeEndpoint) => Outcome): ControlRow {
  return { on: "pipe", handle };
}

const OUTPUT_OFFSET = HEADER_SIZE + IoctlResponse.size;

/** What many control codes answer. */
export const NO_OUTPUT = new Uint8Array();

/** Begins the answer, with this output, which must fit in the room for it. [MS-SMB2] 3.3.5.15 */
export function respond({ call, request }: Control, output: Uint8Array): void {
  const response = call.respond(IoctlResponse, output.length);
  response.ctlCode = request.ctlCode;
  response.persistentFileId = request.persistentFileId;
  response.volatileFileId = request.volatileFileId;
  response.inputOffset = OUTPUT_OFFSET;
  response.outputOffset = OUTPUT_OFFSET;
  response.outputCount = output.length;
  bytesOf(response.bytes).set(output, response.at + IoctlResponse.size);
}
