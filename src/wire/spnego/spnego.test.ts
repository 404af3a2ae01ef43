import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, WireError } from "../../bytes/index.js";
import { hex } from "../../testing/hex.js";
import { readElements, readOid, readOnly, Tag, write, writeOid } from "./der.js";
import {
  MAX_MECH_TYPES,
  MAX_OID_BYTES,
  Mechanism,
  NegState,
  readNegToken,
  writeMechTypes,
  writeNegTokenInit,
  writeNegTokenInit2,
  writeNegTokenResp,
} from "./index.js";

const shown = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** As Windows begins, its Kerberos token cut down to two bytes. */
const WINDOWS_INIT = bytesOf(
  hex(`
    60 40 0606 2b0601050502               # GSS-API, SPNEGO
      a0 36 30 34
        a0 24 30 22                       # mechTypes
          0609 2a864882f712010202         # MS Kerberos
          0609 2a864886f712010202         # Kerberos
          060a 2b06010401823702020a       # NTLMSSP
        a1 04 0302 0000                   # reqFlags
        a2 06 0404 6e6f6f6f               # mechToken
  `),
);

/** As libsmb2 and the Linux kernel begin. */
const NTLM_INIT = bytesOf(
  hex(`
    60 28 0606 2b0601050502
      a0 1e 30 1c
        a0 0e 30 0c 060a 2b06010401823702020a
        a2 0a 0408 4e544c4d53535000
  `),
);

describe("NegTokenInit", () => {
  it("of Windows is read", () => {
    const token = readNegToken(WINDOWS_INIT);
    expect(token).toMatchObject({
      kind: "init",
      mechTypes: [Mechanism.MS_KERBEROS, Mechanism.KERBEROS, Mechanism.NTLMSSP],
      mechListMic: undefined,
    });
    if (token.kind !== "init") throw new Error("unreachable");
    expect(token.mechToken && shown(token.mechToken)).toBe("6e6f6f6f");
    expect(shown(token.mechTypesBytes)).toBe(shown(WINDOWS_INIT.subarray(16, 52)));
  });

  it("is written as others write it", () => {
    const mechToken = Uint8Array.from(Buffer.from("NTLMSSP\0"));
    const token = writeNegTokenInit({ mechTypes: [Mechanism.NTLMSSP], mechToken });
    expect(shown(token)).toBe(shown(NTLM_INIT));
  });

  it("is read back without a mechToken", () => {
    const mechTypes = [Mechanism.KERBEROS, Mechanism.NEGOEX];
    const token = readNegToken(writeNegTokenInit({ mechTypes }));
    expect(token).toMatchObject({ kind: "init", mechTypes, mechToken: undefined });
  });

  it("may have hints where another has its MIC", () => {
    const list = write(0xa0, writeMechTypes([Mechanism.NTLMSSP]));
    const mic = write(Tag.OCTET_STRING, Uint8Array.of(7));
    const shownMic = (token: Uint8Array) => {
      const { mechListMic } = readNegToken(token);
      return mechListMic && shown(mechListMic);
    };
    const init = (...elements: readonly Uint8Array[]) => {
      const inner = write(0xa0, write(Tag.SEQUENCE, list, ...elements));
      return shownMic(write(Tag.APPLICATION_0, writeOid(Mechanism.SPNEGO), inner));
    };
    const hints = write(0xa3, write(Tag.SEQUENCE));
    expect(init(write(0xa3, mic))).toBe("07");
    expect(init(hints, write(0xa4, mic))).toBe("07");
    expect(init(hints)).toBeUndefined();
  });

  it("has a limit of mechanisms", () => {
    const many = (n: number) => Array.from({ length: n }, () => Mechanism.NTLMSSP);
    expect(readNegToken(writeNegTokenInit({ mechTypes: many(MAX_MECH_TYPES) })).kind).toBe("init");
    const tooMany = writeNegTokenInit({ mechTypes: many(MAX_MECH_TYPES + 1) });
    expect(() => readNegToken(tooMany)).toThrow("too many");
  });
});

describe("NegTokenInit2", () => {
  it("is the one that Windows and Samba send, with NTLMSSP alone", () => {
    const golden = hex(`
      60 48 0606 2b0601050502
        a0 3e 30 3c
          a0 0e 30 0c 060a 2b06010401823702020a
          a3 2a 30 28 a0 26 1b 24         # negHints, hintName
            6e6f745f646566696e65645f696e5f5246433431373840706c656173655f69676e6f7265
    `);
    expect(shown(writeNegTokenInit2([Mechanism.NTLMSSP]))).toBe(shown(bytesOf(golden)));
  });
});

describe("NegTokenResp", () => {
  it("is written in the order of RFC 4178", () => {
    const token = writeNegTokenResp({
      negState: NegState.ACCEPT_INCOMPLETE,
      supportedMech: Mechanism.NTLMSSP,
      responseToken: Uint8Array.of(1, 2),
      mechListMic: Uint8Array.of(3),
    });
    const golden = hex(`
      a1 20 30 1e
        a0 03 0a01 01                     # negState
        a1 0c 060a 2b06010401823702020a   # supportedMech
        a2 04 0402 0102                   # responseToken
        a3 03 0401 03                     # mechListMIC
    `);
    expect(shown(token)).toBe(shown(bytesOf(golden)));
  });

  it("is read back, whatever is in it", () => {
    const octets = fc.option(fc.uint8Array({ maxLength: 300 }), { nil: undefined });
    const resp = fc.record({
      negState: fc.option(fc.constantFrom(...Object.values(NegState)), { nil: undefined }),
      supportedMech: fc.option(fc.constantFrom(...Object.values(Mechanism)), { nil: undefined }),
      responseToken: octets,
      mechListMic: octets,
    });
    fc.assert(
      fc.property(resp, (token) => {
        const read = readNegToken(writeNegTokenResp(token));
        if (read.kind !== "resp") throw new Error("not what was written");
        expect(read.negState).toBe(token.negState);
        expect(read.supportedMech).toBe(token.supportedMech);
        expect(read.responseToken && shown(read.responseToken)).toBe(
          token.responseToken && shown(token.responseToken),
        );
        expect(read.mechListMic && shown(read.mechListMic)).toBe(
          token.mechListMic && shown(token.mechListMic),
        );
      }),
    );
  });
});

describe("Bad DER", () => {
  it.each([
    ["nothing", ""],
    ["a tag alone", "a1"],
    ["an indefinite length", "a180 3000 0000"],
    ["a length of five bytes", "a185 0000000002 3000"],
    ["a length past the end", "a103 3000"],
    ["a length of 4 GiB", "a184ffffffff 3000"],
    ["something behind the end", "a102 3000 00"],
    ["another tag", "a202 3000"],
    ["an empty wrapper", "6000"],
    ["a wrapper of another mechanism", "600d 0609 2a864886f712010202 a000"],
    ["a wrapper with three elements", "600c 0606 2b0601050502 a000 a000"],
    ["a NegTokenInit without mechanisms", "600c 0606 2b0601050502 a002 3000"],
    ["a negState of two bytes", "a108 3006 a004 0a02 0001"],
    ["a negState that is no ENUMERATED", "a107 3005 a003 0201 01"],
    ["an identifier that is cut short", "a107 3005 a103 0601 82"],
    ["an empty identifier", "a106 3004 a102 0600"],
    ["17 elements", `a124 3022 ${"0500".repeat(17)}`],
  ])("is refused: %s", (_what, bytes) => {
    expect(() => readNegToken(bytesOf(hex(bytes)))).toThrow(WireError);
  });

  it("never causes anything but a WireError", () => {
    const token = fc.constantFrom(WINDOWS_INIT, NTLM_INIT);
    fc.assert(
      fc.property(token, fc.nat(70), fc.nat(255), fc.nat(80), (golden, at, byte, cut) => {
        const bytes = golden.slice(0, cut);
        bytes[at] = byte;
        expect(() => {
          try {
            readNegToken(bytes);
          } catch (error) {
            if (!(error instanceof WireError)) throw error;
          }
        }).not.toThrow();
      }),
    );
  });

  it("does not include lengths with more bytes than they need", () => {
    expect(shown(readOnly(bytesOf(hex("0482 0001 ff")), Tag.OCTET_STRING))).toBe("ff");
  });
});

describe("DER lengths", () => {
  it.each([
    [0, "0400"],
    [127, "047f"],
    [128, "048180"],
    [255, "0481ff"],
    [256, "04820100"],
    [65_536, "0483010000"],
  ])("of %i bytes begin as X.690 says, and are read back", (length, start) => {
    const element = write(Tag.OCTET_STRING, new Uint8Array(length));
    expect(shown(element.subarray(0, start.length / 2))).toBe(start);
    expect(readElements(element)[0]?.content.length).toBe(length);
  });
});

describe("Object identifiers", () => {
  it.each(Object.entries(Mechanism))("are read back: %s", (_name, oid) => {
    expect(readOid(readOnly(writeOid(oid), Tag.OBJECT_IDENTIFIER))).toBe(oid);
  });

  it("have a limit", () => {
    expect(readOid(new Uint8Array(MAX_OID_BYTES).fill(1)).length).toBeGreaterThan(0);
    expect(() => readOid(new Uint8Array(MAX_OID_BYTES + 1).fill(1))).toThrow(WireError);
  });

  it("may have numbers past 2^53", () => {
    expect(readOid(bytesOf(hex("2b ffffffffffffffff7f")))).toBe("1.3.9223372036854775807");
  });
});
