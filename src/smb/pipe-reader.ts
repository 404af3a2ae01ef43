import { NtStatus } from "../nt/index.js";
import { ReadResponse } from "../wire/smb2/index.js";
import { HEADER_SIZE } from "./answer.js";
import type { Call, Outcome } from "./call.js";
import type { PipeEndpoint } from "./pipes/index.js";
import type { SmbOpen } from "./smb-open.js";

const DATA_OFFSET = HEADER_SIZE + ReadResponse.size;

/** READ on a named pipe: waits while there is nothing to read. [MS-SMB2] 3.3.5.12, [MS-FSA] 2.1.5.3 */
export function readPipe(call: Call, open: SmbOpen, pipe: PipeEndpoint, length: number): Outcome {
  const status = tryRead(call, pipe, length);
  if (status !== NtStatus.PENDING) return status;
  if (pipe.onData !== undefined) return NtStatus.PIPE_BUSY; // one reader waits already
  return new Promise((resolve) => {
    const end = (outcome: NtStatus) => {
      pipe.onData = undefined;
      open.endWaiting = undefined;
      resolve(outcome);
    };
    open.endWaiting = () => {
      end(NtStatus.PIPE_DISCONNECTED);
    };
    call.wait(() => {
      end(NtStatus.CANCELLED);
    });
    pipe.onData = () => {
      const outcome = tryRead(call, pipe, length);
      if (outcome !== NtStatus.PENDING) end(outcome);
    };
  });
}

/** Answers with what is there; PENDING where there is nothing. */
function tryRead(call: Call, pipe: PipeEndpoint, length: number): NtStatus {
  const message = pipe.read(length);
  if (message === undefined) {
    return pipe.isDisconnected ? NtStatus.PIPE_DISCONNECTED : NtStatus.PENDING;
  }
  const { data, isMore } = message;
  const response = call.respond(ReadResponse, data.length);
  response.dataOffset = DATA_OFFSET;
  response.dataLength = data.length;
  new Uint8Array(response.bytes.buffer, response.bytes.byteOffset).set(
    data,
    response.at + ReadResponse.size,
  );
  return isMore ? NtStatus.BUFFER_OVERFLOW : NtStatus.SUCCESS;
}
