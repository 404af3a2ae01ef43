import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, utf16, WireError } from "../../bytes/index.js";
import { hex } from "../../testing/hex.js";
import {
  AvFlags,
  AvId,
  avFlags,
  avTimestamp,
  isNtlmMessage,
  isTooShortForNtlmv2,
  MAX_AV_PAIRS,
  MAX_NAME_BYTES,
  MIC_OFFSET,
  micOf,
  NegotiateFlags,
  readAuthenticate,
  readAvFlags,
  readAvPairs,
  readAvTimestamp,
  readChallenge,
  readNegotiate,
  readNtlmv2Response,
  writeAuthenticate,
  writeAvPairs,
  writeChallenge,
  writeClientChallenge,
  writeNegotiate,
} from "./index.js";

const shown = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** [MS-NLMP] 4.2.4.3 */
const CHALLENGE = bytesOf(
  hex(`
    4e544c4d53535000 02000000             # Signature, MessageType
    0c000c00 38000000                     # TargetName
    33828ae2                              # NegotiateFlags
    0123456789abcdef 0000000000000000     # ServerChallenge, Reserved
    24002400 44000000                     # TargetInfo
    0600701700 00000f                     # Version
    530065007200760065007200              # "Server"
    02000c00 44006f006d00610069006e00     # MsvAvNbDomainName "Domain"
    01000c00 530065007200760065007200     # MsvAvNbComputerName "Server"
    00000000                              # MsvAvEOL
  `),
);

/** [MS-NLMP] 4.2.4.3 */
const AUTHENTICATE = bytesOf(
  hex(`
    4e544c4d53535000 03000000             # Signature, MessageType
    18001800 6c000000                     # LmChallengeResponse
    54005400 84000000                     # NtChallengeResponse
    0c000c00 48000000                     # DomainName
    08000800 54000000                     # UserName
    10001000 5c000000                     # Workstation
    10001000 d8000000                     # EncryptedRandomSessionKey
    358288e2                              # NegotiateFlags
    0501280a0000000f                      # Version; there is no MIC
    44006f006d00610069006e00              # "Domain"
    5500730065007200                      # "User"
    43004f004d0050005500540045005200      # "COMPUTER"
    86c35097ac9cec102554764a57cccc19 aaaaaaaaaaaaaaaa
    68cd0ab851e51c96aabc927bebef6a1c      # NTProofStr
    0101000000000000 0000000000000000     # RespType, TimeStamp
    aaaaaaaaaaaaaaaa 00000000             # ChallengeFromClient
    02000c0044006f006d00610069006e00 01000c00530065007200760065007200 00000000 00000000
    c5dad2544fc9799094ce1ce90bc9d03e
  `),
);

describe("The messages of [MS-NLMP] 4.2.4.3", () => {
  it("have a CHALLENGE that is read", () => {
    const challenge = readChallenge(CHALLENGE);
    expect(challenge.flags).toBe(0xe28a_8233);
    expect(challenge.targetName).toBe("Server");
    expect(shown(challenge.serverChallenge)).toBe("0123456789abcdef");
    expect(challenge.targetInfo).toEqual([
      { id: AvId.NB_DOMAIN_NAME, value: utf16("Domain") },
      { id: AvId.NB_COMPUTER_NAME, value: utf16("Server") },
    ]);
  });

  it("have a CHALLENGE that is written the same, but for our version", () => {
    const withoutVersion = (bytes: Uint8Array) => Uint8Array.from(bytes).fill(0, 48, 56);
    const written = writeChallenge(readChallenge(CHALLENGE));
    expect(shown(withoutVersion(written))).toBe(shown(withoutVersion(CHALLENGE)));
  });

  it("have an AUTHENTICATE that is read", () => {
    const message = readAuthenticate(AUTHENTICATE);
    expect(message).toMatchObject({
      flags: 0xe288_8235,
      domainName: "Domain",
      userName: "User",
      workstation: "COMPUTER",
    });
    expect(shown(message.encryptedRandomSessionKey)).toBe("c5dad2544fc9799094ce1ce90bc9d03e");
    expect(message.lmChallengeResponse.length).toBe(24);
    const response = readNtlmv2Response(message.ntChallengeResponse);
    expect(shown(response.proof)).toBe("68cd0ab851e51c96aabc927bebef6a1c");
    expect(response.clientChallenge.length).toBe(0x54 - 16);
    expect(response.avPairs.map(({ id }) => id)).toEqual([2, 1]);
  });

  it("are told from SPNEGO", () => {
    expect(isNtlmMessage(CHALLENGE)).toBe(true);
    expect(isNtlmMessage(CHALLENGE.subarray(1))).toBe(false);
    expect(isNtlmMessage(CHALLENGE.subarray(0, 7))).toBe(false);
  });
});

describe("NEGOTIATE_MESSAGE", () => {
  it("is read back, and read when it ends behind its flags", () => {
    const message = writeNegotiate({ flags: 0xe208_8297 });
    expect(message.length).toBe(40);
    expect(readNegotiate(message).flags).toBe(0xe208_8297);
    expect(readNegotiate(message.subarray(0, 16)).flags).toBe(0xe208_8297);
  });

  it("is no other message, and not shorter", () => {
    expect(() => readNegotiate(CHALLENGE)).toThrow(WireError);
    expect(() => readNegotiate(writeNegotiate({ flags: 0 }).subarray(0, 15))).toThrow(WireError);
  });
});

describe("AUTHENTICATE_MESSAGE", () => {
  const message = {
    flags: NegotiateFlags.UNICODE,
    userName: "Jörg",
    domainName: "",
    workstation: "WS",
    lmChallengeResponse: Uint8Array.of(0),
    ntChallengeResponse: Uint8Array.of(1, 2, 3),
    encryptedRandomSessionKey: new Uint8Array(0),
  };

  it("is read back in Unicode", () => {
    expect(readAuthenticate(writeAuthenticate(message))).toEqual(message);
  });

  it("is read back in the OEM character set", () => {
    const oem = { ...message, flags: NegotiateFlags.OEM };
    expect(readAuthenticate(writeAuthenticate(oem))).toEqual(oem);
  });

  it("has its MIC in place, zero until it is set", () => {
    const bytes = writeAuthenticate(message);
    micOf(bytes).fill(0xab);
    expect(bytes.subarray(MIC_OFFSET, MIC_OFFSET + 16)).toEqual(new Uint8Array(16).fill(0xab));
    expect(bytes[MIC_OFFSET - 1]).toBe(0);
    expect(bytes[MIC_OFFSET + 16]).toBe("J".charCodeAt(0));
    expect(() => micOf(bytes.subarray(0, 87))).toThrow(WireError);
  });

  it("cannot tell of bytes outside of it", () => {
    for (const field of [12, 20, 28, 36, 44, 52]) {
      const bytes = Uint8Array.from(AUTHENTICATE);
      view(bytes).setUint32(field + 4, 0xffff_fff0, true);
      expect(() => readAuthenticate(bytes)).toThrow(WireError);
    }
  });

  it("cannot have names without end", () => {
    const long = { ...message, userName: "x".repeat(MAX_NAME_BYTES / 2 + 1) };
    expect(() => readAuthenticate(writeAuthenticate(long))).toThrow(WireError);
  });

  it("is read or refused with a WireError, whatever was changed in it", () => {
    fc.assert(
      fc.property(fc.nat(AUTHENTICATE.length - 1), fc.nat(255), fc.nat(300), (at, byte, cut) => {
        const bytes = AUTHENTICATE.slice(0, cut);
        bytes[at] = byte;
        expect(() => {
          outcome(() => readNtlmv2Response(readAuthenticate(bytes).ntChallengeResponse));
        }).not.toThrow();
      }),
    );
  });
});

/** Runs, and takes a WireError for an answer. */
function outcome(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
  }
}

describe("NTLMv2_RESPONSE", () => {
  it("is neither one of LM nor of NTLMv1", () => {
    expect(isTooShortForNtlmv2(new Uint8Array(24))).toBe(true);
    expect(isTooShortForNtlmv2(new Uint8Array(44))).toBe(false);
    expect(() => readNtlmv2Response(new Uint8Array(24))).toThrow(WireError);
    expect(() => readNtlmv2Response(new Uint8Array(64))).toThrow("respType");
  });

  it("is read back", () => {
    const challenge = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const avPairs = [avFlags(AvFlags.MIC_PROVIDED), avTimestamp(133_000_000_000_000_000n)];
    const clientChallenge = writeClientChallenge({ ticks: 5n, challenge, avPairs });
    const response = Buffer.concat([new Uint8Array(16).fill(9), clientChallenge]);
    const read = readNtlmv2Response(response);
    expect(shown(read.clientChallenge)).toBe(shown(clientChallenge));
    expect(readAvFlags(read.avPairs)).toBe(AvFlags.MIC_PROVIDED);
    expect(readAvTimestamp(read.avPairs)).toBe(133_000_000_000_000_000n);
  });
});

describe("AV_PAIR lists", () => {
  it("are read back, whatever is in them", () => {
    const pair = fc.record({
      id: fc.integer({ min: 1, max: 0xffff }),
      value: fc.uint8Array({ maxLength: 40 }),
    });
    fc.assert(
      fc.property(fc.array(pair, { maxLength: MAX_AV_PAIRS }), (pairs) => {
        expect(readAvPairs(view(writeAvPairs(pairs)))).toEqual(pairs);
      }),
    );
  });

  it("need an end, and have a limit", () => {
    const pairs = Array.from({ length: MAX_AV_PAIRS + 1 }, () => avFlags(0));
    expect(() => readAvPairs(view(writeAvPairs(pairs)))).toThrow("too many");
    expect(() => readAvPairs(hex("01000000"))).toThrow(WireError);
    expect(() => readAvPairs(hex("0100ff00 0000"))).toThrow(WireError);
    expect(() => readAvPairs(hex(""))).toThrow(WireError);
  });

  it("have no flags and no time of the wrong length", () => {
    expect(readAvFlags([])).toBe(0);
    expect(readAvTimestamp([])).toBeUndefined();
    expect(() => readAvFlags([{ id: AvId.FLAGS, value: new Uint8Array(3) }])).toThrow(WireError);
    expect(() => readAvTimestamp([{ id: AvId.TIMESTAMP, value: new Uint8Array(7) }])).toThrow(
      WireError,
    );
  });
});
