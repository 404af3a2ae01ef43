/** Longest user, domain or workstation name, in bytes: 256 characters. [MS-NLMP] sets no limit;
 *  UNLEN of Windows is 256. */
export const MAX_NAME_BYTES = 512;

/** Most entries of an AV_PAIR list. [MS-NLMP] 2.2.2.1 knows eleven kinds. */
export const MAX_AV_PAIRS = 32;
