import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type FolderOptions, folder, serve } from "../../src/index.js";
import { describeWith } from "../programs.js";
import { expectNothingLeft, type Run, smbclient, USERS, withDirectory } from "./smb-client.js";

interface Setting {
  /** Served. */
  readonly root: string;
  /** The client's own. */
  readonly local: string;
  readonly run: (commands: readonly string[]) => Promise<Run>;
}

/** A server of a folder, and a client beside it. */
async function withFolder(
  options: FolderOptions,
  test: (setting: Setting) => Promise<void>,
): Promise<void> {
  await withDirectory(async (directory) => {
    const [root, local] = [join(directory, "root"), join(directory, "local")];
    mkdirSync(root);
    mkdirSync(local);
    const server = await serve(
      { data: folder(root, options) },
      { port: 0, users: USERS, followsSymlinks: true },
    );
    const errors: unknown[] = [];
    server.on("error", (error) => errors.push(error));
    try {
      const run: Setting["run"] = (commands) =>
        smbclient({ port: server.port, directory: local }, commands);
      await test({ root, local, run });
      await expectNothingLeft(server);
      expect(errors).toEqual([]);
    } finally {
      await server.close();
    }
  });
}

/** Files of all sizes, in directories. */
function plant(root: string): void {
  for (const directory of ["", "a", "a/b", "c"]) {
    mkdirSync(join(root, directory), { recursive: true });
    for (const size of [0, 1, 5000, 300_000, 3_000_000]) {
      writeFileSync(
        join(root, directory, `file ${size}`),
        Buffer.alloc(size, `${directory}${size}`),
      );
    }
  }
}

function same(one: string, other: string): void {
  execFileSync("diff", ["-r", one, other]);
}

describeWith(["smbclient", "diff"], "a folder, by smbclient", () => {
  it.each([{ keepIn: "xattrs" }, { keepIn: "sideFiles" }] as const)(
    "takes a tree in and gives it out, with $keepIn",
    ({ keepIn }) =>
      withFolder({ keepIn }, async ({ root, local, run }) => {
        plant(join(local, "tree"));
        const put = await run(["prompt", "recurse", "mput tree"]);
        expect(put).toMatchObject({ status: 0 });
        same(join(local, "tree"), join(root, "tree"));
        mkdirSync(join(local, "back"));
        const got = await run(["lcd back", "prompt", "recurse", "mget tree"]);
        expect(got).toMatchObject({ status: 0 });
        same(join(root, "tree"), join(local, "back/tree"));
        const gone = await run(["deltree tree"]);
        expect(gone).toMatchObject({ status: 0 });
        expect(readdirSync(root).filter((name) => name !== ".anymount")).toEqual([]);
      }),
  );

  it("shows names that are illegal on Windows, and takes them back", () =>
    withFolder({}, async ({ root, local, run }) => {
      writeFileSync(join(root, 'what? "no": <x>|y*'), "text");
      const shown = "what\uf03f \uf022no\uf022\uf03a \uf03cx\uf03e\uf07cy\uf02a";
      expect((await run(["ls"])).output).toContain(shown);
      expect(await run([`get "${shown}" back`])).toMatchObject({ status: 0 });
      expect(readFileSync(join(local, "back"), "utf8")).toBe("text");
      expect(await run([`rename "${shown}" "now\uf03a"`])).toMatchObject({ status: 0 });
      expect(readdirSync(root)).toEqual(["now:"]);
    }));

  it("keeps streams, and deletes them with their file", () =>
    withFolder({}, async ({ root, local, run }) => {
      writeFileSync(join(local, "file"), "plain");
      writeFileSync(join(local, "more"), "stream");
      const put = await run(["put file", "put more file:named", "allinfo file"]);
      expect(put.output).toMatch(/stream: \[:named:\$DATA\], 6 bytes/);
      expect(await run(["get file:named back"])).toMatchObject({ status: 0 });
      expect(readFileSync(join(local, "back"), "utf8")).toBe("stream");
      expect(readFileSync(join(root, "file"), "utf8")).toBe("plain");
      expect(await run(["del file"])).toMatchObject({ status: 0 });
      expect(readdirSync(join(root, ".anymount"))).toEqual([]);
    }));

  it("shows symbolic links, makes them, and follows those that stay in it", () =>
    withFolder({}, async ({ root, local, run }) => {
      mkdirSync(join(root, "dir"));
      writeFileSync(join(root, "dir/file"), "text");
      symlinkSync("dir", join(root, "there"));
      symlinkSync("/etc", join(root, "outside"));
      const followed = await run(["get there\\file back"]);
      expect(followed).toMatchObject({ status: 0 });
      expect(readFileSync(join(local, "back"), "utf8")).toBe("text");
      expect((await run(["get outside\\passwd passwd"])).status).not.toBe(0);
      expect(readdirSync(local)).toEqual(["back"]);
      expect(await run(["symlink dir\\file made"])).toMatchObject({ status: 0 });
      expect(readlinkSync(join(root, "made"))).toBe("dir/file");
    }));

  it("shows and takes hard links, attributes, and what may not be written", () =>
    withFolder({}, async ({ root, local, run }) => {
      writeFileSync(join(root, "file"), "text");
      expect(await run(["hardlink file other"])).toMatchObject({ status: 0 });
      expect(statSync(join(root, "other")).nlink).toBe(2);
      const set = await run(["setmode file +h", "allinfo file"]);
      expect(set.output).toMatch(/attributes: HA \(/);
      chmodSync(join(root, "file"), 0o444);
      writeFileSync(join(local, "file"), "new");
      expect((await run(["put file"])).output).toContain("NT_STATUS_ACCESS_DENIED");
      expect(readFileSync(join(root, "file"), "utf8")).toBe("text");
    }));
});
