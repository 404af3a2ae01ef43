/**
 * An overlay of layers and a RAM drive that holds what they hold together: whatever is done, clients see the same; and the
 * lower layers stay as they are.
 *
 * @packageDocumentation
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Caller, FileInfo, FileSystem } from "../../fs/index.js";
import type { Open } from "../../kernel/index.js";
import {
  CreateDisposition,
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_ATTRIBUTE_HIDDEN,
  FILE_DIRECTORY_FILE,
  FILE_NON_DIRECTORY_FILE,
  FILE_OPEN_REPARSE_POINT,
  joinPath,
  writeSymbolicLink,
} from "../../nt/index.js";
import { balanced } from "../../testing/balanced-file-system.js";
import { late } from "../../testing/late-file-system.js";
import { outcomeOf, VolumeDriver } from "../../testing/volume-driver.js";
import { memory } from "../memory/index.js";
import { overlay } from "./index.js";

const CALLER: Caller = {
  userName: "anna",
  userSid: "S-1-5-21-1-2-3-1001",
  groupSids: ["S-1-1-0"],
  sessionId: 1,
  clientAddress: "",
};
const isNightly = process.env["ANYMOUNT_NIGHTLY"] === "1";
const MAX_TEST_MS = isNightly ? 1_800_000 : 60_000;
const LOOK = { createOptions: 0, grantedAccess: 0 };
const OLD = 131_000_000_000_000_000n;
const NOW = 133_000_000_000_000_000n;

/** What is there at first, and in which layer: what is in both shows as it is in the first. */
const BEGINNING: readonly {
  readonly path: string;
  readonly layers: string;
  readonly kind?: string;
}[] = [
  { path: "a", layers: "12", kind: "directory" },
  { path: "a\\b", layers: "2", kind: "directory" },
  { path: "a\\b\\deep", layers: "2" },
  { path: "a\\one", layers: "1", kind: "rich" },
  { path: "a\\both", layers: "12" },
  { path: "c", layers: "2", kind: "directory" },
  { path: "c\\two", layers: "2", kind: "sparse" },
  { path: "linked", layers: "1" },
  { path: "a\\link", layers: "1", kind: "link to linked" },
  { path: "symbolic", layers: "2", kind: "symbolic" },
  { path: "top", layers: "1", kind: "rich" },
  { path: "top\\hidden", layers: "x" },
];

async function populate(layer: string): Promise<FileSystem> {
  const fileSystem = drive(OLD);
  const driver = new VolumeDriver(fileSystem);
  for (const { path, layers, kind = "plain" } of BEGINNING) {
    const isWanted = layer === "all" ? layers !== "x" : layers.includes(layer);
    if (!isWanted) continue;
    // What the first layer has counts where both have something.
    const text = layers === "12" && layer === "2" ? "hidden" : `${path} as it was`;
    await put(driver, path, kind, text);
  }
  return fileSystem;
}

async function put(driver: VolumeDriver, path: string, kind: string, text: string): Promise<void> {
  if (kind === "directory") return driver.makeDirectory(path);
  if (kind.startsWith("link to ")) {
    const open = await driver.open(kind.slice("link to ".length));
    await open.makeLink({ newName: path, replaceIfExists: false });
    await open.close();
    return;
  }
  await driver.makeFile(path, text);
  const open = await driver.open(path);
  if (kind === "rich") {
    await driver.makeFile(`${path}:stream`, "a stream");
    await open.setEas([{ name: "EA", value: Buffer.from("value"), isNeeded: false }]);
    await open.setBasicInfo({
      ...KEEP,
      fileAttributes: FILE_ATTRIBUTE_HIDDEN,
      lastWriteTicks: OLD - 5n,
    });
  } else if (kind === "sparse") {
    await open.setSparse(true);
    await open.setEndOfFile(300_000);
    await open.write(Buffer.from("end"), 299_000);
  } else if (kind === "symbolic") {
    const { volume, file, caller } = open;
    const data = writeSymbolicLink({ substituteName: "c", printName: "c", isRelative: true });
    await volume.fileSystem.setReparsePoint?.(file, data, caller);
  }
  await open.close();
}

const KEEP = {
  fileAttributes: 0,
  creationTicks: 0n,
  lastAccessTicks: 0n,
  lastWriteTicks: 0n,
  changeTicks: 0n,
};

/** A drive whose clock stands still, and moves on to now when it is told to. */
function drive(ticks: bigint) {
  const clock = { ticks };
  const fileSystem = memory({ maxSize: 2 ** 24, now: () => clock.ticks });
  clocks.set(fileSystem, clock);
  return fileSystem;
}

const clocks = new WeakMap<object, { ticks: bigint }>();

/** All that clients can see of a tree, one line for each name. */
async function snapshot(fileSystem: FileSystem, path = "\\"): Promise<string[]> {
  const { file, info } = await fileSystem.open(path, LOOK, CALLER);
  const lines: string[] = [];
  try {
    const eas = (await fileSystem.getExtendedAttributes?.(file, CALLER)) ?? [];
    const streams = (await fileSystem.getStreams?.(file, CALLER)) ?? [];
    const contents: string[] = [];
    for (const { name } of streams) {
      const at = name === "" ? path : `${path}:${name}`;
      contents.push(`${name}=${await textOf(fileSystem, at)}`);
    }
    const isLink = info.reparseTag !== 0;
    const shown = [
      path,
      facts(info),
      Buffer.from((await fileSystem.getSecurity?.(file, CALLER)) ?? []).toString("base64"),
      eas.map(({ name, value }) => `${name}=${Buffer.from(value).toString()}`).join(),
      contents.sort().join("|"),
      isLink
        ? Buffer.from((await fileSystem.getReparsePoint?.(file, CALLER)) ?? []).toString("hex")
        : "",
      (await fileSystem.getLinks?.(file, CALLER))
        ?.map(({ name }) => name)
        .sort()
        .join() ?? "",
    ];
    lines.push(shown.join(" "));
    if ((info.fileAttributes & FILE_ATTRIBUTE_DIRECTORY) === 0) return lines;
    const names: string[] = [];
    for await (const entry of fileSystem.readDirectory?.(file, undefined, CALLER) ?? []) {
      names.push(entry.name);
      const one = await fileSystem.getDirectoryEntry?.(file, entry.name, CALLER);
      expect([one?.name, one?.info]).toEqual([entry.name, entry.info]);
    }
    expect(new Set(names).size).toBe(names.length);
    for (const name of names.sort())
      lines.push(...(await snapshot(fileSystem, joinPath(path, name))));
    return lines;
  } finally {
    await fileSystem.close?.(file);
  }
}

function facts(info: FileInfo): string {
  const { fileAttributes, fileSize, hardLinks, eaSize } = info;
  const times = [info.creationTicks, info.lastAccessTicks, info.lastWriteTicks, info.changeTicks];
  return `${fileAttributes} ${fileSize} ${hardLinks} ${eaSize} ${times.join(",")}`;
}

async function textOf(fileSystem: FileSystem, path: string): Promise<string> {
  const { file, info } = await fileSystem.open(path, LOOK, CALLER);
  const target = new Uint8Array(info.fileSize);
  if (target.length > 0) await fileSystem.read?.(file, target, 0, CALLER);
  await fileSystem.close?.(file);
  return Buffer.from(target)
    .toString("latin1")
    .replace(/\0+/g, (zeros) => `<${zeros.length}>`);
}

/** One volume with the opens that are kept for a while. */
interface Actor {
  readonly driver: VolumeDriver;
  readonly held: Map<number, Open>;
}

type Step = (actor: Actor) => Promise<string>;

const PATHS = [
  ...new Set(BEGINNING.map(({ path }) => path)),
  "A\\ONE",
  "a\\new",
  "new",
  "new\\below",
  "c\\b",
];

const path = fc.constantFrom(...PATHS);
const slot = fc.integer({ min: 0, max: 2 });
const text = fc.constantFrom("x", "some text", "y".repeat(5000));

/** Does something with an open of a path; what it opens is closed, also where that fails. */
async function withOpen(
  { driver }: Actor,
  name: string,
  act: (open: Open) => Promise<string> | string,
): Promise<string> {
  const created = await driver.create(name, { createOptions: FILE_OPEN_REPARSE_POINT });
  if (!created.ok) return outcomeOf(created);
  try {
    return await act(created.value.open);
  } finally {
    await created.value.open.close();
  }
}

function named(name: string, run: Step): Step {
  return Object.assign(run, { toString: () => name });
}

const steps: fc.Arbitrary<Step>[] = [
  fc
    .tuple(path, fc.boolean(), fc.constantFrom(...Object.values(CreateDisposition)))
    .map(([name, isDirectory, createDisposition]) =>
      named(`create ${name} ${isDirectory} ${createDisposition}`, ({ driver }) =>
        driver.outcome(name, {
          createDisposition,
          createOptions:
            FILE_OPEN_REPARSE_POINT | (isDirectory ? FILE_DIRECTORY_FILE : FILE_NON_DIRECTORY_FILE),
        }),
      ),
    ),
  fc
    .tuple(path, text, fc.nat(9000))
    .map(([name, data, offset]) =>
      named(`write ${name} ${offset}`, (actor) =>
        withOpen(actor, name, async (open) =>
          outcomeOf(await open.write(Buffer.from(data), offset)),
        ),
      ),
    ),
  fc.tuple(path, text).map(([name, data]) =>
    named(`stream ${name}`, async ({ driver }) => {
      const stream = { createDisposition: CreateDisposition.OPEN_IF };
      const created = await driver.create(`${name}:stream`, stream);
      if (!created.ok) return outcomeOf(created);
      const written = await created.value.open.write(Buffer.from(data), 3);
      await created.value.open.close();
      return outcomeOf(written);
    }),
  ),
  fc
    .tuple(path, fc.boolean())
    .map(([name, isPosix]) =>
      named(`delete ${name} ${isPosix}`, (actor) =>
        withOpen(actor, name, async (open) =>
          outcomeOf(await open.setDisposition(true, { isPosix })),
        ),
      ),
    ),
  fc
    .tuple(path, path, fc.boolean(), fc.boolean())
    .map(([from, to, replaceIfExists, isPosix]) =>
      named(`rename ${from} ${to} ${replaceIfExists} ${isPosix}`, (actor) =>
        withOpen(actor, from, async (open) =>
          outcomeOf(await open.rename({ newName: to, replaceIfExists, isPosix })),
        ),
      ),
    ),
  fc
    .tuple(path, path, fc.boolean())
    .map(([from, to, replaceIfExists]) =>
      named(`link ${from} ${to} ${replaceIfExists}`, (actor) =>
        withOpen(actor, from, async (open) =>
          outcomeOf(await open.makeLink({ newName: to, replaceIfExists })),
        ),
      ),
    ),
  fc
    .tuple(path, fc.nat(8000))
    .map(([name, size]) =>
      named(`resize ${name} ${size}`, (actor) =>
        withOpen(actor, name, async (open) => outcomeOf(await open.setEndOfFile(size))),
      ),
    ),
  path.map((name) =>
    named(`attributes ${name}`, (actor) =>
      withOpen(actor, name, async (open) =>
        outcomeOf(await open.setBasicInfo({ ...KEEP, lastWriteTicks: OLD + 9n })),
      ),
    ),
  ),
  fc
    .tuple(path, fc.constantFrom("", "other"))
    .map(([name, value]) =>
      named(`ea ${name}`, (actor) =>
        withOpen(actor, name, async (open) =>
          outcomeOf(
            await open.setEas([{ name: "EA", value: Buffer.from(value), isNeeded: false }]),
          ),
        ),
      ),
    ),
  fc.tuple(slot, path).map(([at, name]) =>
    named(`hold ${at} ${name}`, async ({ driver, held }) => {
      if (held.has(at)) return "held";
      const created = await driver.create(name, { createOptions: FILE_OPEN_REPARSE_POINT });
      if (created.ok) held.set(at, created.value.open);
      return outcomeOf(created);
    }),
  ),
  fc.tuple(slot, text).map(([at, data]) =>
    named(`write held ${at}`, async ({ held }) => {
      const open = held.get(at);
      return open === undefined ? "none" : outcomeOf(await open.write(Buffer.from(data), 1));
    }),
  ),
  slot.map((at) =>
    named(`read held ${at}`, async ({ held }) => {
      const open = held.get(at);
      if (open === undefined) return "none";
      const target = new Uint8Array(10_000);
      const count = await open.read(target, 0);
      const shown = count.ok ? Buffer.from(target.subarray(0, count.value)).toString("latin1") : "";
      const info = await open.getInfo();
      const links = info.ok ? info.value.hardLinks : -1;
      if (info.ok) expect(info.value.fileId).toBe(open.createInfo.fileId);
      return `${outcomeOf(count)} ${links} ${shown}`;
    }),
  ),
  slot.map((at) =>
    named(`let go ${at}`, async ({ held }) => {
      await held.get(at)?.close();
      held.delete(at);
      return "";
    }),
  ),
];

it(
  "what is done to an overlay looks as what is done to one drive, and leaves the layers below as they are",
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(...steps), { maxLength: 25 }), async (sequence) => {
        const lowers = [await populate("1"), await populate("2")];
        const whole = await populate("all");
        const before = await Promise.all(lowers.map((lower) => snapshot(lower)));
        const clock = clocks.get(whole);
        if (clock !== undefined) clock.ticks = NOW;
        const upper = drive(NOW);
        const actors = [overlay(upper, ...lowers), whole].map((fileSystem): Actor => {
          return { driver: new VolumeDriver(fileSystem), held: new Map() };
        });
        for (const step of sequence) {
          const [ours, theirs] = await Promise.all(actors.map((actor) => step(actor)));
          expect(`${String(step)}: ${ours}`).toBe(`${String(step)}: ${theirs}`);
        }
        const [ours, theirs] = await Promise.all(
          actors.map(async ({ driver, held }) => {
            for (const open of held.values()) await open.close();
            expect(driver.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
            return snapshot(driver.volume.fileSystem);
          }),
        );
        expect(withoutRootTimes(ours)).toEqual(withoutRootTimes(theirs));
        expect(await Promise.all(lowers.map((lower) => snapshot(lower)))).toEqual(before);
      }),
      { numRuns: isNightly ? 10_000 : 150 },
    );
  },
  MAX_TEST_MS,
);

it(
  "three clients at once harm neither the layers below nor each other, and leave nothing open",
  async () => {
    const client = fc.array(fc.oneof(...steps), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(client, client, client, async (...sequences) => {
        const lowers = [await populate("1"), await populate("2")];
        const before = await Promise.all(lowers.map((lower) => snapshot(lower)));
        const layers = [drive(NOW), ...lowers].map((layer) => balanced(late(layer)));
        const [upper, ...others] = layers.map(({ fileSystem }) => fileSystem);
        const { volume } = new VolumeDriver(overlay(upper as FileSystem, ...others));
        await Promise.all(
          sequences.map(async (sequence, sessionId) => {
            const driver = new VolumeDriver(volume, {}, { sessionId });
            const actor: Actor = { driver, held: new Map() };
            for (const step of sequence) await step(actor);
            for (const open of actor.held.values()) await open.close();
          }),
        );
        expect(volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
        await snapshot(volume.fileSystem);
        expect(layers.map(({ state }) => state.opens)).toEqual([0, 0, 0]);
        expect(await Promise.all(lowers.map((lower) => snapshot(lower)))).toEqual(before);
      }),
      { numRuns: isNightly ? 5000 : 60 },
    );
  },
  MAX_TEST_MS,
);

/** The root is the upper layer's own. */
function withoutRootTimes([, ...lines]: readonly string[] = []): readonly string[] {
  return lines;
}
