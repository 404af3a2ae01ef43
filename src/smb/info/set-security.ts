import { bytesOf } from "../../bytes/index.js";
import type { Open } from "../../kernel/index.js";
import { NtStatus } from "../../nt/index.js";

/** Replaces the parts of a security descriptor that are named. [MS-SMB2] 3.3.5.21.3 */
export async function setSecurity(
  open: Open,
  securityInformation: number,
  data: DataView,
): Promise<NtStatus> {
  const set = await open.setSecurity(securityInformation, bytesOf(data));
  return set.ok ? NtStatus.SUCCESS : set.status;
}
