/** Most mechanisms of a MechTypeList. Windows offers five. */
export const MAX_MECH_TYPES = 32;

/** Longest content of an object identifier, in bytes. The longest in use here has 10. */
export const MAX_OID_BYTES = 64;

/** Most elements of a sequence. NegTokenInit2 has five. [MS-SPNG] 2.2.1 */
export const MAX_SEQUENCE_ELEMENTS = 16;
