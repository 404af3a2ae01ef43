import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { bytesOf, viewOf } from "../../bytes/index.js";
import { NtStatus } from "../../nt/index.js";
import { hex } from "../../testing/hex.js";
import {
  blankPdu,
  FaultFields,
  FaultStatus,
  PduHeader,
  PduType,
  PfcFlags,
  RequestFields,
  ResponseFields,
} from "../../wire/dcerpc/index.js";
import { AccountDirectory, Accounts } from "../auth/index.js";
import {
  MAX_FRAGMENT_LENGTH,
  MAX_FRAGMENTS_PER_CALL,
  MAX_STUB_LENGTH,
  MAX_UNREAD_LENGTH,
} from "./limits.js";
import { openPipe } from "./open-pipe.js";
import type { PipeEndpoint } from "./pipe-endpoint.js";

const caller = {
  userName: "u",
  userSid: "S-1-1-0",
  groupSids: [],
  sessionId: 1,
  clientAddress: "",
};

function open(shareCount = 1): PipeEndpoint {
  const shares = Array.from({ length: shareCount }, (_, i) => ({
    name: `share${i}`,
    comment: `Share number ${i}`,
    type: 0,
  }));
  const host = {
    serverName: "BASE",
    serverComment: "",
    workgroup: "WORKGROUP",
    directory: new AccountDirectory(new Accounts([]), "ANYMOUNT"),
    shares: () => shares,
    nowMs: () => 0,
  };
  return openPipe("srvsvc", host, caller)!;
}

const SRVSVC = "c84f324b7016d30112785a47bf6ee188 03000000";
const NDR32 = "045d888aeb1cc9119fe808002b104860 02000000";
const NDR64 = "33057171babe37498319b5dbef9ccc36 01000000";
const FEATURES = "2c1cb76c129840450300000000000000 01000000";
const NONE = "00000000000000000000000000000000 00000000";

/** As smbclient 4.17 sends it. */
const bind = bytesOf(
  hex(`
    05 00 0b 03 10000000 4800 0000 01000000
    b810 b810 00000000                              # sizes, assoc_group_id
    01 00 0000  0000 01 00 ${SRVSVC} ${NDR32}
  `),
);

/** As smbclient 4.17 sends it: NetrShareEnum at level 1. */
const shareEnum = bytesOf(
  hex(`
    05 00 00 03 10000000 5c00 0000 02000000
    44000000 0000 0f00                              # alloc_hint, p_cont_id, opnum
    00000200 0a000000 00000000 0a000000             # ServerName
    3100 3200 3700 2e00 3000 2e00 3000 2e00 3100 0000
    01000000 01000000                               # level, twice
    04000200 00000000 00000000                      # container
    ffffffff 08000200 00000000                      # PreferedMaximumLength, ResumeHandle
  `),
);
const shareEnumStub = shareEnum.subarray(PduHeader.size + RequestFields.size);

/** A message that offers these contexts, each an abstract and its transfer syntaxes. */
function bindOf(
  contexts: readonly (readonly string[])[],
  ptype: number = PduType.BIND,
): Uint8Array {
  const list = contexts.map(
    ([abstract = "", ...transfer], i) =>
      `${i.toString(16).padStart(2, "0")}00 ${transfer.length.toString(16).padStart(2, "0")} 00
       ${abstract} ${transfer.join(" ")}`,
  );
  const count = contexts.length.toString(16).padStart(2, "0");
  const body = bytesOf(hex(`b810 b810 00000000 ${count} 00 0000 ${list.join(" ")}`));
  return pdu({ ptype, pfcFlags: 3, callId: 1 }, body);
}

function pdu(
  head: { ptype: number; pfcFlags: number; callId: number },
  body: Uint8Array,
): Uint8Array {
  const view = blankPdu({ ...head, ptype: head.ptype as PduType, bodyLength: body.length });
  const bytes = bytesOf(view);
  bytes.set(body, PduHeader.size);
  return bytes;
}

interface Fragment {
  readonly pfcFlags?: number;
  readonly callId?: number;
  readonly contId?: number;
  readonly opnum?: number;
  readonly stub?: Uint8Array;
}

function request(fragment: Fragment = {}): Uint8Array {
  const { pfcFlags = 3, callId = 2, contId = 0, opnum = 15, stub = shareEnumStub } = fragment;
  const body = new Uint8Array(RequestFields.size + stub.length);
  const fields = RequestFields.blank(viewOf(body), 0);
  fields.contId = contId;
  fields.opnum = opnum;
  body.set(stub, RequestFields.size);
  return pdu({ ptype: PduType.REQUEST, pfcFlags, callId }, body);
}

/** The next message of a pipe, which has one. */
function next(pipe: PipeEndpoint): { type: number; callId: number; bytes: DataView } {
  const message = pipe.read(0x1_0000)!;
  expect(message.isMore).toBe(false);
  const bytes = viewOf(message.data);
  const { ptype, callId, fragLength } = PduHeader.read(bytes, 0);
  expect(fragLength).toBe(message.data.length);
  return { type: ptype, callId, bytes };
}

function nextFault(pipe: PipeEndpoint): number {
  const { type, bytes } = next(pipe);
  expect(type).toBe(PduType.FAULT);
  return FaultFields.read(bytes, PduHeader.size).status;
}

/** The parameters of the answer that a pipe gives, all its fragments together, and their number. */
function wholeResponse(pipe: PipeEndpoint): { stub: Uint8Array; fragments: number } {
  const stubs: Uint8Array[] = [];
  for (;;) {
    const { type, bytes } = next(pipe);
    expect(type).toBe(PduType.RESPONSE);
    expect(bytes.byteLength).toBeLessThanOrEqual(4280);
    const { pfcFlags } = PduHeader.read(bytes, 0);
    expect((pfcFlags & PfcFlags.FIRST_FRAG) !== 0).toBe(stubs.length === 0);
    stubs.push(bytesOf(bytes).subarray(PduHeader.size + ResponseFields.size));
    if ((pfcFlags & PfcFlags.LAST_FRAG) !== 0) {
      return { stub: Buffer.concat(stubs), fragments: stubs.length };
    }
  }
}

describe("a bind", () => {
  /** The result list of the answer to a bind with these contexts. */
  function results(pipe: PipeEndpoint, contexts: readonly (readonly string[])[]): string {
    pipe.write(bindOf(contexts));
    const { type, bytes } = next(pipe);
    expect(type).toBe(PduType.BIND_ACK);
    return Buffer.from(bytesOf(bytes).subarray(16 + 10 + 14)).toString("hex");
  }
  const flat = (text: string) => Buffer.from(bytesOf(hex(text))).toString("hex");

  it("is acknowledged as smbclient expects it", () => {
    const pipe = open();
    expect(pipe.write(bind)).toBe(NtStatus.SUCCESS);
    const golden = hex(`
      05 00 0c 03 10000000 4400 0000 01000000
      b810 b810 01000000                            # sizes, assoc_group_id
      0d00 5c504950455c73727673766300 00            # "\\PIPE\\srvsvc", padding
      01 00 0000  0000 0000 ${NDR32}
    `);
    expect(Buffer.from(pipe.read(1024)!.data)).toEqual(Buffer.from(bytesOf(golden)));
  });

  it("gets one result for each context: NDR32 taken, NDR64 rejected, features acknowledged", () => {
    const contexts = [
      [SRVSVC, NDR32],
      [SRVSVC, NDR64],
      [SRVSVC, FEATURES],
    ];
    expect(results(open(), contexts)).toBe(
      flat(`03 00 0000  0000 0000 ${NDR32}  0200 0200 ${NONE}  0300 0200 ${NONE}`),
    );
  });

  it("takes NDR32 wherever it stands in a list", () => {
    expect(results(open(), [[SRVSVC, NDR64, NDR32]])).toBe(flat(`01 00 0000 0000 0000 ${NDR32}`));
  });

  it.each([
    { what: "another interface", abstract: "98d0ff6b12a11036983346c3f87e345a 01000000" },
    { what: "another major version", abstract: "c84f324b7016d30112785a47bf6ee188 04000000" },
    { what: "a newer minor version", abstract: "c84f324b7016d30112785a47bf6ee188 03000100" },
  ])("is told that $what is not there", ({ abstract }) => {
    expect(results(open(), [[abstract, NDR32]])).toBe(flat(`01 00 0000 0200 0100 ${NONE}`));
  });

  it.each([
    { what: "authentication", change: [10, 8], reason: 8 },
    { what: "another version of the protocol", change: [0, 4], reason: 4 },
    { what: "no context", change: [24, 0], reason: 0 },
  ])("with $what is refused", ({ change: [at = 0, value = 0], reason }) => {
    const pipe = open();
    const changed = bind.slice();
    changed[at] = value;
    expect(pipe.write(changed)).toBe(NtStatus.SUCCESS);
    const { type, bytes } = next(pipe);
    expect(type).toBe(PduType.BIND_NAK);
    expect(bytes.getUint16(PduHeader.size, true)).toBe(reason);
    pipe.write(request());
    expect(nextFault(pipe)).toBe(FaultStatus.PROTO_ERROR);
  });

  it("is refused the second time, and the first stays good", () => {
    const pipe = open();
    pipe.write(bind);
    next(pipe);
    pipe.write(bind);
    expect(next(pipe).type).toBe(PduType.BIND_NAK);
    pipe.write(shareEnum);
    expect(next(pipe).type).toBe(PduType.RESPONSE);
  });

  it("never agrees on fragments that some client could not take", () => {
    const pipe = open();
    const tiny = bind.slice();
    tiny.fill(0, 16, 20);
    pipe.write(tiny);
    const { bytes } = next(pipe);
    expect([bytes.getUint16(16, true), bytes.getUint16(18, true)]).toEqual([1432, 1432]);
  });
});

describe("a call", () => {
  let pipe: PipeEndpoint;
  beforeEach(() => {
    pipe = open();
    pipe.write(bind);
    next(pipe);
  });

  it("is answered under its own id and context", () => {
    pipe.write(shareEnum);
    const { type, callId, bytes } = next(pipe);
    expect({ type, callId }).toEqual({ type: PduType.RESPONSE, callId: 2 });
    expect(ResponseFields.read(bytes, 16)).toMatchObject({ contId: 0 });
  });

  it("before the bind is a fault", () => {
    const fresh = open();
    expect(fresh.write(shareEnum)).toBe(NtStatus.SUCCESS);
    expect(nextFault(fresh)).toBe(FaultStatus.PROTO_ERROR);
  });

  it.each([
    { what: "of an unknown operation", call: { opnum: 99 }, status: FaultStatus.OP_RNG_ERROR },
    { what: "in an unknown context", call: { contId: 5 }, status: FaultStatus.UNK_IF },
    {
      what: "with parameters cut short",
      call: { stub: shareEnumStub.subarray(0, 20) },
      status: FaultStatus.BAD_STUB_DATA,
    },
    { what: "that begins in its middle", call: { pfcFlags: 2 }, status: FaultStatus.PROTO_ERROR },
  ])("$what is a fault, and the next call is answered", ({ call, status }) => {
    pipe.write(request(call));
    expect(nextFault(pipe)).toBe(status);
    pipe.write(shareEnum);
    expect(next(pipe).type).toBe(PduType.RESPONSE);
  });

  it("that claims to be protected is a fault", () => {
    const claims = request();
    claims[10] = 8; // auth_length
    pipe.write(claims);
    expect(nextFault(pipe)).toBe(FaultStatus.ACCESS_DENIED);
  });

  it("may name an object, which is passed over", () => {
    const stub = Buffer.concat([new Uint8Array(16).fill(7), shareEnumStub]);
    pipe.write(request({ pfcFlags: 3 | PfcFlags.OBJECT_UUID, stub }));
    expect(next(pipe).type).toBe(PduType.RESPONSE);
  });

  it("may use a context of a later ALTER_CONTEXT", () => {
    pipe.write(
      bindOf(
        [
          [SRVSVC, NDR64],
          [SRVSVC, NDR32],
        ],
        PduType.ALTER_CONTEXT,
      ),
    );
    const { type, bytes } = next(pipe);
    expect(type).toBe(PduType.ALTER_CONTEXT_RESP);
    expect(bytes.getUint16(24, true)).toBe(0); // no secondary address
    pipe.write(request({ contId: 1 }));
    expect(next(pipe).type).toBe(PduType.RESPONSE);
  });

  it("is put together of its fragments, however the writes are cut", () => {
    const bytes = Buffer.concat([
      request({ pfcFlags: PfcFlags.FIRST_FRAG, stub: shareEnumStub.subarray(0, 24) }),
      request({ pfcFlags: 0, stub: shareEnumStub.subarray(24, 40) }),
      request({ pfcFlags: PfcFlags.LAST_FRAG, stub: shareEnumStub.subarray(40) }),
    ]);
    pipe.write(shareEnum);
    const expected = wholeResponse(pipe).stub;
    fc.assert(
      fc.property(fc.array(fc.nat({ max: bytes.length })), (cuts) => {
        const ends = [...cuts.sort((a, b) => a - b), bytes.length];
        let start = 0;
        for (const end of ends) {
          const memory = Uint8Array.from(bytes.subarray(start, end));
          expect(pipe.write(memory)).toBe(NtStatus.SUCCESS);
          memory.fill(0xff); // it was ours only until the write returned
          start = end;
        }
        expect(wholeResponse(pipe).stub).toEqual(expected);
      }),
    );
  });

  it.each([
    { what: "of another call", second: { callId: 3 } },
    { what: "of another operation", second: { opnum: 16 } },
    { what: "that begins anew", second: { pfcFlags: PfcFlags.FIRST_FRAG } },
  ])("with a fragment $what in it is a fault", ({ second }) => {
    pipe.write(request({ pfcFlags: PfcFlags.FIRST_FRAG }));
    pipe.write(request({ pfcFlags: PfcFlags.LAST_FRAG, ...second }));
    expect(nextFault(pipe)).toBe(FaultStatus.PROTO_ERROR);
  });

  it("given up by its client makes room for the next", () => {
    pipe.write(request({ pfcFlags: PfcFlags.FIRST_FRAG, callId: 2 }));
    pipe.write(pdu({ ptype: PduType.ORPHANED, pfcFlags: 3, callId: 2 }, new Uint8Array(0)));
    pipe.write(request({ callId: 3 }));
    expect(next(pipe)).toMatchObject({ type: PduType.RESPONSE, callId: 3 });
  });

  it("longer than the limit is a fault", () => {
    const stub = new Uint8Array(4096);
    pipe.write(request({ pfcFlags: PfcFlags.FIRST_FRAG, stub }));
    for (let length = stub.length; length < MAX_STUB_LENGTH; length += stub.length) {
      expect(pipe.bytesAvailable).toBe(0);
      pipe.write(request({ pfcFlags: 0, stub }));
    }
    pipe.write(request({ pfcFlags: 0, stub }));
    expect(nextFault(pipe)).toBe(FaultStatus.REMOTE_NO_MEMORY);
  });

  it("of endless empty fragments is a fault", () => {
    const stub = new Uint8Array(0);
    pipe.write(request({ pfcFlags: PfcFlags.FIRST_FRAG, stub }));
    for (let i = 0; i < MAX_FRAGMENTS_PER_CALL; i++) pipe.write(request({ pfcFlags: 0, stub }));
    expect(nextFault(pipe)).toBe(FaultStatus.REMOTE_NO_MEMORY);
  });

  it("about 500 shares is answered in fragments of the size agreed on", () => {
    const large = open(500);
    large.write(bind);
    next(large);
    large.write(shareEnum);
    const { stub, fragments } = wholeResponse(large);
    expect(stub.length).toBeGreaterThan(30_000);
    expect(fragments).toBe(Math.ceil(stub.length / (4280 - 24)));
    expect(large.bytesAvailable).toBe(0);
    for (let i = 0; i < 500; i++) {
      expect(Buffer.from(stub).includes(Buffer.from(`share${i}\0`, "utf16le"))).toBe(true);
    }
  });
});

describe("the pipe", () => {
  it("gives a long message in parts, and says that there is more", () => {
    const pipe = open();
    pipe.write(bind);
    expect(pipe.bytesAvailable).toBe(68);
    const first = pipe.read(60)!;
    expect(first).toMatchObject({ isMore: true });
    expect(pipe.bytesAvailable).toBe(8);
    const second = pipe.read(60)!;
    expect([first.data.length, second.data.length, second.isMore]).toEqual([60, 8, false]);
    expect(pipe.read(60)).toBeUndefined();
  });

  it("gives one message at a time", () => {
    const pipe = open();
    pipe.write(Buffer.concat([bind, shareEnum]));
    expect(next(pipe).type).toBe(PduType.BIND_ACK);
    expect(next(pipe).type).toBe(PduType.RESPONSE);
    expect(pipe.read(1024)).toBeUndefined();
  });

  it("tells a reader that waits when there is something to read", () => {
    const pipe = open();
    const read: number[] = [];
    pipe.onData = () => read.push(pipe.read(1024)!.data.length);
    pipe.write(bind.subarray(0, 30));
    expect(read).toEqual([]);
    pipe.write(bind.subarray(30));
    expect(read).toEqual([68]);
  });

  it.each([
    { what: "a length below that of a header", bytes: "05000b03100000000f00000001000000" },
    { what: "a length beyond the limit", bytes: "05000b0310000000ffff000001000000" },
    { what: "big-endian numbers", bytes: "05000003000000001000000001000000" },
    { what: "a message of servers", bytes: "05000203100000001000000001000000" },
    { what: "a bind that ends in its middle", bytes: "05000b03100000001000000001000000" },
  ])("is disconnected by $what", ({ bytes }) => {
    const pipe = open();
    let calls = 0;
    pipe.onData = () => calls++;
    expect(pipe.write(bytesOf(hex(bytes)))).toBe(NtStatus.PIPE_DISCONNECTED);
    expect(pipe).toMatchObject({ isDisconnected: true, bytesAvailable: 0 });
    expect(calls).toBe(1);
    expect(pipe.write(bind)).toBe(NtStatus.PIPE_DISCONNECTED);
    expect(pipe.read(1024)).toBeUndefined();
  });

  it("lets what was answered before a disconnection be read", () => {
    const pipe = open();
    expect(pipe.write(Buffer.concat([bind, new Uint8Array(16)]))).toBe(NtStatus.SUCCESS);
    expect(pipe.isDisconnected).toBe(true);
    expect(next(pipe).type).toBe(PduType.BIND_ACK);
    expect(pipe.write(shareEnum)).toBe(NtStatus.PIPE_DISCONNECTED);
  });

  it("is disconnected by a client that asks and never reads", () => {
    const pipe = open(500);
    pipe.write(bind);
    const longest = 60_000; // of one answer
    for (let i = 0; i < 100 && !pipe.isDisconnected; i++) pipe.write(shareEnum);
    expect(pipe.isDisconnected).toBe(true);
    expect(pipe.bytesAvailable).toBeLessThan(MAX_UNREAD_LENGTH + longest);
  });

  it("has nothing left once it is closed", () => {
    const pipe = open();
    pipe.write(bind);
    pipe.close();
    expect(pipe).toMatchObject({ bytesAvailable: 0, isDisconnected: true });
    expect(pipe.read(1024)).toBeUndefined();
  });

  it("answers, faults or disconnects, whatever is written", () => {
    const golden = [bind, shareEnum, bindOf([[SRVSVC, NDR32]], PduType.ALTER_CONTEXT)];
    const flipped = fc
      .tuple(fc.constantFrom(...golden), fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 }))))
      .map(([message, changes]) => {
        const bytes = message.slice();
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        return bytes;
      });
    const cut = fc
      .tuple(flipped, fc.nat())
      .map(([bytes, length]) => bytes.slice(0, length % bytes.length));
    const anything = fc.oneof(flipped, cut, fc.uint8Array({ maxLength: 100 }));
    fc.assert(
      fc.property(fc.array(anything), fc.boolean(), (writes, isBound) => {
        const pipe = open();
        if (isBound) pipe.write(bind);
        for (const bytes of writes) {
          const wasDisconnected = pipe.isDisconnected;
          const status = pipe.write(bytes);
          expect([NtStatus.SUCCESS, NtStatus.PIPE_DISCONNECTED]).toContain(status);
          if (wasDisconnected) expect(status).toBe(NtStatus.PIPE_DISCONNECTED);
          while (pipe.bytesAvailable > 0) {
            expect(next(pipe).bytes.byteLength).toBeLessThanOrEqual(MAX_FRAGMENT_LENGTH);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
