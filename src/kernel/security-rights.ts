/**
 * What an open must have been granted, for each part of a security descriptor that it reads or replaces.
 *
 * @packageDocumentation
 */
import {
  ACCESS_SYSTEM_SECURITY,
  ATTRIBUTE_SECURITY_INFORMATION,
  BACKUP_SECURITY_INFORMATION,
  DACL_SECURITY_INFORMATION,
  GROUP_SECURITY_INFORMATION,
  LABEL_SECURITY_INFORMATION,
  OWNER_SECURITY_INFORMATION,
  READ_CONTROL,
  SACL_SECURITY_INFORMATION,
  SCOPE_SECURITY_INFORMATION,
  WRITE_DAC,
  WRITE_OWNER,
} from "../nt/index.js";

/** The rights by part. [MS-SMB2] 3.3.5.20.3, 3.3.5.21.3; [MS-FSA] 2.1.5.14, 2.1.5.17 */
const RIGHTS: readonly (readonly [part: number, toQuery: number, toSet: number])[] = [
  [OWNER_SECURITY_INFORMATION, READ_CONTROL, WRITE_OWNER],
  [GROUP_SECURITY_INFORMATION, READ_CONTROL, WRITE_OWNER],
  [DACL_SECURITY_INFORMATION, READ_CONTROL, WRITE_DAC],
  [SACL_SECURITY_INFORMATION, ACCESS_SYSTEM_SECURITY, ACCESS_SYSTEM_SECURITY],
  [LABEL_SECURITY_INFORMATION, READ_CONTROL, WRITE_OWNER],
  [ATTRIBUTE_SECURITY_INFORMATION, READ_CONTROL, WRITE_DAC],
  [SCOPE_SECURITY_INFORMATION, READ_CONTROL, ACCESS_SYSTEM_SECURITY],
  [
    BACKUP_SECURITY_INFORMATION,
    READ_CONTROL | ACCESS_SYSTEM_SECURITY,
    WRITE_DAC | WRITE_OWNER | ACCESS_SYSTEM_SECURITY,
  ],
];

/** The rights that reading the named parts takes; none where nothing is named. */
export function rightsToQuery(securityInformation: number): number {
  let needed = 0;
  for (const [part, toQuery] of RIGHTS) {
    if ((securityInformation & part) !== 0) needed |= toQuery;
  }
  return needed;
}

/** The rights that replacing the named parts takes. */
export function rightsToSet(securityInformation: number): number {
  let needed = 0;
  for (const [part, , toSet] of RIGHTS) {
    if ((securityInformation & part) !== 0) needed |= toSet;
  }
  return needed;
}
