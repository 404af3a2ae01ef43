import { createCipheriv, createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSigner, SIGNATURE_BYTES, SigningAlgorithm } from "./signing.js";

const KEY = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
const FROM_CLIENT = { messageId: 5, isServer: false, isCancel: false };
const algorithms = Object.entries(SigningAlgorithm);

describe.each(algorithms)("A signature with %s", (_name, algorithm) => {
  const signer = createSigner(algorithm, KEY);
  const message = Uint8Array.from({ length: 100 }, (_, i) => i);

  it("is verified, also after other messages", () => {
    const signature = signer.sign([message], FROM_CLIENT);
    signer.sign([KEY], FROM_CLIENT);
    expect(signature.length).toBe(SIGNATURE_BYTES);
    expect(signer.verify([message], FROM_CLIENT, signature)).toBe(true);
  });

  it("does not depend on how the message is cut", () => {
    fc.assert(
      fc.property(fc.nat(100), fc.nat(100), (a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const cut = [message.subarray(0, from), message.subarray(from, to), message.subarray(to)];
        expect(signer.sign(cut, FROM_CLIENT)).toEqual(signer.sign([message], FROM_CLIENT));
      }),
    );
  });

  it("is refused when one bit of message or signature differs, or its length", () => {
    const signature = signer.sign([message], FROM_CLIENT);
    const flip = (bytes: Uint8Array, bit: number) =>
      bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
    fc.assert(
      fc.property(fc.nat(799), fc.nat(127), (inMessage, inSignature) => {
        expect(signer.verify([flip(message, inMessage)], FROM_CLIENT, signature)).toBe(false);
        expect(signer.verify([message], FROM_CLIENT, flip(signature, inSignature))).toBe(false);
      }),
    );
    expect(signer.verify([message], FROM_CLIENT, signature.subarray(0, 15))).toBe(false);
  });

  it("needs the key", () => {
    const signature = signer.sign([message], FROM_CLIENT);
    const other = createSigner(
      algorithm,
      KEY.map((byte) => byte ^ 1),
    );
    expect(other.verify([message], FROM_CLIENT, signature)).toBe(false);
  });
});

describe("The nonce of AES-GMAC", () => {
  const message = Uint8Array.of(1, 2, 3);
  const gmac = (nonce: string) => {
    const cipher = createCipheriv("aes-128-gcm", KEY, Buffer.from(nonce, "hex")).setAAD(message);
    cipher.final();
    return cipher.getAuthTag();
  };

  it.each([
    { nonce: FROM_CLIENT, hex: "050000000000000000000000" },
    { nonce: { ...FROM_CLIENT, isServer: true }, hex: "050000000000000001000000" },
    { nonce: { ...FROM_CLIENT, isCancel: true }, hex: "050000000000000002000000" },
    {
      nonce: { messageId: 0x1122_3344_5566_7788n, isServer: true, isCancel: true },
      hex: "887766554433221103000000",
    },
  ])("is MessageId and role: $hex", ({ nonce, hex }) => {
    const signer = createSigner(SigningAlgorithm.AES_GMAC, KEY);
    expect(Buffer.from(signer.sign([message], nonce))).toEqual(gmac(hex));
  });
});

describe("HMAC-SHA256", () => {
  it("is cut to its first half", () => {
    const message = Uint8Array.of(1, 2, 3);
    const whole = createHmac("sha256", KEY).update(message).digest();
    const signer = createSigner(SigningAlgorithm.HMAC_SHA256, KEY);
    expect(signer.sign([message], FROM_CLIENT)).toEqual(whole.subarray(0, 16));
  });
});
