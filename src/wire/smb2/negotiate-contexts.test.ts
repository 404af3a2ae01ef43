import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, viewOf, WireError } from "../../bytes/index.js";
import { hex } from "../../testing/hex.js";
import { MAX_NEGOTIATE_ALGORITHMS, MAX_NEGOTIATE_CONTEXTS } from "./limits.js";
import {
  Cipher,
  HashAlgorithm,
  NegotiateContextType,
  negotiateContextsSize,
  readEncryptionCapabilities,
  readNegotiateContexts,
  readPreauthIntegrityCapabilities,
  readSigningCapabilities,
  SigningAlgorithm,
  writeEncryptionCapabilities,
  writeNegotiateContexts,
  writePreauthIntegrityCapabilities,
  writeSigningCapabilities,
} from "./negotiate-contexts.js";

const golden = hex(`
  ffffffffffffffff                  # what comes before
  0100 0a00 00000000                # PREAUTH_INTEGRITY_CAPABILITIES, DataLength, Reserved
  0100 0400 0100 aabbccdd           # HashAlgorithmCount, SaltLength, SHA-512, Salt
  000000000000                      # up to a multiple of 8
  0200 0600 00000000                # ENCRYPTION_CAPABILITIES
  0200 0200 0100                    # CipherCount, AES-128-GCM, AES-128-CCM
  0000                              # up to a multiple of 8
  0800 0400 00000000                # SIGNING_CAPABILITIES
  0100 0200                         # SigningAlgorithmCount, AES-GMAC
`);
const contexts = [
  {
    type: NegotiateContextType.PREAUTH_INTEGRITY_CAPABILITIES,
    data: writePreauthIntegrityCapabilities({
      hashAlgorithms: [HashAlgorithm.SHA_512],
      salt: Uint8Array.of(0xaa, 0xbb, 0xcc, 0xdd),
    }),
  },
  {
    type: NegotiateContextType.ENCRYPTION_CAPABILITIES,
    data: writeEncryptionCapabilities([Cipher.AES_128_GCM, Cipher.AES_128_CCM]),
  },
  {
    type: NegotiateContextType.SIGNING_CAPABILITIES,
    data: writeSigningCapabilities([SigningAlgorithm.AES_GMAC]),
  },
];

describe("negotiate contexts", () => {
  it("are read off the wire", () => {
    const found = readNegotiateContexts(golden, 8, 3);
    expect(found.map(({ type }) => type)).toEqual([1, 2, 8]);
    expect(readPreauthIntegrityCapabilities(found[0]!.data)).toEqual({
      hashAlgorithms: [HashAlgorithm.SHA_512],
      salt: Uint8Array.of(0xaa, 0xbb, 0xcc, 0xdd),
    });
    expect(readEncryptionCapabilities(found[1]!.data)).toEqual([2, 1]);
    expect(readSigningCapabilities(found[2]!.data)).toEqual([2]);
  });

  it("are written each at a multiple of 8, with nothing behind the last", () => {
    const written = hex("ff".repeat(golden.byteLength));
    expect(writeNegotiateContexts(written, 8, contexts)).toBe(golden.byteLength - 8);
    expect(written).toEqual(golden);
    expect(negotiateContextsSize(contexts)).toBe(golden.byteLength - 8);
  });

  it("take no room when there are none", () => {
    expect(negotiateContextsSize([])).toBe(0);
    expect(readNegotiateContexts(golden, 0, 0)).toEqual([]);
  });

  it.each([
    { why: "one more than there is", offset: 8, count: 4 },
    { why: "an offset outside of the message", offset: 0xffff_ffff, count: 1 },
    { why: "more than the limit", offset: 8, count: MAX_NEGOTIATE_CONTEXTS + 1 },
  ])("are refused: $why", ({ offset, count }) => {
    expect(() => readNegotiateContexts(golden, offset, count)).toThrow(WireError);
  });

  it("are refused when the data reaches outside of the message", () => {
    const cut = new DataView(golden.buffer, 0, golden.byteLength - 1);
    expect(() => readNegotiateContexts(cut, 8, 3)).toThrow(WireError);
  });

  it.each([
    { what: "hashes cut short", read: readPreauthIntegrityCapabilities, data: "0200 0000 0100" },
    { what: "a salt cut short", read: readPreauthIntegrityCapabilities, data: "0100 0400 0100 aa" },
    { what: "no count", read: readEncryptionCapabilities, data: "02" },
    { what: "ciphers cut short", read: readEncryptionCapabilities, data: "0200 0100" },
    {
      what: "more algorithms than the limit",
      read: readSigningCapabilities,
      data: `4100 ${"0000".repeat(MAX_NEGOTIATE_ALGORITHMS + 1)}`,
    },
  ])("are refused when they hold $what", ({ read, data }) => {
    expect(() => read(hex(data))).toThrow(WireError);
  });

  it("are read from any bytes, or refused with a WireError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 128 }), fc.nat(32), fc.nat(70), (junk, at, count) => {
        try {
          for (const { data } of readNegotiateContexts(viewOf(junk), at, count)) {
            readPreauthIntegrityCapabilities(data);
            expect(bytesOf(data).length).toBeLessThanOrEqual(junk.length);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
    );
  });
});
