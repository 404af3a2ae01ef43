/**
 * Privileges: what somebody may do whatever a descriptor says. [MS-LSAD] 3.1.1.2.1
 *
 * @packageDocumentation
 */

/** A set of privileges: bit n is the privilege whose LUID is n. */
export type PrivilegeSet = number;

export const SE_SECURITY_PRIVILEGE: PrivilegeSet = 1 << 8;
export const SE_TAKE_OWNERSHIP_PRIVILEGE: PrivilegeSet = 1 << 9;
export const SE_BACKUP_PRIVILEGE: PrivilegeSet = 1 << 17;
export const SE_RESTORE_PRIVILEGE: PrivilegeSet = 1 << 18;
/** To pass through directories without FILE_TRAVERSE on them. */
export const SE_CHANGE_NOTIFY_PRIVILEGE: PrivilegeSet = 1 << 23;

/** What everybody has who has said who he is. */
export const USER_PRIVILEGES: PrivilegeSet = SE_CHANGE_NOTIFY_PRIVILEGE;

/** What members of ADMINISTRATORS have of those that concern files. */
export const ADMINISTRATOR_PRIVILEGES: PrivilegeSet =
  SE_SECURITY_PRIVILEGE |
  SE_TAKE_OWNERSHIP_PRIVILEGE |
  SE_BACKUP_PRIVILEGE |
  SE_RESTORE_PRIVILEGE |
  SE_CHANGE_NOTIFY_PRIVILEGE;

/** A privilege as the local security authority tells of it. */
export interface Privilege {
  readonly name: string;
  /** As English Windows shows it. */
  readonly displayName: string;
  /** The low half; the high one is 0. [MS-LSAD] 2.2.7.1 */
  readonly luid: number;
}

/** Every privilege that counts here, by ascending LUID. [MS-LSAD] 3.1.1.2.1 */
export const PRIVILEGES: readonly Privilege[] = [
  { name: "SeSecurityPrivilege", displayName: "Manage auditing and security log", luid: 8 },
  {
    name: "SeTakeOwnershipPrivilege",
    displayName: "Take ownership of files or other objects",
    luid: 9,
  },
  { name: "SeBackupPrivilege", displayName: "Back up files and directories", luid: 17 },
  { name: "SeRestorePrivilege", displayName: "Restore files and directories", luid: 18 },
  { name: "SeChangeNotifyPrivilege", displayName: "Bypass traverse checking", luid: 23 },
];
