import { createHmac } from "node:crypto";

/**
 * One key made of another: SP 800-108 in counter mode with HMAC-SHA-256, one round.
 *
 * @param label - what the key is for; SMB's include their final zero byte
 * @param context - what binds the key to this session
 * @param bits - of the new key: 128 or 256
 */
export function deriveKey(
  key: Uint8Array,
  label: Uint8Array,
  context: Uint8Array,
  bits: 128 | 256,
): Uint8Array {
  const digest = createHmac("sha256", key)
    .update(Uint8Array.of(0, 0, 0, 1)) // i
    .update(label)
    .update(Uint8Array.of(0))
    .update(context)
    .update(Uint8Array.of(0, 0, bits >> 8, bits & 0xff)) // L
    .digest();
  return digest.subarray(0, bits / 8);
}
