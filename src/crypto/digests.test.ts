import { describe, expect, it } from "vitest";
import { bytesOf } from "../bytes/index.js";
import { hex } from "../testing/hex.js";
import { isEqual } from "./constant-time.js";
import { md4 } from "./md4.js";
import { hmacMd5, md5 } from "./md5.js";
import { Rc4 } from "./rc4.js";

const ascii = (text: string) => Uint8Array.from(Buffer.from(text, "latin1"));
const shown = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("MD4", () => {
  it.each([
    ["", "31d6cfe0d16ae931b73c59d7e0c089c0"],
    ["a", "bde52cb31de33e46245e05fbdbd6fb24"],
    ["abc", "a448017aaf21d8525fc10ae87aa6729d"],
    ["message digest", "d9130a8164549fe818874806e1c7014b"],
    ["abcdefghijklmnopqrstuvwxyz", "d79e1c308aa5bbcdeea8ed63df412da9"],
    [
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
      "043f8582f241db351ce627e153e7f0e4",
    ],
    ["1234567890".repeat(8), "e33b4ddc9c38f2199c3e7b164fcc0536"],
  ])("of %j is what RFC 1320 A.5 says", (message, digest) => {
    expect(shown(md4(ascii(message)))).toBe(digest);
  });
});

describe("MD5", () => {
  it("of several runs is that of the whole", () => {
    expect(shown(md5(ascii("a"), ascii(""), ascii("bc")))).toBe("900150983cd24fb0d6963f7d28e17f72");
  });

  it("with a key is what RFC 2202 says", () => {
    const key = new Uint8Array(16).fill(0x0b);
    expect(shown(hmacMd5(key, ascii("Hi "), ascii("There")))).toBe(
      "9294727a3638bb1c13f48ef8158bfc9d",
    );
  });
});

describe("RC4", () => {
  it.each([
    ["Key", "Plaintext", "bbf316e8d940af0ad3"],
    ["Wiki", "pedia", "1021bf0420"],
    ["Secret", "Attack at dawn", "45a01f645fc35b383552544b9bf5"],
  ])("with the key %j enciphers %j as all others do", (key, text, enciphered) => {
    expect(shown(new Rc4(ascii(key)).transform(ascii(text)))).toBe(enciphered);
  });

  it("goes on where it stopped", () => {
    const rc4 = new Rc4(ascii("Key"));
    expect(shown(rc4.transform(ascii("Plain")))).toBe("bbf316e8d9");
    expect(shown(rc4.transform(ascii("text")))).toBe("40af0ad3");
  });

  it("gives the keystream of RFC 6229", () => {
    const rc4 = new Rc4(bytesOf(hex("0102030405")));
    expect(shown(rc4.transform(new Uint8Array(16)))).toBe("b2396305f03dc027ccc3524a0a1118a8");
  });
});

describe("Comparing secrets", () => {
  it("tells equal from different bytes and from different lengths", () => {
    expect(isEqual(ascii("abc"), ascii("abc"))).toBe(true);
    expect(isEqual(ascii("abc"), ascii("abd"))).toBe(false);
    expect(isEqual(ascii("abc"), ascii("ab"))).toBe(false);
  });
});
