import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memory } from "../filesystems/memory/index.js";
import type { FileSystem } from "../fs/index.js";
import {
  CreateDisposition,
  FILE_DIRECTORY_FILE,
  FILE_READ_ATTRIBUTES,
  statusName,
  ticksOfMs,
} from "../nt/index.js";
import { FakeClock } from "../testing/fake-clock.js";
import { late } from "../testing/late-file-system.js";
import { outcomeOf, VolumeDriver } from "../testing/volume-driver.js";
import type { Open } from "./open.js";

const TIMEOUTS = {
  fileInfoTimeoutMs: 1000,
  directoryTimeoutMs: 800,
  securityTimeoutMs: 500,
  volumeInfoTimeoutMs: 700,
};
const LEAVE_ALL = {
  fileAttributes: 0,
  creationTicks: 0n,
  lastAccessTicks: 0n,
  lastWriteTicks: 0n,
  changeTicks: 0n,
};

/** A file system that says it is slow. */
function slow(fileSystem: FileSystem): FileSystem {
  return new Proxy(fileSystem, {
    get: (target, key) => {
      if (key === "volumeParams") return { ...target.volumeParams, ...TIMEOUTS };
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
}

/** One of two volumes that must not be told apart. */
class Side {
  readonly clock = new FakeClock();
  readonly #driver: VolumeDriver;
  readonly #opens: Open[] = [];

  constructor(dress: (fileSystem: FileSystem) => FileSystem) {
    const now = () => ticksOfMs(this.clock.nowMs());
    const fs = memory({ maxSize: 2 ** 26, now });
    this.#driver = new VolumeDriver(dress(fs), { clock: this.clock });
  }

  /** Does a step, and tells all that a client would hear of it. */
  async run(step: Step): Promise<unknown> {
    const { kind, path, other, number } = step;
    const open = this.#opens[number % Math.max(this.#opens.length, 1)];
    switch (kind) {
      case "wait":
        this.clock.advance(number * 10);
        return undefined;
      case "create":
      case "make directory":
      case "open": {
        const created = await this.#driver.create(path, {
          createDisposition: kind === "open" ? CreateDisposition.OPEN : CreateDisposition.OPEN_IF,
          createOptions: kind === "make directory" ? FILE_DIRECTORY_FILE : 0,
        });
        if (created.ok) this.#opens.push(created.value.open);
        return created.ok ? created.value.open.createInfo : statusName(created.status);
      }
      case "overwrite":
        return this.#driver.outcome(path, { createDisposition: CreateDisposition.OVERWRITE_IF });
      case "remove": {
        const removing = await this.#driver.create(path);
        if (!removing.ok) return statusName(removing.status);
        const set = await removing.value.open.setDisposition(true);
        await removing.value.open.close();
        return outcomeOf(set);
      }
      case "rename": {
        const renaming = await this.#driver.create(path);
        if (!renaming.ok) return statusName(renaming.status);
        const done = await renaming.value.open.rename({
          newName: other,
          replaceIfExists: number % 2 === 0,
        });
        await renaming.value.open.close();
        return outcomeOf(done);
      }
      case "write":
        return open && outcomeOf(await open.write(new Uint8Array(number), number));
      case "resize":
        return open && outcomeOf(await open.setEndOfFile(number));
      case "set":
        return (
          open &&
          outcomeOf(
            await open.setBasicInfo({ ...LEAVE_ALL, fileAttributes: number % 2 === 0 ? 2 : 0x80 }),
          )
        );
      case "close":
        if (open !== undefined) this.#opens.splice(this.#opens.indexOf(open), 1);
        await open?.close();
        return undefined;
      case "ask": {
        const info = await open?.getInfo();
        return info?.ok === true ? info.value : info?.status;
      }
      case "set extended attribute":
        return (
          open &&
          outcomeOf(
            await open.setEas([{ name: "A", value: new Uint8Array(number), isNeeded: false }]),
          )
        );
      case "ask for all": {
        const [streams, security] = [await open?.getStreams(), await open?.getSecurity(7)];
        return [streams, security, open && (await this.#extendedAttributes(open))];
      }
      case "list":
        return this.#list(path, number % 2 === 0 ? "*" : "A*");
      case "find":
        return this.#list(path, "a");
      case "volume":
        return this.#driver.volume.getVolumeInfo();
    }
  }

  async #extendedAttributes({ volume, file, caller }: Open): Promise<unknown> {
    return volume.fileSystem.getExtendedAttributes?.(file, caller);
  }

  async #list(path: string, pattern: string): Promise<unknown> {
    const created = await this.#driver.create(path, { desiredAccess: FILE_READ_ATTRIBUTES | 1 });
    if (!created.ok) return statusName(created.status);
    const { open } = created.value;
    const cursor = await open.directoryCursor(pattern, false);
    const found: unknown[] = [];
    while (cursor.ok) {
      const next = await cursor.value.next();
      if (!next.ok || next.value === undefined) break;
      found.push(next.value.name, next.value.info);
    }
    await open.close();
    return cursor.ok ? found : statusName(cursor.status);
  }

  async end(): Promise<unknown> {
    for (const open of this.#opens) await open.close();
    return this.#driver.volume.tableSizes;
  }
}

const KINDS = [
  "wait",
  "create",
  "make directory",
  "open",
  "overwrite",
  "remove",
  "rename",
  "write",
  "resize",
  "set",
  "close",
  "ask",
  "ask for all",
  "set extended attribute",
  "list",
  "find",
  "volume",
] as const;

interface Step {
  readonly kind: (typeof KINDS)[number];
  readonly path: string;
  readonly other: string;
  readonly number: number;
}

const path = fc.constantFrom(
  "",
  "a",
  "b",
  "A",
  "d",
  "d\\a",
  "d\\b",
  "d\\A",
  "a:s",
  "d\\e",
  "d\\e\\a",
);
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({ kind: fc.constantFrom(...KINDS), path, other: path, number: fc.nat(99) }),
  { minLength: 10, maxLength: 60 },
);

describe("a cache in front of a file system", () => {
  it("gives the answers that the file system gives", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const plain = new Side((fs) => fs);
        const cached = new Side((fs) => slow(fs));
        const cachedLate = new Side((fs) => slow(late(fs)));
        for (const step of all) {
          const expected = await plain.run(step);
          expect(await cached.run(step)).toEqual(expected);
          expect(await cachedLate.run(step)).toEqual(expected);
        }
        const sizes = await plain.end();
        expect(await cached.end()).toEqual(sizes);
        expect(await cachedLate.end()).toEqual(sizes);
      }),
      { numRuns: 150 },
    );
  });
});
