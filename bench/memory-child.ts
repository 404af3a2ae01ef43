/**
 * A process that serves a RAM drive and tells what memory it takes: run by `memory-server.ts`, with
 * `--expose-gc`.
 *
 * @packageDocumentation
 */
import { memory, serve } from "../src/index.js";
import { appendDirectly, compareDirectories, makeFiles } from "./memory-direct.js";

/** What the process is asked. */
export type Question =
  | { readonly ask: "memory" | "append" | "used" }
  | { readonly ask: "make"; readonly directory: string; readonly count: number }
  | { readonly ask: "compare"; readonly count: number };

/** Memory in use after a full collection, in bytes. */
export interface MemoryFigures {
  readonly heapUsed: number;
  readonly heapTotal: number;
  readonly arrayBuffers: number;
  readonly rss: number;
}

const GIB = 1024 ** 3;
const [user = "", password = "", share = ""] = process.argv.slice(2);
const fs = memory({ maxSize: 8 * GIB });
const server = await serve(fs, {
  share,
  port: 0,
  users: [{ name: user, password }],
  signing: "enabled",
});

process.on("message", (question: Question) => {
  void answer(question).then((value) => process.send?.(value ?? null));
});
process.on("disconnect", () => {
  void server.close().finally(() => process.exit(0));
});
process.send?.({ port: server.port });

function answer(question: Question): Promise<unknown> {
  switch (question.ask) {
    case "memory":
      return collected();
    case "append":
      return Promise.resolve(appendDirectly());
    case "used": {
      const { totalSize, freeSize } = fs.getVolumeInfo();
      return Promise.resolve(totalSize - freeSize);
    }
    case "make":
      makeFiles(fs, question.directory, question.count);
      return Promise.resolve(undefined);
    case "compare":
      return Promise.resolve(compareDirectories(fs, question.count));
  }
}

async function collected(): Promise<MemoryFigures> {
  if (globalThis.gc === undefined) throw new Error("start it with --expose-gc");
  for (let i = 0; i < 4; i++) {
    globalThis.gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, heapTotal, arrayBuffers, rss } = process.memoryUsage();
  return { heapUsed, heapTotal, arrayBuffers, rss };
}
