import type { Open } from "../../kernel/index.js";
import type { NtStatus } from "../../nt/index.js";
import type { InfoAnswer } from "./info-answer.js";

/** The parts of a security descriptor that were asked for. [MS-SMB2] 3.3.5.20.3 */
export async function querySecurity(
  open: Open,
  securityInformation: number,
): Promise<InfoAnswer | NtStatus> {
  const descriptor = await open.getSecurity(securityInformation);
  if (!descriptor.ok) return descriptor.status;
  return { data: descriptor.value, fixedSize: 0, whenShort: "refuse" };
}
