/** Bytes of a configuration file; ours have a few hundred. */
export const MAX_CONFIG_BYTES = 1 << 20;

/** Bytes of the password file: thousands of users. */
export const MAX_PASSWORD_FILE_BYTES = 1 << 20;

/** Users of one server, and so the `--user` options. */
export const MAX_USERS = 1000;

/** UTF-16 units of a user name: UNLEN of Windows' lmcons.h. */
export const MAX_USER_NAME_UNITS = 256;

/** UTF-16 units of a password: PWLEN of lmcons.h. */
export const MAX_PASSWORD_UNITS = 256;

/** UTF-16 units of a share name: NNLEN of lmcons.h */
export const MAX_SHARE_NAME_UNITS = 80;

/** UTF-16 units of a volume label. as NTFS has it */
export const MAX_LABEL_UNITS = 32;

/** How long the sessions get to end when the server is stopped, in ms. */
export const CLOSE_TIMEOUT_MS = 5000;

/** How often a server that npm started looks whether npm is still there, in ms. */
export const ORPHAN_CHECK_MS = 500;
