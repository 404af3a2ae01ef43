/**
 * The smallest thing that `/dev/fuse` can have behind it: a root with one file in it. For tests of the device alone.
 *
 * @packageDocumentation
 */
import { constants } from "node:os";
import type { FuseDevice, FuseDeviceHandler } from "../../src/fuse/index.js";
import {
  AttrOut,
  EntryOut,
  endOfName,
  FUSE_ASYNC_READ,
  FUSE_BIG_WRITES,
  FUSE_MAX_PAGES,
  FUSE_ROOT_ID,
  InHeader,
  InitIn,
  InitOut,
  Opcode,
  OpenOut,
  OutHeader,
  ReadIn,
  textOfName,
  WriteIn,
  WriteOut,
} from "../../src/wire/fuse/index.js";

const { ENOENT, ENOSYS } = constants.errno;
const FILE_ID = 2;
const BODY = OutHeader.size;
const REQUEST = InHeader.size;
const VALID_S = 3600;

/** `file`, and its bytes. */
export class OneFileHost implements FuseDeviceHandler {
  readonly content: Buffer;
  readonly #device: FuseDevice;

  constructor(device: FuseDevice, content: Buffer) {
    this.#device = device;
    this.content = content;
    device.start(this);
  }

  onEnd(): void {
    // nothing is kept
  }

  onRequest({ bytes, view }: { bytes: Buffer; view: DataView }, length: number): void {
    const { opcode, unique, nodeId } = InHeader.read(view, 0);
    const { answer } = this.#device;
    switch (opcode) {
      case Opcode.INIT: {
        const init = InitOut.blank(answer.view, BODY);
        init.major = 7;
        init.minor = Math.min(InitIn.read(view, REQUEST).minor, 38);
        init.flags = FUSE_ASYNC_READ | FUSE_BIG_WRITES | FUSE_MAX_PAGES;
        init.maxReadahead = this.#device.maxWrite;
        init.maxWrite = this.#device.maxWrite;
        init.maxPages = 256;
        this.#device.replyWith(unique, answer, InitOut.size);
        return;
      }
      case Opcode.LOOKUP: {
        const name = textOfName(bytes, REQUEST, endOfName(bytes, REQUEST, length));
        if (name !== "file") {
          this.#device.reply(unique, ENOENT);
          return;
        }
        const entry = EntryOut.blank(answer.view, BODY);
        entry.nodeId = FILE_ID;
        entry.entryValid = VALID_S;
        this.#fill(entry, FILE_ID);
        this.#device.replyWith(unique, answer, EntryOut.size);
        return;
      }
      case Opcode.GETATTR:
        this.#fill(AttrOut.blank(answer.view, BODY), nodeId);
        this.#device.replyWith(unique, answer, AttrOut.size);
        return;
      case Opcode.OPEN:
      case Opcode.OPENDIR:
        OpenOut.blank(answer.view, BODY);
        this.#device.replyWith(unique, answer, OpenOut.size);
        return;
      case Opcode.READ: {
        const { offset, size } = ReadIn.read(view, REQUEST);
        const end = Math.min(offset + size, this.content.length);
        const read = offset < end ? this.content.copy(answer.bytes, BODY, offset, end) : 0;
        this.#device.replyWith(unique, answer, read);
        return;
      }
      case Opcode.WRITE: {
        const { offset, size } = WriteIn.read(view, REQUEST);
        const data = REQUEST + WriteIn.size;
        bytes.copy(this.content, offset, data, data + size);
        WriteOut.blank(answer.view, BODY).size = size;
        this.#device.replyWith(unique, answer, WriteOut.size);
        return;
      }
      case Opcode.READDIR:
      case Opcode.FLUSH:
      case Opcode.RELEASE:
      case Opcode.RELEASEDIR:
      case Opcode.FSYNC:
        this.#device.reply(unique, 0);
        return;
      case Opcode.FORGET:
      case Opcode.BATCH_FORGET:
      case Opcode.INTERRUPT:
        return;
      default:
        this.#device.reply(unique, ENOSYS);
    }
  }

  #fill(
    attr: { ino: number; size: number; mode: number; nlink: number; attrValid: number },
    nodeId: number,
  ): void {
    const isRoot = nodeId === FUSE_ROOT_ID;
    attr.ino = nodeId;
    attr.size = isRoot ? 0 : this.content.length;
    attr.mode = isRoot ? 0o40755 : 0o100644;
    attr.nlink = 1;
    attr.attrValid = VALID_S;
  }
}
