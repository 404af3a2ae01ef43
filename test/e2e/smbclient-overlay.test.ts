import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { folder, memory, mounts, overlay, serve } from "../../src/index.js";
import { describeWith } from "../programs.js";
import { expectNothingLeft, smbclient, USERS, withDirectory } from "./smb-client.js";

describeWith(["smbclient"], "an overlay of a folder, by smbclient", () => {
  it("takes all changes, and leaves the folder as it is", async () => {
    await withDirectory(async (directory) => {
      const [root, local] = [join(directory, "root"), join(directory, "local")];
      for (const path of [root, local, join(root, "dir")]) mkdirSync(path);
      writeFileSync(join(root, "file"), "as it was");
      writeFileSync(join(root, "dir", "inside"), "inside");
      writeFileSync(join(root, "gone"), "to be deleted");
      writeFileSync(join(local, "new"), "n".repeat(3_000_000));
      const drive = mounts({ "\\": overlay(memory(), folder(root)), other: memory() });
      const server = await serve({ data: drive }, { port: 0, users: USERS });
      try {
        const { output, status } = await smbclient({ port: server.port, directory: local }, [
          "put new file",
          "get file back",
          "del gone",
          "rename dir moved",
          "get moved\\inside inside",
          "ls",
          "put new other\\new",
          "rename file other\\file",
        ]);
        expect(output).toContain("NT_STATUS_NOT_SAME_DEVICE");
        expect(status).toBe(1);
        expect(output).toMatch(/ moved .* D /);
        expect(output).not.toMatch(/^ {2}gone/m);
        expect(readFileSync(join(local, "back"), "utf8")).toBe("n".repeat(3_000_000));
        expect(readFileSync(join(local, "inside"), "utf8")).toBe("inside");
        await expectNothingLeft(server);
      } finally {
        await server.close();
      }
      expect(readdirSync(root).sort()).toEqual(["dir", "file", "gone"]);
      expect(readFileSync(join(root, "file"), "utf8")).toBe("as it was");
      expect(readdirSync(join(root, "dir"))).toEqual(["inside"]);
    });
  });
});
