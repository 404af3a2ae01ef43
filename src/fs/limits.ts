/**
 * What a volume says of itself at most.
 *
 * @packageDocumentation
 */

/** A volume's label, in UTF-16 units; as NTFS. [MS-FSCC] 2.5.9 */
export const MAX_LABEL_UNITS = 32;

/** A file system's name, in UTF-16 units. WinFsp 2.1 */
export const MAX_FILE_SYSTEM_NAME_UNITS = 15;
