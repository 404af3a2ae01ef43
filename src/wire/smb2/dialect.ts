/**
 * Dialects of the protocol. [MS-SMB2] 2.2.3, Dialects
 *
 * @packageDocumentation
 */

/** [MS-SMB2] 2.2.3, 2.2.4. WILDCARD answers an SMB1 NEGOTIATE that lists "SMB 2.???". */
export const Dialect = {
  SMB_2_0_2: 0x0202,
  SMB_2_1: 0x0210,
  SMB_3_0: 0x0300,
  SMB_3_0_2: 0x0302,
  SMB_3_1_1: 0x0311,
  WILDCARD: 0x02ff,
} as const;
export type Dialect = (typeof Dialect)[keyof typeof Dialect];
