import type { Share } from "./share.js";

/** A share that a session uses. [MS-SMB2] 3.3.1.9 */
export class TreeConnect {
  readonly treeId: number;
  readonly share: Share;

  constructor(treeId: number, share: Share) {
    this.treeId = treeId;
    this.share = share;
  }
}
