import type { UnmountOptions } from "./mount.js";
import { MountError } from "./mount-error.js";
import { isDead, realPathOf } from "./mount-point.js";
import { mountAt } from "./mount-table.js";
import { detach, forceOff, isOurType, unmountIdle } from "./unmounting.js";

/** What mount.cifs makes: not ours, and yet a share that may be served by us. */
const SHARE_TYPES: ReadonlySet<string> = new Set(["cifs", "smb3"]);

/**
 * Unmounts what another process has mounted with anymount, or has left behind.
 *
 * @throws MountError where nothing of ours is mounted; with code EBUSY, naming who uses it, when programs do and it
 *   is not forced; with code EREMOTE for a share, which the system's own client has mounted
 */
export async function unmount(
  where: string,
  { isForced = false }: UnmountOptions = {},
): Promise<void> {
  const path = await realPathOf(where);
  const entry = mountAt(path);
  if (entry === undefined) throw new MountError(`nothing is mounted on ${path}`);
  if (!isOurType(entry.type)) {
    throw new MountError(
      `what is mounted on ${path} is of type ${entry.type}, and not by anymount: run umount ${path}`,
      SHARE_TYPES.has(entry.type) ? "EREMOTE" : "EMEDIUMTYPE",
    );
  }
  if (isForced) await forceOff(path);
  else if (await isDead(path)) await detach(path);
  else await unmountIdle(path);
}
