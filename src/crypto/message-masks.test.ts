import { createCipheriv } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_MASKS_AHEAD } from "./limits.js";
import { MessageMasks, nonceOf, type SigningNonce } from "./message-masks.js";

const KEY = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
const shown = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** The tag of AES-GCM over nothing is the mask itself: the hash of nothing is zero. */
function oracle(nonce: SigningNonce): string {
  const cipher = createCipheriv("aes-128-gcm", KEY, nonceOf(nonce));
  cipher.final();
  return shown(cipher.getAuthTag());
}

function masksThatCount() {
  const cipher = createCipheriv("aes-128-ecb", KEY, null).setAutoPadding(false);
  const calls = { count: 0 };
  const masks = new MessageMasks((blocks) => {
    calls.count++;
    return cipher.update(blocks);
  });
  return { masks, calls };
}

describe("The masks of messages", () => {
  const step = fc.record({
    by: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -100, max: 100 })),
    isServer: fc.boolean(),
    isCancel: fc.boolean(),
  });

  it("are what Node says, in whatever order the messages come", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31), fc.array(step, { maxLength: 200 }), (first, steps) => {
        const { masks } = masksThatCount();
        let messageId = first;
        for (const { by, isServer, isCancel } of steps) {
          messageId = Math.max(0, messageId + by);
          const nonce = { messageId, isServer, isCancel };
          expect(shown(masks.of(nonce))).toBe(oracle(nonce));
        }
      }),
    );
  });

  it.each([2 ** 53 - 1, 0xffff_ffff_ffff_ffffn, 2n ** 53n])(
    "are right for %s, too",
    (messageId) => {
      const { masks } = masksThatCount();
      const nonce = { messageId, isServer: true, isCancel: false };
      expect(shown(masks.of(nonce))).toBe(oracle(nonce));
    },
  );

  it("are made in one call for the messages that come next, and their answers", () => {
    const { masks, calls } = masksThatCount();
    for (let messageId = 0; messageId < MAX_MASKS_AHEAD; messageId++) {
      masks.of({ messageId, isServer: false, isCancel: false });
      masks.of({ messageId, isServer: true, isCancel: false });
    }
    expect(calls.count).toBe(1);
  });
});
