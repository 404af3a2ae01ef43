import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { TestDrive } from "./test-drive.js";

const ROOT = resolve(import.meta.dirname, "..");
const TIMEOUT_MS = 30_000;

/** Runs a program of the README as printed, and gives the port of its server to a test. */
async function running(number: number, test: (port: number) => Promise<void>): Promise<void> {
  const readme = await readFile(join(ROOT, "README.md"), "utf8");
  const program = [...readme.matchAll(/```ts\n(.*?)```/gs)][number]?.[1] ?? "";
  const directory = await mkdtemp(join(tmpdir(), "anymount-readme-"));
  await mkdir(join(directory, "node_modules"));
  await symlink(ROOT, join(directory, "node_modules", "anymount"), "dir");
  await writeFile(join(directory, "program.mjs"), program); // it is JavaScript as well
  const child = spawn(process.execPath, ["program.mjs"], { cwd: directory });
  try {
    const printed = await firstLine(child);
    expect(printed).toBe(/\/\/ (ready smb:\S+)/.exec(program)?.[1]);
    await test(Number(/:(\d+)\//.exec(printed)?.[1]));
  } finally {
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill();
    await ended;
    await rm(directory, { recursive: true });
  }
}

it("runs the README's first program as printed", { timeout: TIMEOUT_MS }, async () => {
  await running(0, connects);
});

it("runs the README's tree as printed, for a client to read", { timeout: TIMEOUT_MS }, async () => {
  await running(1, async (port) => {
    const drive = await TestDrive.connect(port, "demo");
    expect(await drive.names()).toEqual(["hello.txt", "now.txt", "people"]);
    expect(await drive.text("hello.txt")).toBe("Hello, world\n");
    expect(Date.parse(await drive.text("now.txt"))).toBeGreaterThan(Date.now() - TIMEOUT_MS);
    expect(await drive.names("people")).toEqual(["Ann.json", "Ben.json"]);
    expect(JSON.parse(await drive.text("people\\Ann.json"))).toEqual({ name: "Ann", born: 1912 });
    drive.close();
  });
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
