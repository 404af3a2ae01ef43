import { createHash, createHmac } from "node:crypto";

/** MD5 of the runs one after the other, 16 bytes. RFC 1321 */
export function md5(...runs: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("md5");
  for (const run of runs) hash.update(run);
  return hash.digest();
}

/** HMAC-MD5 of the runs one after the other, 16 bytes. RFC 2104 */
export function hmacMd5(key: Uint8Array, ...runs: readonly Uint8Array[]): Uint8Array {
  const hmac = createHmac("md5", key);
  for (const run of runs) hmac.update(run);
  return hmac.digest();
}
