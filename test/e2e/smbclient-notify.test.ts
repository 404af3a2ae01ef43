import { afterEach, beforeEach, expect, it } from "vitest";
import { memory } from "../../src/index.js";
import { FakeClock, type StartedServer, startServer } from "../../src/testing/index.js";
import { describeWith } from "../programs.js";
import { expectNothingLeft, RunningClient, smbclient } from "./smb-client.js";

describeWith(["smbclient", "stdbuf"], "what smbclient's notify tells", () => {
  let started: StartedServer;
  let watching: RunningClient | undefined;
  beforeEach(async () => {
    started = await startServer(memory());
  });
  afterEach(async () => {
    await watching?.end();
    watching = undefined;
    await expectNothingLeft(started.server);
    await started.close();
  });

  function target() {
    const { port, share, user, password } = started;
    return { port, share, user: `${user}%${password}` };
  }

  /** Somebody watches a folder. The request has no answer yet, so it is looked for among those that wait. */
  async function watch(folder: string): Promise<RunningClient> {
    await smbclient(target(), [`mkdir ${folder}`]);
    watching = new RunningClient(target(), `notify ${folder}`);
    await expect.poll(() => started.server.tableSizes.pendingRequests, { timeout: 30_000 }).toBe(1);
    return watching;
  }

  it("is what others do in the folder, and below it", async () => {
    const client = await watch("folder");
    await smbclient(target(), ["put package.json folder\\a.json", "mkdir folder\\deep"]);
    await expect.poll(() => client.output, { timeout: 30_000 }).toMatch(/^0001 a\.json$/m);
    await expect.poll(() => client.output, { timeout: 30_000 }).toMatch(/^0001 deep$/m);
    await smbclient(target(), ["rename folder\\a.json folder\\b.json", "mkdir folder\\deep\\er"]);
    await expect.poll(() => client.output, { timeout: 30_000 }).toMatch(/^0001 deep\\er$/m);
    expect(client.output).toMatch(/^0004 a\.json\n0005 b\.json$/m);
    await smbclient(target(), ["del folder\\b.json"]);
    await expect.poll(() => client.output, { timeout: 30_000 }).toMatch(/^0002 b\.json$/m);
    started.expectRequest({ command: "CHANGE_NOTIFY", path: "folder", status: "SUCCESS" });
  });

  it("does not depend on what time the server has", async () => {
    await started.close();
    started = await startServer(memory(), { clock: new FakeClock(0) });
    const client = await watch("folder");
    await smbclient(target(), ["mkdir folder\\new"]);
    await expect.poll(() => client.output, { timeout: 30_000 }).toMatch(/^0001 new$/m);
  });

  it("ends with the client, of which nothing is left", async () => {
    const client = await watch("folder");
    await client.end();
    await started.untilClosed();
    await smbclient(target(), ["rmdir folder"]);
    started.expectRequest({ command: "CLOSE", path: "folder", status: "SUCCESS" });
  });
});
