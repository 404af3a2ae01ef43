import { NtStatus } from "../../nt/index.js";
import {
  FileInformationClass,
  FileNameInformation,
  FilePipeInformation,
  FilePipeLocalInformation,
  FileStandardInformation,
} from "../../wire/fscc/index.js";
import { InfoType } from "../../wire/smb2/index.js";
import { MAX_SMALL_IO_SIZE } from "../limits.js";
import type { OpenPipe } from "../smb-open.js";
import { answerWithName, fixedAnswer, type InfoAnswer } from "./info-answer.js";

const MESSAGE_MODE = 1;
const FULL_DUPLEX = 2;
const CONNECTED = 3;
const UNLIMITED_INSTANCES = 0xffff_ffff;

/** What Windows asks of a pipe before it uses it. [MS-FSCC] 2.4.36, 2.4.37 */
export function queryPipeInfo(
  { endpoint, name }: OpenPipe,
  infoType: number,
  fileInfoClass: number,
): InfoAnswer | NtStatus {
  if (infoType !== InfoType.FILE) return NtStatus.INVALID_PARAMETER;
  switch (fileInfoClass) {
    case FileInformationClass.FileStandardInformation:
      return fixedAnswer(FileStandardInformation, (to) => {
        to.allocationSize = 4096;
        to.numberOfLinks = 1;
        to.deletePending = 1; // a pipe goes with its last handle, and Windows says so
      });
    case FileInformationClass.FilePipeInformation:
      return fixedAnswer(FilePipeInformation, (to) => {
        to.readMode = MESSAGE_MODE;
      });
    case FileInformationClass.FilePipeLocalInformation:
      return fixedAnswer(FilePipeLocalInformation, (to) => {
        to.namedPipeType = MESSAGE_MODE;
        to.namedPipeConfiguration = FULL_DUPLEX;
        to.maximumInstances = UNLIMITED_INSTANCES;
        to.currentInstances = 1;
        to.inboundQuota = MAX_SMALL_IO_SIZE;
        to.readDataAvailable = endpoint.bytesAvailable;
        to.outboundQuota = MAX_SMALL_IO_SIZE;
        to.writeQuotaAvailable = MAX_SMALL_IO_SIZE;
        to.namedPipeState = CONNECTED;
      });
    case FileInformationClass.FileNameInformation: {
      const path = `\\${name}`;
      return answerWithName(FileNameInformation, { name: path, alignment: 4 }, (to) => {
        to.fileNameLength = 2 * path.length;
      });
    }
    default:
      return NtStatus.INVALID_PARAMETER;
  }
}
