import type { Awaitable } from "../fs/index.js";
import type { Open } from "../kernel/index.js";
import { LockSequences } from "./lock-sequences.js";
import type { PipeEndpoint } from "./pipes/index.js";
import type { TreeConnect } from "./tree-connect.js";

/** What an open leads to: a file of a volume, or a named pipe of the server. */
export type OpenTarget = Open | OpenPipe;

/** A named pipe of the server that a client has opened. */
export class OpenPipe {
  readonly name: string;
  readonly endpoint: PipeEndpoint;

  constructor(name: string, endpoint: PipeEndpoint) {
    this.name = name;
    this.endpoint = endpoint;
  }

  close(): void {
    this.endpoint.close();
  }
}

/** What an open leads to, as records and lists have it: from the root, `\` between names and none before the first. */
export function shownPath(target: OpenTarget): string {
  return target instanceof OpenPipe ? target.name : target.path.slice(1);
}

/** One handle of a client. [MS-SMB2] 3.3.1.10 */
export class SmbOpen {
  readonly fileId: number;
  readonly treeConnect: TreeConnect;
  readonly target: OpenTarget;
  /** Ends what waits on this open: the one read of an empty pipe. */
  endWaiting: (() => void) | undefined;
  #lockSequences: LockSequences | undefined;

  constructor(fileId: number, treeConnect: TreeConnect, target: OpenTarget) {
    this.fileId = fileId;
    this.treeConnect = treeConnect;
    this.target = target;
  }

  /** Made when it is asked for first: most opens lock nothing. */
  get lockSequences(): LockSequences {
    return (this.#lockSequences ??= new LockSequences());
  }

  /** Lets go of the file or pipe. */
  close(): Awaitable<void> {
    this.endWaiting?.();
    return this.target.close();
  }
}
