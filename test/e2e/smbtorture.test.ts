import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { memory, type Server, serve } from "../../src/index.js";
import { describeWith } from "../programs.js";
import { TESTS } from "./smbtorture-tests.js";

const TIMEOUT_MS = 60_000;

const USERS = [
  { name: "user", password: "pass" },
  { name: "user2", password: "pass2" },
];

describeWith(["smbtorture"], "Samba's own tests", () => {
  let server: Server;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "anymount-smbtorture-"));
    const shares = { share: {}, hideunread: { hidesUnreadable: true } };
    server = await serve(memory(), { port: 0, shares, users: USERS, signing: "enabled" });
  });

  afterAll(async () => {
    await server.close();
    await rm(directory, { recursive: true, force: true });
  });

  it.each(TESTS)(
    "%s",
    async (test) => {
      const { status, output } = await smbtorture(server.port, directory, test);
      expect(status, output).toBe(0);
      expect(output).toMatch(/^success: /m);
    },
    TIMEOUT_MS,
  );
});

function smbtorture(
  port: number,
  directory: string,
  test: string,
): Promise<{ status: number; output: string }> {
  const args = [
    "//127.0.0.1/share",
    ...["-p", String(port), "-U", "user%pass", "-s", "/dev/null"],
    ...["--format=subunit", "--target=other", `--basedir=${directory}`],
    "--option=torture:progress=no",
    "--option=torture:noperm_share=IPC$",
    test,
  ];
  const options = { cwd: directory, timeout: TIMEOUT_MS };
  return new Promise((resolve) => {
    execFile("smbtorture", args, options, (error, stdout, stderr) => {
      const status = error === null ? 0 : Number(error.code ?? 1);
      resolve({ status, output: `${stdout}\n${stderr}` });
    });
  });
}
