import { bytesOf } from "../../bytes/index.js";
import type { Caller } from "../../fs/index.js";
import type { Open } from "../../kernel/index.js";
import { NtStatus } from "../../nt/index.js";

/**
 * Replaces the parts of a security descriptor that are named. [MS-SMB2] 3.3.5.21.3
 *
 * @param caller - who asks; undefined: who opened the file
 */
export async function setSecurity(
  open: Open,
  securityInformation: number,
  data: DataView,
  caller: Caller | undefined,
): Promise<NtStatus> {
  const set = await open.setSecurity(securityInformation, bytesOf(data), caller);
  return set.ok ? NtStatus.SUCCESS : set.status;
}
