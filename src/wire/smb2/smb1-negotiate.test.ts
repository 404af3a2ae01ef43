import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { viewOf, WireError } from "../../bytes/index.js";
import { hex } from "../../testing/hex.js";
import { MAX_SMB1_DIALECTS } from "./limits.js";
import {
  readSmb1Dialects,
  SMB1_DIALECT_2_002,
  SMB1_DIALECT_WILDCARD,
  Smb1NegotiateRequest,
} from "./smb1-negotiate.js";

/** An SMB1 NEGOTIATE that lists dialects, given as they are on the wire. */
function negotiate(dialects: string, byteCount = dialects.length) {
  const list = Buffer.from(dialects, "latin1");
  const packet = new Uint8Array(Smb1NegotiateRequest.size + list.length);
  Smb1NegotiateRequest.blank(viewOf(packet), 0).byteCount = byteCount;
  packet.set(list, Smb1NegotiateRequest.size);
  return viewOf(packet);
}

describe("SMB1 NEGOTIATE", () => {
  it("lists its dialects in their order", () => {
    const golden = hex(`
      ff534d42 72 00000000 18 53c8 0000   # Protocol, Command, Status, Flags, Flags2, PIDHigh
      0000000000000000 0000 ffff fffe     # SecurityFeatures, Reserved, TID, PIDLow
      0000 0000                           # UID, MID
      00 2200                             # WordCount, ByteCount
      02 4e54204c4d20302e313200           # "NT LM 0.12"
      02 534d4220322e30303200             # "SMB 2.002"
      02 534d4220322e3f3f3f00             # "SMB 2.???"
    `);
    expect(readSmb1Dialects(golden)).toEqual([
      "NT LM 0.12",
      SMB1_DIALECT_2_002,
      SMB1_DIALECT_WILDCARD,
    ]);
  });

  it("may list none", () => {
    expect(readSmb1Dialects(negotiate(""))).toEqual([]);
  });

  it.each([
    { why: "it is another command", packet: hex(`ff534d42 73 ${"00".repeat(30)}`) },
    { why: "it is an SMB2 message", packet: hex(`fe534d42 72 ${"00".repeat(30)}`) },
    { why: "it has parameter words", packet: hex(`ff534d42 72 ${"00".repeat(27)} 010000`) },
    { why: "its list is longer than it is", packet: negotiate("\x02A\0", 4) },
    { why: "a dialect has no end", packet: negotiate("\x02SMB 2.002") },
    { why: "a dialect is of another format", packet: negotiate("\x04A\0") },
    { why: "it lists too many", packet: negotiate("\x02A\0".repeat(MAX_SMB1_DIALECTS + 1)) },
  ])("is refused when $why", ({ packet }) => {
    expect(() => readSmb1Dialects(packet)).toThrow(WireError);
  });

  it("is read from any list, or refused with a WireError", () => {
    const list = fc.array(fc.constantFrom("\x02", "\0", "A", "\xff"), { maxLength: 64 });
    fc.assert(
      fc.property(list, (units) => {
        try {
          expect(readSmb1Dialects(negotiate(units.join(""))).length).toBeLessThanOrEqual(32);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
    );
  });
});
