import { createCipheriv } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_SMALL_GCMS } from "./limits.js";
import { nonceOf } from "./message-masks.js";
import { MAX_SMALL_MESSAGE_SIZE, SmallGcm, SmallGcmOfKey } from "./small-gcm.js";

const shown = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const key = fc.oneof(bytes(16), bytes(32));
const message = fc.uint8Array({ maxLength: MAX_SMALL_MESSAGE_SIZE });

/** What Node's own AES-GCM says. */
function oracle(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plain: Uint8Array) {
  const name = key.length === 32 ? "aes-256-gcm" : "aes-128-gcm";
  const cipher = createCipheriv(name, key, nonce);
  cipher.setAAD(aad);
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  return { ciphertext: shown(ciphertext), tag: shown(cipher.getAuthTag()) };
}

describe("AES-GCM for small messages", () => {
  it("seals and opens as Node's own does, whatever was done before", () => {
    const messages = fc.array(fc.tuple(bytes(12), bytes(32), message, fc.nat()), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(key, messages, (key, messages) => {
        const gcm = new SmallGcm(key);
        for (const [nonce, aad, plain, cut] of messages) {
          const expected = oracle(key, nonce, aad, plain);
          const sealed = Uint8Array.from(plain);
          const at = cut % (plain.length + 1);
          const tag = gcm.seal(nonce, aad, [sealed.subarray(0, at), sealed.subarray(at)]);
          expect({ ciphertext: shown(sealed), tag: shown(tag) }).toEqual(expected);
          expect(shown(gcm.open(nonce, aad, sealed))).toBe(expected.tag);
          expect(shown(sealed)).toBe(shown(plain));
        }
      }),
    );
  });

  it("is AES-GMAC where nothing is enciphered", () => {
    fc.assert(
      fc.property(bytes(16), fc.nat(), fc.boolean(), message, (key, messageId, isServer, plain) => {
        const nonce = { messageId, isServer, isCancel: false };
        const expected = oracle(key, nonceOf(nonce), plain, new Uint8Array());
        expect(shown(new SmallGcm(key).mac(nonce, [plain]))).toBe(expected.tag);
      }),
    );
  });
});

describe("the SmallGcm of a key", () => {
  it("is let go when many others were used since, and made again when it is needed", () => {
    const nonce = { messageId: 1, isServer: false, isCancel: false };
    const idle = new SmallGcmOfKey(new Uint8Array(16).fill(1));
    const busy = new SmallGcmOfKey(new Uint8Array(16).fill(2));
    const tag = Buffer.from(idle.gcm.mac(nonce, [Uint8Array.of(1, 2, 3)]));
    busy.gcm.mac(nonce, []);
    const others = Array.from({ length: 2 * MAX_SMALL_GCMS }, (_, i) => {
      const other = new SmallGcmOfKey(new Uint8Array(16).fill(i));
      other.gcm.mac(nonce, []);
      busy.gcm.mac(nonce, []);
      return other;
    });
    expect(idle.isMade).toBe(false);
    expect(busy.isMade).toBe(true);
    expect(others.filter(({ isMade }) => isMade).length).toBeLessThan(MAX_SMALL_GCMS);
    expect(Buffer.from(idle.gcm.mac(nonce, [Uint8Array.of(1, 2, 3)]))).toEqual(tag);
  });
});
