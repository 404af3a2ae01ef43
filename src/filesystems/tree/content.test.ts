import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import {
  FILE_ATTRIBUTE_OFFLINE,
  FILE_READ_ATTRIBUTES,
  FILE_READ_DATA,
  statusName,
} from "../../nt/index.js";
import { VolumeDriver } from "../../testing/volume-driver.js";
import { type ContentSource, dir, type FileOptions, file } from "./index.js";

const READ = { desiredAccess: FILE_READ_DATA };
const LOOK = { desiredAccess: FILE_READ_ATTRIBUTES };

/** A volume with one file, `a`. */
function volume(content: ContentSource, options: FileOptions = {}): VolumeDriver {
  return new VolumeDriver(dir({ a: file(content, options) }));
}

async function* pieces(...texts: readonly string[]) {
  for (const text of texts) yield await Promise.resolve(text);
}

/** Something that a test lets happen. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((settle) => {
    open = settle;
  });
  return { open, opened };
}

async function sizeOf(
  on: VolumeDriver,
  request: { desiredAccess: number } = READ,
): Promise<number> {
  const open = await on.open("a", request);
  await open.close();
  return open.createInfo.fileSize;
}

/** What a read comes to: the text, or the name of the status. */
async function readAt(
  open: Awaited<ReturnType<VolumeDriver["open"]>>,
  offset: number,
  length = 100,
) {
  const target = new Uint8Array(length);
  const count = await open.read(target, offset);
  return count.ok
    ? Buffer.from(target.subarray(0, count.value)).toString()
    : statusName(count.status);
}

describe("content may be", () => {
  it.each<{ kind: string; content: () => ContentSource }>([
    { kind: "text", content: () => "some text" },
    { kind: "bytes", content: () => Buffer.from("some text") },
    { kind: "a stream of Node", content: () => Readable.from([Buffer.from("some "), "text"]) },
    { kind: "a stream of the web", content: () => new Blob(["some ", "text"]).stream() },
    { kind: "an async iterable", content: () => pieces("some ", "text") },
    { kind: "a data: URL", content: () => new URL("data:text/plain,some%20text") },
    {
      kind: "byte ranges",
      content: () => ({
        size: 9,
        read: (offset, length) => Buffer.from("some text").subarray(offset, offset + length),
      }),
    },
  ])("$kind, given or made by a function, now or later", async ({ content }) => {
    const sources = [
      content(),
      () => content() as string,
      async () => Promise.resolve(content() as string),
    ];
    for (const source of sources) {
      const on = volume(source);
      expect(await sizeOf(on)).toBe(9);
      expect(await on.text("a")).toBe("some text");
      expect(await on.text("a")).toBe("some text");
    }
  });

  it("nothing else: what a function gives is looked at", async () => {
    const on = volume(() => 5 as unknown as string);
    await expect(on.text("a")).rejects.toThrow("a: number is no content of a file");
  });

  it("read from any place, up to the end", async () => {
    const open = await volume("0123456789").open("a", READ);
    expect(await readAt(open, 0, 3)).toBe("012");
    expect(await readAt(open, 8)).toBe("89");
    expect(await readAt(open, 10)).toBe("END_OF_FILE");
    await open.close();
  });
});

describe("byte ranges", () => {
  it("are asked for what is read, until nothing is missing, and told who asks", async () => {
    const asked: (readonly [number, number, string])[] = [];
    const on = volume({
      size: () => Promise.resolve(10),
      read: async (offset, length, { path }) => {
        asked.push([offset, length, path]);
        await Promise.resolve();
        return Buffer.from("0123456789").subarray(offset, offset + Math.min(length, 4));
      },
    });
    expect(await sizeOf(on, LOOK)).toBe(10);
    const open = await on.open("a", READ);
    expect(await readAt(open, 1, 6)).toBe("123456");
    expect(await readAt(open, 8)).toBe("89");
    expect(asked).toEqual([
      [1, 6, "a"],
      [5, 2, "a"],
      [8, 2, "a"],
    ]);
    await open.close();
  });

  it("hear of the last close", async () => {
    let closed = 0;
    const on = volume({
      size: 1,
      read: () => Buffer.from("x"),
      close: () => {
        closed++;
      },
    });
    const first = await on.open("a", READ);
    const second = await on.open("a", READ);
    await first.close();
    expect(closed).toBe(0);
    await second.close();
    expect(closed).toBe(1);
  });

  it.each([
    { size: -1, read: () => Buffer.from(""), message: "-1 is no size" },
    { size: 1.5, read: () => Buffer.from(""), message: "1.5 is no size" },
    { size: 1, read: () => Buffer.from("xx"), message: "2 bytes came where 1 were asked for" },
  ])("that are wrong are a fault: $message", async ({ message, ...ranges }) => {
    await expect(volume(ranges).text("a")).rejects.toThrow(message);
  });

  it("that end before their size end the read there", async () => {
    const on = volume({ size: 5, read: (offset) => Buffer.from("abc").subarray(offset) });
    expect(await on.text("a")).toBe("abc");
    const open = await on.open("a", READ);
    expect(await readAt(open, 4)).toBe("END_OF_FILE");
    await open.close();
  });

  it("of a file of this machine are read where it lies", async () => {
    const directory = await mkdtemp(join(tmpdir(), "anymount-tree-"));
    try {
      const path = join(directory, "local");
      await writeFile(path, "on disk");
      const on = volume(pathToFileURL(path));
      expect(await sizeOf(on, LOOK)).toBe(7);
      expect(await on.text("a")).toBe("on disk");
      await rm(path);
      expect(await on.outcome("a", READ)).toBe("OBJECT_NAME_NOT_FOUND");
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe("made content of a promised size", () => {
  it("is opened before it is made, and a reader waits for what is not there yet", async () => {
    const { open: letGoOn, opened } = gate();
    const on = volume(
      async function* () {
        yield await Promise.resolve("first ");
        await opened;
        yield "second";
      },
      { size: 12 },
    );
    expect(await sizeOf(on, LOOK)).toBe(12);
    const open = await on.open("a", READ);
    expect(open.createInfo.fileSize).toBe(12);
    expect(await readAt(open, 0, 6)).toBe("first ");
    const late = readAt(open, 6);
    letGoOn();
    expect(await late).toBe("second");
    await open.close();
  });

  it("is followed by zeros where it is shorter", async () => {
    const on = volume(() => "abc", { size: () => Promise.resolve(5) });
    expect(await sizeOf(on, LOOK)).toBe(5);
    expect(await on.text("a")).toBe("abc\0\0");
  });

  it("is a fault where it is longer; what was promised can be read", async () => {
    const on = volume(() => pieces("abc", "def"), { size: 4 });
    const open = await on.open("a", READ);
    expect(await readAt(open, 0, 3)).toBe("abc");
    await expect(readAt(open, 0, 4)).rejects.toThrow(
      "more content than the 4 bytes that were promised",
    );
    await open.close();
  });

  it("fails for the reader who waits for what does not come", async () => {
    const on = volume(
      async function* () {
        yield await Promise.resolve("abc");
        throw new Error("the source is gone");
      },
      { size: 10 },
    );
    const open = await on.open("a", READ);
    await expect(readAt(open, 5)).rejects.toThrow("the source is gone");
    expect(await readAt(open, 0, 3)).toBe("abc");
    await open.close();
  });

  it("is let go of when the last reader has gone", async () => {
    const stream = new Readable({ read: () => undefined });
    stream.push("abc");
    const on = volume(() => stream, { size: 10 });
    const open = await on.open("a", READ);
    expect(await readAt(open, 0, 3)).toBe("abc");
    await open.close();
    expect(stream.destroyed).toBe(true);
  });

  it("is kept for cacheMs, once it is all there", async () => {
    let calls = 0;
    const on = volume(() => pieces("abc", `${++calls}`), { size: 4, cacheMs: 60_000 });
    expect(await on.text("a")).toBe("abc1");
    expect(await on.text("a")).toBe("abc1");
    expect(calls).toBe(1);
  });

  it("is never begun where nobody reads", async () => {
    let calls = 0;
    const on = volume(() => `${++calls}`, { size: 1 });
    await sizeOf(on);
    expect(calls).toBe(0);
  });

  it('with size "made", is made to tell its size, once, and the open that follows gets the same', async () => {
    let calls = 0;
    const on = volume(async () => Promise.resolve("x".repeat(++calls)), { size: "made" });
    expect(await on.names()).toEqual(["a"]);
    expect(await sizeOf(on, LOOK)).toBe(1);
    expect(await on.text("a")).toBe("x");
    expect(calls).toBe(1);
  });
});

describe("a URL", () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  async function serving(answer: RequestListener): Promise<URL> {
    const started = createServer(answer);
    server = started;
    await new Promise<void>((settle) => started.listen(0, "127.0.0.1", settle));
    return new URL(`http://127.0.0.1:${(started.address() as AddressInfo).port}/secret?key=1`);
  }

  it("is fetched when it is opened, and its size is the answer's", async () => {
    let requests = 0;
    const on = volume(
      await serving((_request, response) => {
        requests++;
        response.setHeader("content-length", 9);
        response.end("from afar");
      }),
    );
    await on.names();
    const open = await on.open("a", LOOK);
    expect(open.createInfo).toMatchObject({ fileSize: 0, fileAttributes: FILE_ATTRIBUTE_OFFLINE });
    await open.close();
    expect(requests).toBe(0);
    expect(await on.text("a")).toBe("from afar");
    expect(await sizeOf(on, LOOK)).toBe(9);
    expect(requests).toBe(1);
  });

  it("without a length is read to its end before the open is answered", async () => {
    const on = volume(
      await serving((_request, response) => {
        response.write("no ");
        response.end("length");
      }),
    );
    expect(await sizeOf(on)).toBe(9);
    expect(await on.text("a")).toBe("no length");
  });

  it.each([
    { status: 404, outcome: "OBJECT_NAME_NOT_FOUND" },
    { status: 403, outcome: "ACCESS_DENIED" },
  ])("that answers $status is refused: $outcome", async ({ status, outcome }) => {
    const on = volume(await serving((_request, response) => response.writeHead(status).end()));
    expect(await on.outcome("a", READ)).toBe(outcome);
  });

  it("that fails is a fault, told without the query", async () => {
    const on = volume(await serving((_request, response) => response.writeHead(500).end()));
    await expect(on.outcome("a", READ)).rejects.toThrow(
      /^http:\/\/127\.0\.0\.1:\d+\/secret answered 500$/,
    );
  });

  it("is let go of when the last reader has gone", async () => {
    const gone = gate();
    const on = volume(
      await serving((request, response) => {
        request.once("close", gone.open);
        response.setHeader("content-length", 1_000_000);
        response.write("begun");
      }),
    );
    const open = await on.open("a", READ);
    expect(await readAt(open, 0, 5)).toBe("begun");
    await open.close();
    await gone.opened;
  });
});
