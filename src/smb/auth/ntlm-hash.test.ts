import { describe, expect, it } from "vitest";
import { bytesOf } from "../../bytes/index.js";
import { hex } from "../../testing/hex.js";
import { NegotiateFlags } from "../../wire/ntlm/index.js";
import {
  exchangeKey,
  messageIntegrityCode,
  ntHash,
  ntlmv2Proof,
  ntowfv2,
  sessionBaseKey,
} from "./ntlm-hash.js";
import { canSign, NtlmSigning } from "./ntlm-signing.js";

const shown = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytes = (text: string) => bytesOf(hex(text));

/** [MS-NLMP] 4.2.1, 4.2.4.1.3 */
const USER = { userName: "User", domainName: "Domain" };
const SERVER_CHALLENGE = bytes("0123456789abcdef");
const CLIENT_CHALLENGE = bytes(`
  0101000000000000 0000000000000000 aaaaaaaaaaaaaaaa 00000000
  02000c0044006f006d00610069006e00 01000c00530065007200760065007200 00000000 00000000
`);
const RANDOM_SESSION_KEY = bytes("55555555555555555555555555555555");

describe("NTLMv2 with the values of [MS-NLMP] 4.2.4", () => {
  const hash = ntHash("Password");
  const responseKey = ntowfv2(hash, USER);
  const proof = ntlmv2Proof(responseKey, SERVER_CHALLENGE, CLIENT_CHALLENGE);
  const baseKey = sessionBaseKey(responseKey, proof);

  it("keeps a password as NTOWFv1", () => {
    expect(shown(hash)).toBe("a4f49c406510bdcab6824ee7c30fd852");
  });

  it("makes NTOWFv2, whatever the case of the user", () => {
    expect(shown(responseKey)).toBe("0c868a403bfd7a93a3001ef22ef02e3f");
    expect(ntowfv2(hash, { ...USER, userName: "uSER" })).toEqual(responseKey);
    expect(ntowfv2(hash, { ...USER, domainName: "DOMAIN" })).not.toEqual(responseKey);
  });

  it("makes NTProofStr", () => {
    expect(shown(proof)).toBe("68cd0ab851e51c96aabc927bebef6a1c");
  });

  it("makes SessionBaseKey", () => {
    expect(shown(baseKey)).toBe("8de40ccadbc14a82f15cb0ad0de95ca3");
  });

  it("encrypts the session key, and decrypts it", () => {
    const encrypted = exchangeKey(baseKey, RANDOM_SESSION_KEY);
    expect(shown(encrypted)).toBe("c5dad2544fc9799094ce1ce90bc9d03e");
    expect(exchangeKey(baseKey, encrypted)).toEqual(RANDOM_SESSION_KEY);
  });
});

describe("The MIC", () => {
  it("does not depend on what is in its place", () => {
    const sent = {
      negotiate: Uint8Array.of(1),
      challenge: Uint8Array.of(2),
      authenticate: Uint8Array.from({ length: 100 }, (_, i) => i),
    };
    const filled = { ...sent, authenticate: Uint8Array.from(sent.authenticate).fill(0xff, 72, 88) };
    const other = { ...sent, authenticate: Uint8Array.from(sent.authenticate).fill(0xff, 88, 89) };
    const code = messageIntegrityCode(RANDOM_SESSION_KEY, sent);
    expect(messageIntegrityCode(RANDOM_SESSION_KEY, filled)).toEqual(code);
    expect(messageIntegrityCode(RANDOM_SESSION_KEY, other)).not.toEqual(code);
  });
});

describe("Signatures", () => {
  const { SIGN, EXTENDED_SESSIONSECURITY, KEY_EXCH, NEGOTIATE_128, NEGOTIATE_56 } = NegotiateFlags;
  const SIGNED = SIGN | EXTENDED_SESSIONSECURITY;
  const PLAINTEXT = bytes("50006c00610069006e007400650078007400"); // "Plaintext"

  it("need their flags", () => {
    expect(canSign(SIGNED | KEY_EXCH)).toBe(true);
    expect(canSign(SIGN)).toBe(false);
    expect(canSign(EXTENDED_SESSIONSECURITY)).toBe(false);
  });

  it("are those of [MS-NLMP] 4.2.4.4", () => {
    // There the checksum is encrypted too, behind the message, which was sealed before it.
    const signing = new NtlmSigning("client", RANDOM_SESSION_KEY, SIGNED | NEGOTIATE_128);
    expect(shown(signing.sign(PLAINTEXT))).toBe(
      "01000000 70352851f2564309 00000000".replaceAll(" ", ""),
    );
  });

  it("have sequence numbers, so that none is good twice", () => {
    const client = new NtlmSigning("client", RANDOM_SESSION_KEY, SIGNED);
    const [first, second] = [client.sign(PLAINTEXT), client.sign(PLAINTEXT)];
    expect(shown(second.subarray(12))).toBe("01000000");
    const server = new NtlmSigning("client", RANDOM_SESSION_KEY, SIGNED);
    expect(server.verify(PLAINTEXT, first)).toBe(true);
    expect(server.verify(PLAINTEXT, first)).toBe(false);
    expect(server.verify(PLAINTEXT, second)).toBe(false); // that was the third
  });

  it.each([
    { name: "no key exchange", flags: SIGNED },
    { name: "key exchange, 128 bits", flags: SIGNED | KEY_EXCH | NEGOTIATE_128 },
    { name: "key exchange, 56 bits", flags: SIGNED | KEY_EXCH | NEGOTIATE_56 },
    { name: "key exchange, 40 bits", flags: SIGNED | KEY_EXCH },
  ])("are verified with $name, and differ by direction", ({ flags }) => {
    const signing = (sender: "client" | "server") =>
      new NtlmSigning(sender, RANDOM_SESSION_KEY, flags);
    const signature = signing("client").sign(PLAINTEXT);
    expect(signing("client").verify(PLAINTEXT, signature)).toBe(true);
    expect(signing("server").verify(PLAINTEXT, signature)).toBe(false);
    expect(signing("client").verify(PLAINTEXT, signature.subarray(1))).toBe(false);
  });

  it("are different ones for each strength of key", () => {
    const strengths = [SIGNED, SIGNED | KEY_EXCH, SIGNED | KEY_EXCH | NEGOTIATE_56];
    const signatures = [...strengths, SIGNED | KEY_EXCH | NEGOTIATE_128].map((flags) =>
      shown(new NtlmSigning("client", RANDOM_SESSION_KEY, flags).sign(PLAINTEXT)),
    );
    expect(new Set(signatures).size).toBe(4);
  });
});
