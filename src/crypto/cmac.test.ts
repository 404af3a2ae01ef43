import { createCipheriv } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf } from "../bytes/index.js";
import { hex } from "../testing/hex.js";
import { AesCmac } from "./cmac.js";
import { MAX_CIPHER_STRIDE } from "./limits.js";

const shown = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** RFC 4493 4 */
const KEY = bytesOf(hex("2b7e151628aed2a6abf7158809cf4f3c"));
const MESSAGE = bytesOf(
  hex(`
    6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51
    30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710
  `),
);
const VECTORS = [
  { bytes: 0, code: "bb1d6929e95937287fa37d129b756746" },
  { bytes: 16, code: "070a16b46b4d4144f79bdd9dd04a287c" },
  { bytes: 40, code: "dfa66747de9ae63030ca32611497c827" },
  { bytes: 64, code: "51f0bebf7e3b9d92fc49741779363cfe" },
];

/** The definition, word for word, in one piece: to compare with. */
function plainCmac(key: Uint8Array, message: Uint8Array): string {
  const encipher = (block: Uint8Array) =>
    createCipheriv("aes-128-ecb", key, null).update(block).subarray(0, 16);
  const double = (value: Uint8Array) => {
    const number = BigInt(`0x${shown(value)}`) << 1n;
    const reduced = number >> 128n ? (number ^ 0x87n) & ((1n << 128n) - 1n) : number;
    return Buffer.from(reduced.toString(16).padStart(32, "0"), "hex");
  };
  const k1 = double(encipher(new Uint8Array(16)));
  const isWhole = message.length > 0 && message.length % 16 === 0;
  const padded = Buffer.alloc(
    isWhole ? message.length : (Math.floor(message.length / 16) + 1) * 16,
  );
  padded.set(message);
  if (!isWhole) padded[message.length] = 0x80;
  const subkey = isWhole ? k1 : double(k1);
  let state: Uint8Array = new Uint8Array(16);
  for (let at = 0; at < padded.length; at += 16) {
    const isLast = at + 16 === padded.length;
    state = encipher(state.map((byte, i) => byte ^ padded[at + i]! ^ (isLast ? subkey[i]! : 0)));
  }
  return shown(state);
}

describe("AES-CMAC", () => {
  it.each(VECTORS)("of $bytes bytes is what RFC 4493 says", ({ bytes, code }) => {
    expect(shown(new AesCmac(KEY).sign([MESSAGE.subarray(0, bytes)]))).toBe(code);
  });

  it("of one message does not depend on those before", () => {
    const cmac = new AesCmac(KEY);
    for (const { bytes, code } of [...VECTORS, ...[...VECTORS].reverse()]) {
      expect(shown(cmac.sign([MESSAGE.subarray(0, bytes)]))).toBe(code);
    }
  });

  it("is the same however the message is cut, and leaves it alone", () => {
    const cmac = new AesCmac(KEY);
    const segments = fc.array(fc.uint8Array({ maxLength: 70 }), { maxLength: 6 });
    fc.assert(
      fc.property(segments, (cut) => {
        const whole = Buffer.concat(cut);
        expect(shown(cmac.sign(cut))).toBe(plainCmac(KEY, whole));
        expect(Buffer.concat(cut).equals(whole)).toBe(true);
      }),
    );
  });

  it.each([-17, -1, 0, 1, 16, 17, MAX_CIPHER_STRIDE])(
    "of a message of one stride and %i bytes is right",
    (more) => {
      const message = new Uint8Array(MAX_CIPHER_STRIDE + more).map((_, i) => i * 7);
      const cut = [message.subarray(0, 64), message.subarray(64)];
      const cmac = new AesCmac(KEY);
      expect(shown(cmac.sign([message]))).toBe(plainCmac(KEY, message));
      expect(shown(cmac.sign(cut))).toBe(plainCmac(KEY, message));
    },
  );

  it("gives a code that the next message does not change", () => {
    const cmac = new AesCmac(KEY);
    const first = cmac.sign([MESSAGE]);
    cmac.sign([KEY]);
    expect(shown(first)).toBe("51f0bebf7e3b9d92fc49741779363cfe");
  });
});
