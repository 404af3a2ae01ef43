import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, WireError } from "../bytes/index.js";
import { hex } from "../testing/hex.js";
import { BufferPool } from "./buffer-pool.js";
import { FRAME_HEADER_SIZE, FrameReader } from "./frame-reader.js";
import { MAX_FIRST_MESSAGE_SIZE, MAX_MESSAGE_SIZE } from "./limits.js";

/** A message of one size, told from others by its content. */
function message(size: number, seed: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: size }, (_, i) => (i * 7 + seed * 31) & 0xff));
}

function framed(messages: readonly Buffer[]): Buffer {
  const frames = messages.map((body) => {
    const header = Buffer.alloc(FRAME_HEADER_SIZE);
    header.writeUInt32BE(body.length);
    return Buffer.concat([header, body]);
  });
  return Buffer.concat(frames);
}

/** A stream, cut at these places. */
function pieces(stream: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (stream.length + 1)))].sort((a, b) => a - b);
  const starts = [0, ...places];
  return starts.map((start, i) => Buffer.from(stream.subarray(start, starts[i + 1])));
}

const sizes = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 90_000 })),
  {
    minLength: 1,
    maxLength: 6,
  },
);
const cuts = fc.array(fc.nat(), { maxLength: 12 });

describe("a frame reader", () => {
  it("reads a message behind its length", () => {
    const taken: string[] = [];
    const reader = new FrameReader(new BufferPool(), (body) => {
      taken.push(body.toString("latin1"));
      return undefined;
    });
    const stream = hex(`
      00 000003 # a zero byte, the length
      616263    # the message
      00 000001 78
    `);
    reader.push(Buffer.from(bytesOf(stream)));
    expect(taken).toEqual(["abc", "x"]);
  });

  it("gives the same messages however the stream is cut", () => {
    fc.assert(
      fc.property(sizes, cuts, (sizes, cuts) => {
        const messages = sizes.map(message);
        const taken: Buffer[] = [];
        const reader = new FrameReader(new BufferPool(), (body) => {
          taken.push(Buffer.from(body));
          return undefined;
        });
        for (const piece of pieces(framed(messages), cuts)) reader.push(piece);
        expect(taken.map((body) => body.toString("hex"))).toEqual(
          messages.map((body) => body.toString("hex")),
        );
      }),
    );
  });

  it("passes each message on as soon as its last byte is there", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (sizes) => {
        let taken = 0;
        const reader = new FrameReader(new BufferPool(), () => {
          taken++;
          return undefined;
        });
        for (const [i, size] of sizes.entries()) {
          const frame = framed([message(size, i)]);
          for (const byte of frame) {
            expect(taken).toBe(i);
            reader.push(Buffer.of(byte));
          }
        }
        expect(taken).toBe(sizes.length);
      }),
    );
  });

  it("keeps the bytes of a message that was put together until its promise settles", async () => {
    const pool = new BufferPool();
    const taken: Buffer[] = [];
    const finish: (() => void)[] = [];
    const reader = new FrameReader(pool, (body) => {
      taken.push(body);
      return new Promise((resolve) => finish.push(resolve));
    });
    const messages = [1, 2, 3].map((seed) => message(70_000, seed));
    for (const piece of pieces(framed(messages), [1000, 71_000, 141_000])) reader.push(piece);
    expect(taken.map((body) => body.equals(messages[taken.indexOf(body)]!))).toEqual([
      true,
      true,
      true,
    ]);
    expect(pool.pooledBytes).toBe(0);
    for (const end of finish) end();
    await new Promise(setImmediate);
    expect(pool.pooledBytes).toBeGreaterThanOrEqual(3 * 70_000);
  });

  it.each([
    { who: "a client that is not known", limit: MAX_FIRST_MESSAGE_SIZE, isKnown: false },
    { who: "one that is", limit: MAX_MESSAGE_SIZE, isKnown: true },
  ])("takes the largest message of $who, and refuses a larger one unread", ({ limit, isKnown }) => {
    const pushHeader = (size: number) => {
      const reader = new FrameReader(new BufferPool(), () => undefined);
      if (isKnown) reader.maxMessageSize = MAX_MESSAGE_SIZE;
      const header = Buffer.alloc(FRAME_HEADER_SIZE);
      header.writeUInt32BE(size);
      reader.push(header);
    };
    pushHeader(limit);
    expect(() => {
      pushHeader(limit + 1);
    }).toThrow(WireError);
  });

  it("gives the same messages when it says itself where the bytes are to be put", () => {
    return fc.assert(
      fc.asyncProperty(sizes, fc.array(fc.integer({ min: 1, max: 30_000 })), (sizes, reads) => {
        const messages = sizes.map(message);
        const stream = framed(messages);
        const taken: Promise<string>[] = [];
        const reader = new FrameReader(new BufferPool(), (body) => {
          const late = Promise.resolve().then(() => body.toString("hex"));
          taken.push(late);
          return late.then(() => undefined);
        });
        for (let at = 0, i = 0; at < stream.length; i++) {
          const wanted = reads[i % Math.max(reads.length, 1)] ?? 1000;
          const length = stream.copy(reader.space, 0, at, at + wanted);
          reader.advance(length);
          at += length;
        }
        return Promise.all(taken).then((texts) => {
          expect(texts).toEqual(messages.map((body) => body.toString("hex")));
        });
      }),
    );
  });

  it("asks for more memory while much comes, and for little again when little does", () => {
    const reader = new FrameReader(new BufferPool(), () => undefined);
    const receive = (messages: readonly Buffer[]) => {
      const { space } = reader;
      reader.advance(framed(messages).copy(space));
      return reader.space.length;
    };
    const small = message(60, 1); // frames of 64 bytes, so that none is cut
    const idle = reader.space.length;
    const many = Array.from({ length: 1000 }, () => small);
    expect(receive(many.slice(0, 10))).toBe(idle);
    const busy = receive(many);
    expect(busy).toBeGreaterThan(idle);
    expect(receive(many.slice(0, 100))).toBe(busy);
    expect(receive([small])).toBe(idle);
  });

  it.each([
    { what: "a NetBIOS keep-alive", bytes: "85 000000" },
    { what: "a NetBIOS session request", bytes: "81 000044" },
    { what: "a message of no bytes", bytes: "00 000000" },
    { what: "text", bytes: "47455420" },
  ])("refuses $what, whole or byte by byte", ({ bytes }) => {
    const stream = Buffer.from(bytesOf(hex(bytes)));
    const whole = new FrameReader(new BufferPool(), () => undefined);
    expect(() => {
      whole.push(stream);
    }).toThrow(WireError);
    const cut = new FrameReader(new BufferPool(), () => undefined);
    expect(() => {
      for (const byte of stream) cut.push(Buffer.of(byte));
    }).toThrow(WireError);
  });
});
