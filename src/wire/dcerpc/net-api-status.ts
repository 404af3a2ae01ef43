/** How an operation of these interfaces ended. [MS-ERREF] 2.2 */
export const NetApiStatus = {
  NERR_SUCCESS: 0,
  ERROR_ACCESS_DENIED: 5,
  ERROR_INVALID_LEVEL: 124,
  ERROR_MORE_DATA: 234,
  NERR_NET_NAME_NOT_FOUND: 2310,
} as const;
export type NetApiStatus = (typeof NetApiStatus)[keyof typeof NetApiStatus];
