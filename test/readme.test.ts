import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "..");
const TIMEOUT_MS = 30_000;

it("runs the README's first program as printed", { timeout: TIMEOUT_MS }, async () => {
  const readme = await readFile(join(ROOT, "README.md"), "utf8");
  const program = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? "";
  const directory = await mkdtemp(join(tmpdir(), "anymount-readme-"));
  await mkdir(join(directory, "node_modules"));
  await symlink(ROOT, join(directory, "node_modules", "anymount"), "dir");
  await writeFile(join(directory, "program.mjs"), program); // it is JavaScript as well
  const child = spawn(process.execPath, ["program.mjs"], { cwd: directory });
  try {
    const printed = await firstLine(child);
    expect(printed).toBe(/\/\/ (ready smb:\S+)/.exec(program)?.[1]);
    await connects(Number(/:(\d+)\//.exec(printed)?.[1]));
  } finally {
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill();
    await ended;
    await rm(directory, { recursive: true });
  }
});

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    let errors = "";
    child.stderr?.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const end = text.indexOf("\n");
      if (end >= 0) resolve(text.slice(0, end));
    });
    child.once("close", () => {
      reject(new Error(`it ended before it was ready: ${errors}`));
    });
  });
}

function connects(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", reject);
  });
}
