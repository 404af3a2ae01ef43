import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, WireError } from "../../bytes/index.js";
import { hex } from "../../testing/hex.js";
import { ContextResult, RejectReason, readBind, writeBindAck, writeBindNak } from "./bind.js";
import { PduType } from "./pdu.js";
import { SRVSVC } from "./srvsvc.js";
import { bindTimeFeatures, NDR32, NDR64 } from "./syntax-id.js";

/** As Windows 10 sends it. */
const windowsBind = hex(`
  05 00 0b 03 10000000 a000 0000 02000000          # version, BIND, flags, DREP, length, callId
  b810 b810 00000000                                # max_xmit_frag, max_recv_frag, assoc_group_id
  03 00 0000                                        # three contexts
  0000 01 00 c84f324b7016d30112785a47bf6ee188 03000000
             045d888aeb1cc9119fe808002b104860 02000000
  0100 01 00 c84f324b7016d30112785a47bf6ee188 03000000
             33057171babe37498319b5dbef9ccc36 01000000
  0200 01 00 c84f324b7016d30112785a47bf6ee188 03000000
             2c1cb76c129840450300000000000000 01000000
`);

describe("BIND", () => {
  it("is read with its three contexts, as Windows sends it", () => {
    const bind = readBind(windowsBind);
    expect(bind).toMatchObject({ maxXmitFrag: 4280, maxRecvFrag: 4280, assocGroupId: 0 });
    expect(bind.contexts.map(({ contId }) => contId)).toEqual([0, 1, 2]);
    expect(bind.contexts.every(({ abstractSyntax }) => abstractSyntax.uuid === SRVSVC.uuid)).toBe(
      true,
    );
    const [first, second, third] = bind.contexts.map(
      ({ transferSyntaxes }) => transferSyntaxes[0]!,
    );
    expect(first).toEqual(NDR32);
    expect(second).toEqual(NDR64);
    expect(bindTimeFeatures(second!)).toBeUndefined();
    expect(bindTimeFeatures(third!)).toBe(3);
  });

  it.each(Array.from({ length: windowsBind.byteLength }, (_, length) => ({ length })))(
    "is refused when cut to $length bytes",
    ({ length }) => {
      expect(() => readBind(new DataView(windowsBind.buffer, 0, length))).toThrow(WireError);
    },
  );

  it("is read or refused with a WireError, whatever its bytes are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 400 }), (bytes) => {
        try {
          readBind(new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
    );
  });
});

describe("BIND_ACK", () => {
  it("is what Samba 4.17 sends", () => {
    const golden = hex(`
      05 00 0c 03 10000000 4400 0000 01000000
      b810 b810 9b090000                            # sizes, assoc_group_id
      0d00 5c706970655c73727673766300               # "\\pipe\\srvsvc"
      00                                            # padding
      01 00 0000                                    # one result
      0000 0000 045d888aeb1cc9119fe808002b104860 02000000
    `);
    const ack = writeBindAck({
      ptype: PduType.BIND_ACK,
      callId: 1,
      maxXmitFrag: 4280,
      maxRecvFrag: 4280,
      assocGroupId: 0x99b,
      secAddr: "\\pipe\\srvsvc",
      results: [{ result: ContextResult.ACCEPTANCE, reason: 0, transferSyntax: NDR32 }],
    });
    expect(Buffer.from(ack)).toEqual(Buffer.from(bytesOf(golden)));
  });
});

describe("BIND_NAK", () => {
  it("names the version that is supported", () => {
    const golden = hex(`
      05 00 0d 03 10000000 1800 0000 07000000
      0400 01 05 00 000000                          # reason, one version: 5.0, padding
    `);
    const nak = writeBindNak(7, RejectReason.PROTOCOL_VERSION_NOT_SUPPORTED);
    expect(Buffer.from(nak)).toEqual(Buffer.from(bytesOf(golden)));
  });
});
