import { type Change, ChangeAction } from "../../fs/index.js";
import {
  FILE_NOTIFY_CHANGE_ATTRIBUTES,
  FILE_NOTIFY_CHANGE_DIR_NAME,
  FILE_NOTIFY_CHANGE_FILE_NAME,
  FILE_NOTIFY_CHANGE_LAST_WRITE,
  FILE_NOTIFY_CHANGE_SIZE,
} from "../../nt/index.js";

/** What happened to an entry behind the server's back. */
export type TreeChange = "modified" | "added" | "removed";

const ACTIONS: Readonly<Record<TreeChange, ChangeAction>> = {
  modified: ChangeAction.MODIFIED,
  added: ChangeAction.ADDED,
  removed: ChangeAction.REMOVED,
};

const CONTENT_CHANGE =
  FILE_NOTIFY_CHANGE_SIZE | FILE_NOTIFY_CHANGE_LAST_WRITE | FILE_NOTIFY_CHANGE_ATTRIBUTES;
const NAME_CHANGE = FILE_NOTIFY_CHANGE_FILE_NAME | FILE_NOTIFY_CHANGE_DIR_NAME;

/** As the kernel is told of it. @param path - from the root of the volume, `\` between names */
export function changeOf(path: string, how: TreeChange): Change {
  return { path, action: ACTIONS[how], filter: how === "modified" ? CONTENT_CHANGE : NAME_CHANGE };
}
