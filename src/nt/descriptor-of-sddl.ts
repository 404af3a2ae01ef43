import { parseSddl } from "./sddl.js";
import { writeSecurityDescriptor } from "./security-descriptor.js";

/**
 * The self-relative security descriptor that a text stands for, as file systems keep them:
 * `O:BAG:BAD:P(A;OICI;FA;;;WD)`. [MS-DTYP] 2.5.1, 2.4.6
 *
 * @throws SddlError with the position of what is wrong; NtError INVALID_ACL when an ACL is too long
 */
export function descriptorOfSddl(sddl: string): Uint8Array {
  return writeSecurityDescriptor(parseSddl(sddl));
}
