import { CHANGING_ACCESS } from "./changing-access.js";

/** What one way to a volume, such as a share, shows and allows of it. */
export interface View {
  /** Rights that nobody has this way, whatever descriptors say. */
  readonly withheldAccess: number;
  /** Listings leave out what the caller may not read. [MS-SMB2] 3.3.5.18 */
  readonly hidesUnreadable: boolean;
}

/** A view of the whole volume, that holds nothing back. */
export const WHOLE_VIEW: View = { withheldAccess: 0, hidesUnreadable: false };

/** The view that is wanted; {@link WHOLE_VIEW} itself where nothing is held back. */
export function viewOf({
  isReadOnly,
  hidesUnreadable,
}: {
  readonly isReadOnly: boolean;
  readonly hidesUnreadable: boolean;
}): View {
  if (!isReadOnly && !hidesUnreadable) return WHOLE_VIEW;
  return { withheldAccess: isReadOnly ? CHANGING_ACCESS : 0, hidesUnreadable };
}
