import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CreateDisposition, NtStatus, statusName } from "../../nt/index.js";
import { INTERIM_RESPONSE_MS } from "../../smb/limits.js";
import {
  type ClientTree,
  type FileId,
  must,
  readRequest,
  type SmbClient,
} from "../../testing/client/index.js";
import { FakeClock } from "../../testing/fake-clock.js";
import { ANNA, TestServer } from "../../testing/test-server.js";
import { memory } from "../memory/index.js";
import { type FaultyFileSystem, faulty } from "./index.js";

const TEXT = "0123456789";
const READ = { offset: 0, length: TEXT.length };

describe("what SMB clients see of faults", () => {
  let clock: FakeClock;
  let drive: FaultyFileSystem<unknown>;
  let server: TestServer;
  let client: SmbClient;
  let tree: ClientTree;
  let fileId: FileId;

  beforeEach(async () => {
    clock = new FakeClock();
    drive = faulty(memory({ maxSize: 2 ** 22 }), { clock });
    server = new TestServer(drive);
    await server.volume.start();
    client = server.connect();
    must(await client.negotiate());
    tree = must(await must(await client.logOn(ANNA)).treeConnect("ram"));
    const { CREATE } = CreateDisposition;
    ({ fileId } = must(await tree.create({ path: "file", createDisposition: CREATE })));
    must(await tree.write({ fileId, offset: 0, data: Buffer.from(TEXT) }));
  });

  afterEach(async () => {
    drive.faults.clear();
    client.close();
    expect(await server.untilEmpty()).toBe(true);
    expect(server.errors).toEqual([]);
  });

  async function statusOfRead(): Promise<string> {
    return statusName((await tree.read({ fileId, ...READ })).status);
  }

  it("a paused read is put off with PENDING, and answered when it goes on", async () => {
    drive.faults.pause("read");
    const reading = tree.start(readRequest({ fileId, ...READ }));
    await drive.faults.untilWaiting();
    expect(reading.asyncId).toBeUndefined();
    server.clock.advance(INTERIM_RESPONSE_MS);
    await server.until(() => reading.asyncId !== undefined);
    expect(reading.asyncId).toBeDefined();
    drive.faults.resume();
    expect(Buffer.from(must(await reading.answer)).toString()).toBe(TEXT);
  });

  it("a paused read does not keep others from being answered", async () => {
    drive.faults.pause("read", { times: 1 });
    const reading = tree.start(readRequest({ fileId, ...READ }));
    await drive.faults.untilWaiting();
    expect(await statusOfRead()).toBe("SUCCESS");
    drive.faults.resume();
    must(await reading.answer);
  });

  it("a cancelled read is answered when the file system answers, as what it has begun is not taken back", async () => {
    drive.faults.pause("read");
    const reading = tree.start(readRequest({ fileId, ...READ }));
    await drive.faults.untilWaiting();
    server.clock.advance(INTERIM_RESPONSE_MS);
    await server.until(() => reading.asyncId !== undefined);
    tree.cancel(reading);
    must(await client.echo());
    expect(drive.faults.waiting).toBe(1);
    drive.faults.resume();
    expect((await reading.answer).status).toBe(NtStatus.SUCCESS);
  });

  it("a delayed read takes as long as it was told", async () => {
    drive.faults.delay("read", 1000);
    const reading = tree.start(readRequest({ fileId, ...READ }));
    await drive.faults.untilWaiting();
    clock.advance(999);
    must(await client.echo());
    expect(drive.faults.waiting).toBe(1);
    clock.advance(1);
    expect((await reading.answer).status).toBe(NtStatus.SUCCESS);
  });

  it("a device that is cut answers with errors, waiting requests too, and works again when mended", async () => {
    drive.faults.pause("read");
    const reading = tree.start(readRequest({ fileId, ...READ }));
    await drive.faults.untilWaiting();
    drive.faults.cut();
    expect(statusName((await reading.answer).status)).toBe("IO_DEVICE_ERROR");
    expect((await tree.create({ path: "file" })).status).toBe(NtStatus.IO_DEVICE_ERROR);
    drive.faults.clear();
    expect(await statusOfRead()).toBe("SUCCESS");
  });

  it("a handle is closed on a device that is cut, and what was to be deleted stays", async () => {
    must(await tree.close(fileId));
    const created = must(
      await tree.create({ path: "file", desiredAccess: 0x0001_0000, createOptions: 0x1000 }),
    );
    drive.faults.cut();
    must(await tree.close(created.fileId));
    drive.faults.mend();
    must(await tree.create({ path: "file" }));
  });

  it("a client gets fewer bytes from a short read, or END_OF_FILE where it needs more", async () => {
    drive.faults.shortenReads("read", 4);
    expect(Buffer.from(must(await tree.read({ fileId, ...READ }))).toString()).toBe("0123");
    const reply = await tree.read({ fileId, ...READ, minimumCount: 5 });
    expect(reply.status).toBe(NtStatus.END_OF_FILE);
    expect(Buffer.from(must(await tree.read({ fileId, offset: 4, length: 6 }))).toString()).toBe(
      "4567",
    );
  });

  it("a write whose answer is lost was done", async () => {
    drive.faults.failAfter("write", "IO_DEVICE_ERROR", { times: 1 });
    const reply = await tree.write({ fileId, offset: 0, data: Buffer.from("ABC") });
    expect(reply.status).toBe(NtStatus.IO_DEVICE_ERROR);
    expect(Buffer.from(must(await tree.read({ fileId, ...READ }))).toString()).toBe("ABC3456789");
  });

  it("a client that goes while its read is paused leaves nothing behind", async () => {
    drive.faults.pause("read");
    const reading = tree.start(readRequest({ fileId, ...READ }));
    reading.answer.catch(() => undefined);
    await drive.faults.untilWaiting();
    client.close();
    drive.faults.resume();
    expect(await server.untilEmpty()).toBe(true);
  });
});
