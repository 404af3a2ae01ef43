import type { View, Volume } from "../kernel/index.js";

/** [MS-SRVS] 2.2.2.4 */
export const STYPE_DISKTREE = 0x0000_0000;
const STYPE_IPC = 0x0000_0003;
const STYPE_SPECIAL = 0x8000_0000;

/** Something a client can connect to: a volume under a name, or the server's own pipes. */
export interface Share {
  readonly name: string;
  readonly comment: string;
  /** As lists show it: an `Stype`. [MS-SRVS] 2.2.2.4 */
  readonly type: number;
  /** Undefined for IPC$. */
  readonly volume: Volume | undefined;
  /** What it shows and allows of its volume; all unless told. */
  readonly view?: View | undefined;
}

/** The share of the server's named pipes; every server has it. [MS-SMB2] 1.1 */
export const IPC_SHARE: Share = {
  name: "IPC$",
  comment: "Remote IPC",
  type: (STYPE_IPC | STYPE_SPECIAL) >>> 0,
  volume: undefined,
};
