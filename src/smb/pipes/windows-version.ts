/** The version of Windows that the server gives itself out as: 10.0. [MS-SRVS] 2.2.4.41 */
export const VERSION_MAJOR = 10;
export const VERSION_MINOR = 0;
