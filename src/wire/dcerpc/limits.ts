/**
 * What DCE/RPC messages are held against.
 *
 * @packageDocumentation
 */

/** Most presentation contexts of one BIND. Windows offers three. */
export const MAX_PRESENTATION_CONTEXTS = 32;

/** Most transfer syntaxes of one presentation context. Windows offers one, others two. */
export const MAX_TRANSFER_SYNTAXES = 16;

/** Longest NDR string that is taken, in UTF-16 units, its NUL included. */
export const MAX_NDR_STRING_UNITS = 4_096;

/** Most elements of an NDR array that is taken. */
export const MAX_NDR_ELEMENTS = 65_536;

/** Names of one LsarLookupNames: the range in the interface. [MS-LSAT] 3.1.4.8 */
export const MAX_LOOKUP_NAMES = 1_000;

/** SIDs of one LsarLookupSids: the range in the interface. [MS-LSAT] 3.1.4.11 */
export const MAX_LOOKUP_SIDS = 20_480;

/** Bytes of a SID before its parts. [MS-DTYP] 2.4.2.2 */
export const SID_HEADER_LENGTH = 8;

/** Memory that an NDR stub is begun with, in bytes; it grows as needed. */
export const INITIAL_STUB_LENGTH = 1_024;
