import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { memory, serve } from "../../src/index.js";
import { describeWith } from "../programs.js";
import { expectNothingLeft, type Run, smbclient, USERS, withDirectory } from "./smb-client.js";

/** Runs commands in a directory of this machine that has the file `file`. */
async function withServer(
  followsSymlinks: boolean,
  test: (run: (commands: readonly string[]) => Promise<Run>, directory: string) => Promise<void>,
): Promise<void> {
  const server = await serve({ data: memory() }, { port: 0, users: USERS, followsSymlinks });
  try {
    await withDirectory(async (directory) => {
      await writeFile(join(directory, "file"), "text");
      await test((commands) => smbclient({ port: server.port, directory }, commands), directory);
    });
    await expectNothingLeft(server);
  } finally {
    await server.close();
  }
}

// smbclient 4.17 makes and shows links over SMB2; its `readlink` is for SMB1 alone.
describeWith(["smbclient"], "symbolic links, by smbclient", () => {
  it("a link is made, shown with where it leads, and deleted without what it leads to", () =>
    withServer(false, async (run) => {
      const made = await run(["put file", "symlink file link", "allinfo link"]);
      expect(made).toMatchObject({ status: 0 });
      expect(made.output).toContain("symlink: subst=[file], print=[file], flags=1");
      expect((await run(["del link"])).status).toBe(0);
      const { output } = await run(["ls"]);
      expect(output).toMatch(/^ {2}file /m);
      expect(output).not.toMatch(/^ {2}link /m);
    }));

  it("a link is followed by the server that was told so, and only in its own volume", () =>
    withServer(true, async (run, directory) => {
      await run(["mkdir dir", "put file dir\\file", "symlink dir there"]);
      expect(await run(["get there\\file back"])).toMatchObject({ status: 0 });
      expect(await readFile(join(directory, "back"), "utf8")).toBe("text");
      await run(["symlink ..\\outside out"]);
      const { status } = await run(["get out back2"]);
      expect(status).not.toBe(0);
    }));
});
