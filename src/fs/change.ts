/** What happened to a name, as a file system reports it and watchers hear it. [MS-FSCC] 2.7.1 */
export const ChangeAction = {
  ADDED: 1,
  REMOVED: 2,
  MODIFIED: 3,
  RENAMED_OLD_NAME: 4,
  RENAMED_NEW_NAME: 5,
  ADDED_STREAM: 6,
  REMOVED_STREAM: 7,
  MODIFIED_STREAM: 8,
} as const;
export type ChangeAction = (typeof ChangeAction)[keyof typeof ChangeAction];

/** One change behind the kernel's back. WinFsp 3.12 */
export interface Change {
  /** From the root of the volume, `\` between names. */
  readonly path: string;
  readonly action: ChangeAction;
  /** The CompletionFilter bits it answers to, [MS-SMB2] 2.2.35; 0 only drops what is cached. */
  readonly filter: number;
}

/** How a file system tells the kernel what changed: completes watchers, breaks leases, drops caches. */
export type Notify = (changes: readonly Change[]) => void;
