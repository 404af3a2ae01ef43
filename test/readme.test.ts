import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { cases } from "../src/testing/index.js";
import { TestDrive } from "./test-drive.js";

const ROOT = resolve(import.meta.dirname, "..");
const TIMEOUT_MS = 30_000;

/** Runs a program of a document as printed, and gives the port of its server to a test. */
async function running(
  document: string,
  number: number,
  test: (port: number) => Promise<void>,
): Promise<void> {
  const text = await readFile(join(ROOT, document), "utf8");
  const program = [...text.matchAll(/```ts\n(.*?)```/gs)][number]?.[1] ?? "";
  const directory = await mkdtemp(join(tmpdir(), "anymount-readme-"));
  await mkdir(join(directory, "node_modules"));
  await symlink(ROOT, join(directory, "node_modules", "anymount"), "dir");
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  const { outputText } = ts.transpileModule(program, { compilerOptions }); // takes the types away
  await writeFile(join(directory, "program.mjs"), outputText);
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
  await running("README.md", 0, connects);
});

it("runs the README's tree as printed, for a client to read", { timeout: TIMEOUT_MS }, async () => {
  await running("README.md", 1, async (port) => {
    const drive = await TestDrive.connect(port, "demo");
    expect(await drive.names()).toEqual(["hello.txt", "now.txt", "people"]);
    expect(await drive.text("hello.txt")).toBe("Hello, world\n");
    expect(Date.parse(await drive.text("now.txt"))).toBeGreaterThan(Date.now() - TIMEOUT_MS);
    expect(await drive.names("people")).toEqual(["Ann.json", "Ben.json"]);
    expect(JSON.parse(await drive.text("people\\Ann.json"))).toEqual({ name: "Ann", born: 1912 });
    drive.close();
  });
});

describe("the tutorial's programs run as printed", { timeout: TIMEOUT_MS }, () => {
  const TUTORIAL = "docs/tutorial.md";

  it("1: values and functions", async () => {
    await running(TUTORIAL, 0, async (port) => {
      const drive = await TestDrive.connect(port, "shop");
      expect(await drive.names("orders")).toEqual(["Ann／1.json", "Ben／2.json"]);
      expect(await drive.text("report.csv")).toBe("id,total\n1,12.5\n2,40\n");
      expect(await drive.text("who.txt")).toMatch(/^anna at 127\.0\.0\.1:/);
      expect(await drive.bytes("logo.bin")).toEqual(Buffer.from([0x89, 0x50]));
      drive.close();
    });
  });

  it("4: what changes behind the server's back", async () => {
    await running(TUTORIAL, 1, async (port) => {
      const drive = await TestDrive.connect(port, "lab");
      const before = await drive.text("now.txt");
      await drive.nextChange("");
      await expect.poll(() => drive.text("now.txt")).not.toBe(before);
      expect(await drive.names("log")).toContain("1.txt");
      drive.close();
    });
  });

  it("5: what clients may change", async () => {
    await running(TUTORIAL, 2, async (port) => {
      const drive = await TestDrive.connect(port, "notes");
      await drive.write("a.txt", "first");
      await drive.rename("a.txt", "b.txt");
      expect(await drive.text("b.txt")).toBe("first");
      await drive.remove("b.txt");
      await expect(drive.remove("welcome.txt")).rejects.toThrow("CANNOT_DELETE");
      expect(await drive.names()).toEqual(["welcome.txt"]);
      drive.close();
    });
  });

  it("6: a file system of your own", async () => {
    await running(TUTORIAL, 3, async (port) => {
      const drive = await TestDrive.connect(port, "flat");
      await drive.write("a.txt", "first");
      await drive.write("B.txt", "second");
      await drive.rename("a.txt", "c.txt");
      expect(await drive.names()).toEqual(["B.txt", "c.txt"]);
      expect(await drive.text("b.TXT")).toBe("second");
      await drive.remove("c.txt");
      expect(await drive.names()).toEqual(["B.txt"]);
      drive.close();
    });
  });
});

it("runs the README's test of a file system as printed", { timeout: 120_000 }, async () => {
  const readme = await readFile(join(ROOT, "README.md"), "utf8");
  const program = /```ts\n(import \{ test \}.*?)```/s.exec(readme)?.[1] ?? "";
  const directory = await mkdtemp(join(tmpdir(), "anymount-readme-"));
  try {
    await mkdir(join(directory, "node_modules"));
    await symlink(ROOT, join(directory, "node_modules", "anymount"), "dir");
    await writeFile(join(directory, "program.mjs"), program); // it is JavaScript as well
    const printed = await outputOf(spawn(process.execPath, ["program.mjs"], { cwd: directory }));
    expect(printed).toMatch(new RegExp(`^# tests ${cases.length}$`, "m"));
    expect(printed).toMatch(/^# fail 0$/m);
  } finally {
    await rm(directory, { recursive: true });
  }
});

it("runs the README's test of an SMB client as printed", { timeout: TIMEOUT_MS }, async () => {
  const readme = await readFile(join(ROOT, "README.md"), "utf8");
  const program = /```ts\n(import [^`]*?startServer.*?)```/s.exec(readme)?.[1] ?? "";
  expect(await ended(program)).toEqual({ status: 0, output: "" });
});

it("ends a test that forgets its server, whose file system hears of it", {
  timeout: TIMEOUT_MS,
}, async () => {
  const program = `
    import { memory } from "anymount";
    import { startServer } from "anymount/testing";
    const drive = Object.assign(memory(), { stop: () => console.log("stopped") });
    const server = await startServer(drive);
    await server.drive();
    console.log("forgotten");
  `;
  expect(await ended(program)).toEqual({ status: 0, output: "forgotten\nstopped\n" });
});

/** How a program ends, beside an installed package. */
async function ended(program: string): Promise<{ status: number | null; output: string }> {
  const directory = await mkdtemp(join(tmpdir(), "anymount-readme-"));
  try {
    await mkdir(join(directory, "node_modules"));
    await symlink(ROOT, join(directory, "node_modules", "anymount"), "dir");
    const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
    const { outputText } = ts.transpileModule(program, { compilerOptions }); // also what Node 20 lacks
    await writeFile(join(directory, "program.mjs"), outputText);
    const child = spawn(process.execPath, ["program.mjs"], { cwd: directory });
    const output = await outputOf(child);
    return { status: child.exitCode, output };
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** All that a program prints, up to its end. */
function outputOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    child.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString()));
    child.once("close", () => {
      resolve(text);
    });
  });
}

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
