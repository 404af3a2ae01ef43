/** Bytes of a configuration file; ours have a few hundred. */
export const MAX_CONFIG_BYTES = 1 << 20;

/** Bytes of the password file: thousands of users. */
export const MAX_PASSWORD_FILE_BYTES = 1 << 20;

/** Users of one server, and so the `--user` options. */
export const MAX_USERS = 1000;

/** UTF-16 units of a user name: UNLEN of Windows' lmcons.h. */
export const MAX_USER_NAME_UNITS = 256;

/** Groups, and so the `--group` options. */
export const MAX_GROUPS = 1000;

/** Shares of one server, and so the `--share` options. */
export const MAX_SHARES = 1000;

/** UTF-16 units of a password: PWLEN of lmcons.h. */
export const MAX_PASSWORD_UNITS = 256;

/** UTF-16 units of a share name: NNLEN of lmcons.h */
export const MAX_SHARE_NAME_UNITS = 80;

/** UTF-16 units of `--root-sddl`: enough for an ACL of 64 KiB, less than a shell passes on. */
export const MAX_ROOT_SDDL_UNITS = 100_000;

/** Lines of the log that are gathered before they are written, in UTF-16 units. */
export const MAX_GATHERED_LOG_UNITS = 65_536;

/** How long the sessions get to end when the server is stopped, in ms. */
export const CLOSE_TIMEOUT_MS = 5000;

/** How often a server that npm started looks whether npm is still there, in ms. */
export const ORPHAN_CHECK_MS = 500;

/** Private keys for an SFTP server; OpenSSH's refuses after six by default. */
export const MAX_IDENTITIES = 16;

/** The longest time that can be given: a day, in ms. */
export const MAX_TIME_OUT_MS = 86_400_000;

/** How long a program may take until it mounts something, in ms. */
export const MAX_MOUNT_WAIT_MS = 10_000;

/** Lists of `-o`, and arguments for a program. */
export const MAX_FUSE_ARGUMENTS = 64;
