import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf } from "../bytes/index.js";
import { hex } from "../testing/hex.js";
import { Cipher, createSealer } from "./sealing.js";

const shown = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const KEY_BYTES = {
  [Cipher.AES_128_CCM]: 16,
  [Cipher.AES_128_GCM]: 16,
  [Cipher.AES_256_CCM]: 32,
  [Cipher.AES_256_GCM]: 32,
};
const flip = (bytes: Uint8Array, at: number) =>
  bytes.map((byte, i) => (i === at % bytes.length ? byte ^ 1 : byte));

describe.each(Object.entries(Cipher))("Sealing with %s", (_name, cipher) => {
  const key = Uint8Array.from({ length: KEY_BYTES[cipher] }, (_, i) => i + 1);
  const sealer = createSealer(cipher, key);
  const nonce = new Uint8Array(sealer.nonceBytes).fill(9);
  const aad = new Uint8Array(32).fill(7);

  it("tells the length of its key", () => {
    expect(sealer.keyBytes).toBe(key.length);
  });

  it("gives back what was sealed, however it was cut", () => {
    const segments = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 5 });
    fc.assert(
      fc.property(segments, (cut) => {
        const message = Buffer.concat(cut);
        const sealed = sealer.seal(nonce, aad, cut);
        const ciphertext = Buffer.concat(sealed.segments);
        expect(ciphertext.length).toBe(message.length);
        const opened = sealer.open(nonce, aad, ciphertext, sealed.tag);
        expect(opened && shown(opened)).toBe(message.toString("hex"));
      }),
    );
  });

  it("says the same when it seals in place, also in many pieces", () => {
    const sizes = fc.array(fc.oneof(fc.nat(100), fc.integer({ min: 60_000, max: 200_000 })), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(sizes, (lengths) => {
        const cut = lengths.map((length, i) => new Uint8Array(length).fill(i + 1));
        const plain = Buffer.concat(cut);
        const sealed = sealer.seal(nonce, aad, cut);
        const tag = sealer.sealInPlace(nonce, aad, cut);
        expect(shown(tag)).toBe(shown(sealed.tag));
        expect(Buffer.concat(cut).equals(Buffer.concat(sealed.segments))).toBe(true);
        const opened = sealer.open(nonce, aad, Buffer.concat(cut), tag);
        expect(opened !== undefined && plain.equals(opened)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it("leaves alone what it is given", () => {
    const message = Uint8Array.from({ length: 40 }, (_, i) => i);
    sealer.seal(nonce, aad, [message]);
    expect(message).toEqual(Uint8Array.from({ length: 40 }, (_, i) => i));
  });

  it("opens nothing that was changed", () => {
    const { segments, tag } = sealer.seal(nonce, aad, [Uint8Array.of(1, 2, 3, 4, 5)]);
    const ciphertext = Buffer.concat(segments);
    fc.assert(
      fc.property(fc.nat(), (at) => {
        expect(sealer.open(nonce, aad, flip(ciphertext, at), tag)).toBeUndefined();
        expect(sealer.open(nonce, aad, ciphertext, flip(tag, at))).toBeUndefined();
        expect(sealer.open(nonce, flip(aad, at), ciphertext, tag)).toBeUndefined();
        expect(sealer.open(flip(nonce, at), aad, ciphertext, tag)).toBeUndefined();
      }),
    );
  });

  it("takes no short tag", () => {
    const { segments, tag } = sealer.seal(nonce, aad, [Uint8Array.of(1, 2, 3)]);
    for (const length of [0, 4, 8, 15]) {
      const opened = sealer.open(nonce, aad, Buffer.concat(segments), tag.subarray(0, length));
      expect(opened).toBeUndefined();
    }
  });
});

describe("AES-GCM", () => {
  it("is what McGrew and Viega's test case 4 says", () => {
    const sealer = createSealer(
      Cipher.AES_128_GCM,
      bytesOf(hex("feffe9928665731c6d6a8f9467308308")),
    );
    const message = bytesOf(
      hex(`
        d9313225f88406e5a55909c5aff5269a 86a7a9531534f7da2e4c303d8a318a72
        1c3c0c95956809532fcf0e2449a6b525 b16aedf5aa0de657ba637b39
      `),
    );
    const { segments, tag } = sealer.seal(
      bytesOf(hex("cafebabefacedbaddecaf888")),
      bytesOf(hex("feedfacedeadbeeffeedfacedeadbeefabaddad2")),
      [message.subarray(0, 20), message.subarray(20)],
    );
    expect(shown(tag)).toBe("5bc94fbc3221a5db94fae95ae7121a47");
    expect(shown(Buffer.concat(segments)).slice(0, 32)).toBe("42831ec2217774244b7221b784d0d49c");
  });
});
