/**
 * What the vocabulary takes at most of whoever sends it.
 *
 * @packageDocumentation
 */

/** The longest security descriptor that is taken, in bytes: an ACL is no longer. [MS-DTYP] 2.4.5 */
export const MAX_SECURITY_DESCRIPTOR_LENGTH = 65_536;

/** The longest ACL that its length field can tell, in bytes, in whole words. [MS-DTYP] 2.4.5 */
export const MAX_ACL_LENGTH = 65_532;

/** The most ACEs of one ACL: what fits of the shortest ACE with a SID, doubled. [MS-DTYP] 2.4.5 */
export const MAX_ACES = 8_192;

/** The most SubAuthority values of a SID. [MS-DTYP] 2.4.2 */
export const MAX_SUB_AUTHORITIES = 15;

/** The longest SDDL text, in UTF-16 units. */
export const MAX_SDDL_UNITS = 1_048_576;

/** The longest name of a stream, in UTF-16 units. [MS-FSCC] 2.1.5.3 */
export const MAX_STREAM_NAME_UNITS = 255;

/** The longest name of an extended attribute, in units of one byte. [MS-FSCC] 2.4.16, EaNameLength */
export const MAX_EA_NAME_UNITS = 254;

/**
 * The longest pattern that can match anything, in UTF-16 units: four times the longest name. What a
 * client sends is shorter than a name; each unit may cost a step for each unit of each name.
 */
export const MAX_PATTERN_UNITS = 1_024;

/** The data of a reparse point, its header included, in bytes. [MS-FSCC] 2.1.2 */
export const MAX_REPARSE_DATA_SIZE = 16 * 1024;
