import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach, describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");
const depcruise = join(root, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
const config = join(root, ".dependency-cruiser.mjs");

/** A source tree that keeps the rules: one file that is used, behind a door, in each layer here. */
const good = {
  "src/bytes/index.ts": `export { width } from "./width.js";`,
  "src/bytes/width.ts": `export const width = 1;`,
  "src/nt/index.ts": `export { size } from "./size.js";`,
  "src/nt/size.ts": `import { width } from "../bytes/index.js";\nexport const size = width;`,
  "src/index.ts": `export { size } from "./nt/index.js";`,
};

describe("the layer check", { timeout: 30_000 }, () => {
  const trees: string[] = [];
  afterEach(() => {
    for (const tree of trees.splice(0)) rmSync(tree, { recursive: true });
  });

  function check(files: Readonly<Record<string, string>>): { status: number | null; text: string } {
    const tree = mkdtempSync(join(tmpdir(), "anymount-layers-"));
    trees.push(tree);
    const all = { "tsconfig.json": `{"compilerOptions":{"module":"NodeNext"}}`, ...good, ...files };
    for (const [path, text] of Object.entries(all)) {
      mkdirSync(dirname(join(tree, path)), { recursive: true });
      writeFileSync(join(tree, path), text);
    }
    symlinkSync(join(root, "node_modules"), join(tree, "node_modules"), "junction");
    return cruise(tree);
  }

  it("passes a tree that keeps the rules", () => {
    expect(check({})).toMatchObject({ status: 0 });
  });

  it.each([
    {
      rule: "bytes-imports-only-nothing",
      why: "a layer reaches up",
      files: {
        "src/bytes/width.ts": `import { two } from "../wire/index.js";\nexport const width = two;`,
        "src/wire/index.ts": `export const two = 2;`,
      },
    },
    {
      rule: "wire-imports-only-nt-bytes",
      why: "a layer reaches up for a type only",
      files: {
        "src/wire/index.ts": `import type { K } from "../kernel/index.js";\nexport const k: K = 1;`,
        "src/kernel/index.ts": `export type K = number;`,
      },
    },
    {
      rule: "layers-are-entered-by-their-door",
      why: "a layer is entered past its door",
      files: {
        "src/nt/size.ts": `import { width } from "../bytes/width.js";\nexport const size = width;`,
      },
    },
    {
      rule: "the-public-face-uses-doors",
      why: "the public face reaches past a door",
      files: { "src/index.ts": `export { size } from "./nt/size.js";` },
    },
    {
      rule: "siblings-stay-apart",
      why: "a file system imports another",
      files: {
        "src/filesystems/a/index.ts": `export { b } from "../b/index.js";`,
        "src/filesystems/b/index.ts": `export const b = 1;`,
      },
    },
    {
      rule: "no-test-code-in-product",
      why: "the product uses test code",
      files: {
        "src/nt/size.ts": `import { width } from "../testing/index.js";\nexport const size = width;`,
        "src/testing/index.ts": `export const width = 1;`,
      },
    },
    {
      rule: "no-cycles",
      why: "two files import each other",
      files: {
        "src/nt/size.ts": `import { b } from "./b.js";\nexport const size = b;`,
        "src/nt/b.ts": `import { size } from "./size.js";\nexport const b = size;`,
      },
    },
    {
      rule: "no-orphans",
      why: "a file is used by nothing",
      files: { "src/nt/alone.ts": `export const alone = 1;` },
    },
    {
      rule: "every-file-has-a-layer",
      why: "a folder is in no layer",
      files: {
        "src/nt/size.ts": `import { x } from "../misc/index.js";\nexport const size = x;`,
        "src/misc/index.ts": `export const x = 1;`,
      },
    },
    {
      rule: "only-the-command-line-has-commander",
      why: "a layer below the command line uses commander",
      files: {
        "src/nt/size.ts": `import { Command } from "commander";\nexport const size = Command.length;`,
      },
    },
  ])("fails when $why", ({ rule, files }) => {
    const { status, text } = check(files);
    expect(text).toContain(rule);
    expect(status).not.toBe(0);
  });

  it("passes on the source", () => {
    expect(cruise(root)).toMatchObject({ status: 0 });
  });
});

function cruise(directory: string): { status: number | null; text: string } {
  const args = [depcruise, "src", "--config", config];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: directory,
    encoding: "utf8",
  });
  return { status, text: stdout + stderr };
}
