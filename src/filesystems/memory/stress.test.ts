/**
 * Random work of several clients at once, as memefs's test tools do it, with the gaps of those closed: no
 * alignment, growth and truncation, renames under load, deletion of open files.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import { CreateDisposition, FILE_DELETE_ON_CLOSE, NtStatus } from "../../nt/index.js";
import { must } from "../../testing/client/index.js";
import { ANNA, TestServer } from "../../testing/test-server.js";
import { VolumeDriver } from "../../testing/volume-driver.js";
import { memory } from "./index.js";
import { CHUNK_SIZE } from "./limits.js";

const WORKERS = 5;
const STEPS = 12;

/** What a worker needs of a drive. */
interface Drive {
  create(name: string): Promise<void>;
  write(name: string, data: Uint8Array, offset: number): Promise<void>;
  truncate?(name: string, size: number): Promise<void>;
  read(name: string, length: number): Promise<Uint8Array>;
  /** While it is open: what it held can be read until it is closed. */
  deleteOpen(name: string, length: number): Promise<Uint8Array>;
  exists(name: string): Promise<boolean>;
}

const step = fc.record({
  offset: fc.oneof(
    fc.integer({ min: 0, max: CHUNK_SIZE + 1000 }),
    fc.constantFrom(0, 1, 255, 256, 257, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1),
  ),
  length: fc.oneof(fc.integer({ min: 1, max: 9000 }), fc.constantFrom(1, 256, 4096, 4097)),
  size: fc.option(fc.integer({ min: 0, max: CHUNK_SIZE }), { nil: undefined }),
  fill: fc.integer({ min: 1, max: 255 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
const work = fc.array(fc.array(step, { minLength: 1, maxLength: STEPS }), {
  minLength: WORKERS,
  maxLength: WORKERS,
});

/** Does its steps on a file of its own, compares all of it, and deletes it while it is open. */
async function run(drive: Drive, name: string, steps: readonly Step[]): Promise<void> {
  let model = Buffer.alloc(0);
  await drive.create(name);
  for (const { offset, length, size, fill } of steps) {
    await drive.write(name, new Uint8Array(length).fill(fill), offset);
    const grown = Buffer.alloc(Math.max(model.length, offset + length));
    model.copy(grown);
    model = grown.fill(fill, offset, offset + length);
    if (size !== undefined && drive.truncate !== undefined) {
      await drive.truncate(name, size);
      const cut = Buffer.alloc(size);
      model.copy(cut);
      model = cut;
    }
    if (model.length > 0) expect(model.equals(await drive.read(name, model.length))).toBe(true);
  }
  const last = model.length > 0 ? await drive.deleteOpen(name, model.length) : undefined;
  if (last === undefined) return;
  expect(model.equals(last)).toBe(true);
  expect(await drive.exists(name)).toBe(false);
}

async function all(drives: readonly Drive[], steps: readonly (readonly Step[])[]): Promise<void> {
  await Promise.all(steps.map((each, i) => run(drives[i % drives.length]!, `file ${i}`, each)));
}

function viaKernel(driver: VolumeDriver): Drive {
  return {
    create: (name) => driver.makeFile(name),
    async write(name, data, offset) {
      const open = await driver.open(name);
      expect(await open.write(data, offset)).toMatchObject({ ok: true, value: data.length });
      await open.close();
    },
    async truncate(name, size) {
      const open = await driver.open(name);
      expect(await open.setEndOfFile(size)).toMatchObject({ ok: true });
      await open.close();
    },
    async read(name, length) {
      const open = await driver.open(name);
      const target = new Uint8Array(length + 1);
      expect(await open.read(target, 0)).toEqual({ ok: true, value: length });
      await open.close();
      return target.subarray(0, length);
    },
    async deleteOpen(name, length) {
      const open = await driver.open(name, { createOptions: FILE_DELETE_ON_CLOSE });
      const target = new Uint8Array(length);
      expect(await open.read(target, 0)).toEqual({ ok: true, value: length });
      await open.close();
      return target;
    },
    exists: async (name) => (await driver.outcome(name)) !== "OBJECT_NAME_NOT_FOUND",
  };
}

it("what several workers write at random through the kernel is what they read", async () => {
  await fc.assert(
    fc.asyncProperty(work, async (steps) => {
      const fs = memory({ maxSize: 2 ** 26 });
      const { freeSize } = fs.getVolumeInfo();
      const driver = new VolumeDriver(fs);
      await all([viaKernel(driver)], steps);
      for (const name of await driver.names()) await driver.remove(name);
      expect(fs.getVolumeInfo().freeSize).toBe(freeSize);
      expect(driver.volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
    }),
    { numRuns: 8 },
  );
}, 30_000);

async function viaSmb(server: TestServer): Promise<Drive & { close(): void }> {
  const client = server.connect();
  must(await client.negotiate());
  const tree = must(await must(await client.logOn(ANNA)).treeConnect("ram"));
  const within = async (path: string, use: (fileId: FileIdOf) => Promise<void>) => {
    const { fileId } = must(await tree.create({ path }));
    await use(fileId);
    must(await tree.close(fileId));
  };
  type FileIdOf = Parameters<typeof tree.close>[0];
  return {
    async create(path) {
      const createDisposition = CreateDisposition.CREATE;
      must(await tree.close(must(await tree.create({ path, createDisposition })).fileId));
    },
    write: (path, data, offset) =>
      within(path, async (fileId) => {
        expect(must(await tree.write({ fileId, offset, data }))).toBe(data.length);
      }),
    async read(path, length) {
      let data = new Uint8Array();
      await within(path, async (fileId) => {
        data = Uint8Array.from(must(await tree.read({ fileId, offset: 0, length: length + 1 })));
      });
      return data;
    },
    async deleteOpen(path, length) {
      const { fileId } = must(
        await tree.create({
          path,
          desiredAccess: 0x0001_0001, // FILE_READ_DATA and DELETE
          createOptions: FILE_DELETE_ON_CLOSE,
        }),
      );
      const data = Uint8Array.from(must(await tree.read({ fileId, offset: 0, length })));
      must(await tree.close(fileId));
      return data;
    },
    exists: async (path) => (await tree.create({ path })).status !== NtStatus.OBJECT_NAME_NOT_FOUND,
    close: () => {
      client.close();
    },
  };
}

it("what several clients write at random over SMB is what they read", async () => {
  await fc.assert(
    fc.asyncProperty(work, async (steps) => {
      const fs = memory({ maxSize: 2 ** 26 });
      const { freeSize } = fs.getVolumeInfo();
      const server = new TestServer(fs);
      const clients = await Promise.all([viaSmb(server), viaSmb(server), viaSmb(server)]);
      await all(clients, steps);
      for (const client of clients) client.close();
      expect(await server.until(() => server.tableSizes.opens === 0)).toBe(true);
      expect(fs.getVolumeInfo().freeSize).toBe(freeSize);
      expect(server.errors).toEqual([]);
    }),
    { numRuns: 4 },
  );
}, 30_000);

it("renames of a directory under load lose no file and no byte", async () => {
  const fs = memory({ maxSize: 2 ** 26 });
  const driver = new VolumeDriver(fs);
  await driver.makeDirectory("a");
  for (let i = 0; i < 20; i++) await driver.makeFile(`a\\${i}`, `text ${i}`);
  const rename = async (from: string, to: string) => {
    const open = await driver.open(from);
    const renamed = await open.rename({ newName: to, replaceIfExists: false });
    await open.close();
    return renamed.ok;
  };
  const readers = Array.from({ length: 20 }, async (_, i) => {
    for (let round = 0; round < 10; round++) {
      for (const directory of ["a", "b"]) {
        const created = await driver.create(`${directory}\\${i}`);
        if (!created.ok) continue;
        const target = new Uint8Array(20);
        const read = await created.value.open.read(target, 0);
        if (!read.ok) expect.fail("an open file was not read");
        expect(Buffer.from(target.subarray(0, read.value)).toString()).toBe(`text ${i}`);
        await created.value.open.close();
      }
    }
  });
  for (let i = 0; i < 10; i++) await rename(i % 2 === 0 ? "a" : "b", i % 2 === 0 ? "b" : "a");
  await Promise.all(readers);
  const directory = (await driver.names())[0]!;
  expect(await driver.names(directory)).toHaveLength(20);
});
