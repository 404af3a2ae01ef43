import type { Read, Struct } from "../../bytes/index.js";
import {
  CancelRequest,
  ChangeNotifyRequest,
  CloseRequest,
  Command,
  CreateRequest,
  EchoRequest,
  FlushRequest,
  IoctlRequest,
  LockRequest,
  LogoffRequest,
  NegotiateRequest,
  QueryDirectoryRequest,
  QueryInfoRequest,
  ReadRequest,
  SessionSetupRequest,
  SetInfoRequest,
  TreeConnectRequest,
  TreeDisconnectRequest,
  WriteRequest,
} from "../../wire/smb2/index.js";
import { HEADER_SIZE } from "../answer.js";
import type { Call, Outcome } from "../call.js";
import { cancel } from "./cancel.js";
import { changeNotify } from "./change-notify.js";
import { close } from "./close.js";
import { create } from "./create.js";
import { echo } from "./echo.js";
import { flush } from "./flush.js";
import { ioctl } from "./ioctl.js";
import { lock } from "./lock.js";
import { logoff } from "./logoff.js";
import { negotiate } from "./negotiate.js";
import { oplockBreak } from "./oplock-break.js";
import { queryDirectory } from "./query-directory.js";
import { queryInfo } from "./query-info.js";
import { read } from "./read.js";
import { sessionSetup } from "./session-setup.js";
import { setInfo } from "./set-info.js";
import { treeConnect } from "./tree-connect.js";
import { treeDisconnect } from "./tree-disconnect.js";
import { write } from "./write.js";

/** What must be in place before a handler runs. */
type Needs = "nothing" | "session" | "tree";

/** One command: what it needs, and what answers it. */
export interface CommandRow {
  readonly name: string;
  readonly needs: Needs;
  /** Works on an open: a related request takes over the one of the request before. */
  readonly usesFile: boolean;
  handle(call: Call): Outcome;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each row has a layout of its own
function row<S extends Struct<any>>(
  layout: S,
  needs: Needs,
  handle: (call: Call, request: Read<S>) => Outcome,
  usesFile = false,
): CommandRow {
  return {
    name: layout.name.replace(/^SMB2 (.*?)( Request| Acknowledgment)?$/, "$1"),
    needs,
    usesFile,
    handle: (call) => handle(call, layout.read(call.bytes, HEADER_SIZE) as Read<S>),
  };
}

/** Every command there is, by its number. [MS-SMB2] 2.2.1.2 */
export const commands: Readonly<Record<number, CommandRow>> = {
  [Command.NEGOTIATE]: row(NegotiateRequest, "nothing", negotiate),
  [Command.SESSION_SETUP]: row(SessionSetupRequest, "nothing", sessionSetup),
  [Command.LOGOFF]: row(LogoffRequest, "session", logoff),
  [Command.TREE_CONNECT]: row(TreeConnectRequest, "session", treeConnect),
  [Command.TREE_DISCONNECT]: row(TreeDisconnectRequest, "tree", treeDisconnect),
  [Command.CREATE]: row(CreateRequest, "tree", create),
  [Command.CLOSE]: row(CloseRequest, "tree", close, true),
  [Command.FLUSH]: row(FlushRequest, "tree", flush, true),
  [Command.READ]: row(ReadRequest, "tree", read, true),
  [Command.WRITE]: row(WriteRequest, "tree", write, true),
  [Command.LOCK]: row(LockRequest, "tree", lock, true),
  [Command.IOCTL]: row(IoctlRequest, "tree", ioctl, true),
  [Command.CANCEL]: row(CancelRequest, "nothing", cancel),
  [Command.ECHO]: row(EchoRequest, "nothing", echo),
  [Command.QUERY_DIRECTORY]: row(QueryDirectoryRequest, "tree", queryDirectory, true),
  [Command.CHANGE_NOTIFY]: row(ChangeNotifyRequest, "tree", changeNotify, true),
  [Command.QUERY_INFO]: row(QueryInfoRequest, "tree", queryInfo, true),
  [Command.SET_INFO]: row(SetInfoRequest, "tree", setInfo, true),
  [Command.OPLOCK_BREAK]: {
    name: "OPLOCK_BREAK",
    needs: "tree",
    usesFile: true,
    handle: oplockBreak, // of two layouts
  },
};
