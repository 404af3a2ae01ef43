import fc from "fast-check";
import { describe, it } from "vitest";
import { memory } from "../../filesystems/memory/index.js";
import {
  CreateDisposition,
  DELETE,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  FILE_WRITE_DATA,
} from "../../nt/index.js";
import { KernelStage, type LeaseName, type OplockName, SmbStage } from "../conformance/index.js";
import { late } from "../late-file-system.js";
import type { LockWish, OpenWish, Operation } from "./operation.js";
import { Play } from "./play.js";

/** `ANYMOUNT_NIGHTLY=1`: more of everything. */
const isNightly = process.env["ANYMOUNT_NIGHTLY"] === "1";
const RUNS = isNightly ? 10_000 : 300;
const MAX_OPERATIONS = 60;
const TIMEOUT_MS = isNightly ? 7_200_000 : 120_000;

const NAMES = ["a", "a", "a", "a", "b", "d", "d", "d\\a", "d\\b"];
const STREAMS = ["a:s", "a:t", "d\\a:s"];
const ALL = FILE_READ_DATA | FILE_WRITE_DATA | DELETE;
const OPLOCKS: readonly OplockName[] = ["none", "II", "exclusive", "batch"];
const LEASES: readonly LeaseName[] = ["none", "R", "RH", "RW", "RWH"];
const LEASE_KEYS = [0, 1];

const offset = fc.nat({ max: 20 });

const wish: fc.Arbitrary<OpenWish> = fc
  .record({
    path: fc.constantFrom(...NAMES, ...NAMES, ...STREAMS),
    disposition: fc.constantFrom(
      ...(Object.keys(CreateDisposition) as (keyof typeof CreateDisposition)[]),
      ...Array.from({ length: 8 }, () => "OPEN" as const),
      ...Array.from({ length: 8 }, () => "OPEN_IF" as const),
    ),
    access: fc.constantFrom(
      ALL,
      ALL,
      ALL,
      ALL,
      FILE_READ_DATA,
      FILE_WRITE_DATA,
      DELETE,
      FILE_READ_DATA | FILE_WRITE_DATA,
      FILE_READ_ATTRIBUTES,
    ),
    shares: fc.oneof({ weight: 4, arbitrary: fc.constant(7) }, { weight: 1, arbitrary: fc.nat(7) }),
    kind: fc.oneof(
      { weight: 6, arbitrary: fc.constant("any" as const) },
      { weight: 1, arbitrary: fc.constant("file" as const) },
      { weight: 1, arbitrary: fc.constant("directory" as const) },
    ),
    isDeleteOnClose: fc.oneof(
      { weight: 9, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) },
    ),
    keeping: fc.oneof(
      fc.record({ oplock: fc.constantFrom(...OPLOCKS) }),
      fc.record({
        lease: fc.record({
          key: fc.constantFrom(...LEASE_KEYS),
          state: fc.constantFrom(...LEASES, "RWH" as const, "RH" as const),
        }),
      }),
    ),
  })
  .map((some) => ({
    ...some,
    isDeleteOnClose: some.isDeleteOnClose && (some.access & DELETE) !== 0,
  }));

const range: fc.Arbitrary<LockWish> = fc.record({
  offset: fc.nat({ max: 3 }).map((n) => 5 * n),
  length: fc.constantFrom(5, 10),
  isExclusive: fc.boolean(),
});

const whose = { client: fc.nat({ max: 2 }), slot: fc.nat({ max: 1 }) };

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 20, arbitrary: fc.record({ ...whose, kind: fc.constant("open" as const), wish }) },
  { weight: 5, arbitrary: fc.record({ ...whose, kind: fc.constant("close" as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      ...whose,
      kind: fc.constant("read" as const),
      offset,
      length: fc.integer({ min: 1, max: 20 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      ...whose,
      kind: fc.constant("write" as const),
      offset,
      text: fc.constantFrom("x", "abc", "0123456789"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ ...whose, kind: fc.constant("truncate" as const), size: offset }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      ...whose,
      kind: fc.constant("delete" as const),
      isDelete: fc.boolean(),
      isPosix: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      ...whose,
      kind: fc.constant("rename" as const),
      path: fc.constantFrom(...NAMES, ":s", ":t"),
      replaces: fc.boolean(),
      isPosix: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ ...whose, kind: fc.constant("lock" as const), range }) },
  {
    weight: 2,
    arbitrary: fc.record({ ...whose, kind: fc.constant("wait for lock" as const), range }),
  },
  { weight: 2, arbitrary: fc.record({ ...whose, kind: fc.constant("unlock" as const), range }) },
  {
    weight: 5,
    arbitrary: fc.record({
      ...whose,
      kind: fc.constant("acknowledge" as const),
      oplock: fc.constantFrom("none" as const, "II" as const),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      ...whose,
      kind: fc.constant("acknowledge lease" as const),
      key: fc.constantFrom(...LEASE_KEYS),
      keeps: fc.oneof(
        { weight: 4, arbitrary: fc.constant("as asked" as const) },
        { weight: 1, arbitrary: fc.constantFrom(...LEASES) },
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      ...whose,
      kind: fc.constant("list" as const),
      path: fc.constantFrom("", "d"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ ...whose, kind: fc.constant("disconnect" as const) }) },
  { weight: 1, arbitrary: fc.record({ ...whose, kind: fc.constant("let time pass" as const) }) },
);

/** The same, where all want the one file, and share it: so that breaks cross each other. */
function crowded(some: Operation): Operation {
  if (some.kind !== "open") return some;
  const { path } = some.wish;
  const wish = { ...some.wish, shares: 7, kind: "any" } as const;
  return { ...some, wish: { ...wish, path: path.includes(":") ? "a:s" : "a" } };
}

/** Of any length alike: short ones alone would meet few of each other. */
const operations = fc
  .tuple(
    fc.noBias(fc.array(operation, { maxLength: MAX_OPERATIONS, size: "max" })),
    fc.constantFrom(true, false),
  )
  .map(([all, isCrowded]) => (isCrowded ? all.map(crowded) : all));

const make = () => memory({ maxSize: 2 ** 24 });

describe("three clients at once", { timeout: TIMEOUT_MS }, () => {
  it.each([
    { way: "the kernel", begin: () => KernelStage.begin(make()) },
    { way: "the kernel, late", begin: () => KernelStage.begin(late(make())) },
    { way: "SMB", begin: () => SmbStage.begin(make(), { protection: "unsigned" }) },
  ])("see through $way what the model says, and leave nothing behind", async ({ begin }) => {
    await fc.assert(
      fc.asyncProperty(operations, async (all) => {
        const stage = await begin();
        await new Play(stage).run(all);
        await stage.end();
      }),
      { numRuns: RUNS },
    );
  });
});
