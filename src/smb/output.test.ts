import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BufferPool } from "./buffer-pool.js";
import { MAX_GATHERING_MS, OUTPUT_SLAB_SIZE } from "./limits.js";
import { Output, type Region } from "./output.js";
import { SlabPool } from "./slab.js";

/** A network that takes what it is given and says later that it has left. */
class SlowSink {
  readonly writes: { readonly segments: readonly Uint8Array[]; readonly sent: () => void }[] = [];

  write(segments: readonly Uint8Array[], sent: () => void): void {
    this.writes.push({ segments, sent });
  }
}

function newOutput(): { output: Output; sink: SlowSink } {
  const sink = new SlowSink();
  return { output: new Output(sink, newMemory()), sink };
}

function newMemory() {
  return { pool: new BufferPool(), slabs: new SlabPool() };
}

function joined(segments: readonly Uint8Array[]): string {
  return Buffer.concat(segments).toString("latin1");
}

function reserved(output: Output, text: string): Region {
  const region = output.reserve(text.length);
  region.bytes().write(text, "latin1");
  return region;
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("reserve" as const),
      size: fc.oneof(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: OUTPUT_SLAB_SIZE }),
      ),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("send" as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("drop" as const), which: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("shrink" as const),
      which: fc.nat(),
      to: fc.nat(100),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("bytes" as const), size: fc.nat(50) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("flush" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("sent" as const) }) },
);

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Regions that are being written, and texts that were queued or are on their way, naively. */
class Model {
  readonly #sink = new SlowSink();
  readonly #output = new Output(this.#sink, newMemory());
  readonly #open: { readonly region: Region; text: string }[] = [];
  #queued = "";
  readonly #onTheWay: string[] = [];
  #seed = 0;

  run(step: Step): void {
    switch (step.kind) {
      case "reserve": {
        const text = this.#text(step.size);
        this.#open.push({ region: reserved(this.#output, text), text });
        return;
      }
      case "bytes": {
        const text = this.#text(step.size);
        this.#output.sendBytes(Buffer.from(text, "latin1"));
        this.#queued += text;
        return;
      }
      case "flush":
        if (this.#queued !== "") this.#onTheWay.push(this.#queued);
        this.#queued = "";
        this.#output.flush();
        return;
      case "sent":
        this.#checkSent();
        return;
      case "send":
      case "drop":
      case "shrink":
        this.#runOnRegion(step);
    }
  }

  #runOnRegion(step: { kind: "send" | "drop" | "shrink"; which: number; to?: number }): void {
    const at = step.which % Math.max(1, this.#open.length);
    const entry = this.#open[at];
    if (entry === undefined) return;
    if (step.kind === "shrink") {
      const size = Math.max(1, Math.min(step.to ?? 0, entry.text.length));
      this.#output.shrink(entry.region, size);
      entry.text = entry.text.slice(0, size);
      return;
    }
    this.#open.splice(at, 1);
    if (step.kind === "drop") {
      this.#output.drop(entry.region);
    } else {
      this.#output.sendRegion(entry.region);
      this.#queued += entry.text;
    }
  }

  /** What is open or on its way is as it was written: nobody else was given its memory. */
  check(): void {
    for (const { region, text } of this.#open) {
      expect(region.bytes().toString("latin1") === text).toBe(true);
    }
    expect(this.#sink.writes.map(({ segments }) => joined(segments))).toEqual(this.#onTheWay);
  }

  #checkSent(): void {
    this.check();
    this.#onTheWay.shift();
    this.#sink.writes.shift()?.sent();
  }

  #text(size: number): string {
    const character = String.fromCharCode(33 + (this.#seed++ % 90));
    return character.repeat(size);
  }
}

const steps = fc.array(step, { maxLength: 60 });

describe("the output of a connection", () => {
  it("sends what was queued, in order, and gives no memory out twice", () => {
    fc.assert(
      fc.property(steps, (steps) => {
        const model = new Model();
        for (const step of steps) model.run(step);
        model.check();
      }),
      { numRuns: 200 },
    );
  });

  it("sends answers that lie side by side as one run of bytes", () => {
    const { output, sink } = newOutput();
    for (const text of ["one ", "two ", "three"]) output.sendRegion(reserved(output, text));
    output.flush();
    expect(sink.writes).toHaveLength(1);
    expect(sink.writes[0]!.segments).toHaveLength(1);
    expect(joined(sink.writes[0]!.segments)).toBe("one two three");
  });

  it("sends them in the order they were queued in, not the one they were reserved in", () => {
    const { output, sink } = newOutput();
    const regions = ["one ", "two ", "three "].map((text) => reserved(output, text));
    for (const region of regions.reverse()) output.sendRegion(region);
    output.flush();
    expect(joined(sink.writes[0]!.segments)).toBe("three two one ");
  });

  it("sends nothing where nothing is queued", () => {
    const { output, sink } = newOutput();
    output.flush();
    output.drop(reserved(output, "dropped"));
    output.flush();
    expect(sink.writes).toEqual([]);
  });

  it("uses memory again that has left, and none that has not", () => {
    const { output, sink } = newOutput();
    const first = reserved(output, "first");
    output.sendRegion(first);
    output.flush();
    const second = reserved(output, "second");
    expect(second.at).toBeGreaterThanOrEqual(first.at + 5);
    output.sendRegion(second);
    output.flush();
    for (const { sent } of sink.writes) sent();
    const third = reserved(output, "third");
    expect(third.slab).toBe(first.slab);
    expect(third.at).toBe(first.at);
  });

  it("gives the end of a region back that turned out shorter", () => {
    const { output } = newOutput();
    const first = output.reserve(1000);
    output.shrink(first, 10);
    expect(output.reserve(10).at).toBe(first.at + 10);
  });

  it("lays a large answer in memory of its own, which goes back to the pool when it has left", () => {
    const sink = new SlowSink();
    const pool = new BufferPool();
    const output = new Output(sink, { pool, slabs: new SlabPool() });
    const large = output.reserve(1024 * 1024);
    output.sendRegion(large);
    output.flush();
    expect(pool.pooledBytes).toBe(0);
    sink.writes[0]!.sent();
    expect(pool.pooledBytes).toBeGreaterThanOrEqual(1024 * 1024);
  });
});

describe("a connection that has nothing to send", () => {
  it("holds no memory for answers", () => {
    const memory = newMemory();
    const sink = new SlowSink();
    const output = new Output(sink, memory);
    output.sendRegion(reserved(output, "answer"));
    output.drop(output.reserve(100));
    output.flush();
    expect(memory.slabs.spareCount).toBe(0);
    sink.writes[0]!.sent();
    expect(memory.slabs.spareCount).toBe(1);
  });
});

describe("answers of one turn", () => {
  function queueAt(...times: readonly number[]): number {
    let now = 0;
    const sink = new SlowSink();
    const output = new Output(sink, newMemory(), () => now);
    output.turnBegins();
    for (const time of times) {
      now = time;
      output.sendRegion(reserved(output, "answer"));
      output.messageQueued();
    }
    output.flush();
    return sink.writes.length;
  }

  it("leave together where they are made fast", () => {
    expect(queueAt(0.01, 0.02, MAX_GATHERING_MS)).toBe(1);
  });

  it("leave one by one where each takes its time", () => {
    expect(queueAt(1, 2, 3)).toBe(3);
  });
});
