import { OplockLevel } from "../kernel/index.js";
import {
  Command,
  NotificationHeader,
  OplockBreakNotification,
  SMB2_FLAGS_SERVER_TO_REDIR,
  OplockLevel as WireOplockLevel,
} from "../wire/smb2/index.js";
import type { Session } from "./session.js";
import type { SmbOpen } from "./smb-open.js";

const ON_WIRE: Readonly<Record<OplockLevel, WireOplockLevel>> = {
  [OplockLevel.NONE]: WireOplockLevel.NONE,
  [OplockLevel.LEVEL_TWO]: WireOplockLevel.II,
  [OplockLevel.LEVEL_ONE]: WireOplockLevel.EXCLUSIVE,
  [OplockLevel.BATCH]: WireOplockLevel.BATCH,
};

/** [MS-SMB2] 2.2.14, OplockLevel */
export function oplockOnWire(level: OplockLevel): WireOplockLevel {
  return ON_WIRE[level];
}

/** What a client asks for; NONE where it asks for a lease, which its create context tells of. */
export function oplockFromWire(level: number): OplockLevel {
  switch (level) {
    case WireOplockLevel.II:
      return OplockLevel.LEVEL_TWO;
    case WireOplockLevel.EXCLUSIVE:
      return OplockLevel.LEVEL_ONE;
    case WireOplockLevel.BATCH:
      return OplockLevel.BATCH;
    default:
      return OplockLevel.NONE;
  }
}

/** Tells a client what it may still keep to itself; never signed. [MS-SMB2] 3.3.4.6 */
export function notifyOplockBreak(session: Session, open: SmbOpen, level: OplockLevel): void {
  if (session.isClosed) return;
  const size = NotificationHeader.size + OplockBreakNotification.size;
  session.connection.notify(session, size, (bytes, at) => {
    const header = NotificationHeader.blank(bytes, at);
    header.command = Command.OPLOCK_BREAK;
    header.flags = SMB2_FLAGS_SERVER_TO_REDIR;
    const body = OplockBreakNotification.blank(bytes, at + NotificationHeader.size);
    body.oplockLevel = oplockOnWire(level);
    body.persistentFileId = BigInt(open.fileId);
    body.volatileFileId = BigInt(open.fileId);
  });
}
