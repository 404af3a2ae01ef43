/**
 * OpenSSH's server, with its files on tmpfs.
 *
 * @packageDocumentation
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { endProcess } from "./bench-server.js";
import { START_TIMEOUT_MS } from "./limits.js";
import { freePort } from "./samba-server.js";

const SSHD = "/usr/sbin/sshd";
const TMPFS = "/dev/shm";
/** Where sshd as root wants an empty directory. */
const PRIVILEGE_SEPARATION_DIRECTORY = "/run/sshd";

/** A running sshd that lets `id` log on. */
export interface SftpServer {
  readonly port: number;
  readonly user: string;
  /** What is copied from and to it is below `remote` and `local`; keys are in it, too. */
  readonly directory: string;
  stop(): Promise<void>;
}

/** Why it cannot be measured here, in one line; undefined where it can. */
export function sftpProblem(): string | undefined {
  for (const [path, remedy] of [
    [SSHD, "Debian: apt install openssh-server"],
    [TMPFS, "the files need tmpfs"],
  ] as const) {
    if (!existsSync(path)) return `SFTP is skipped: ${path} is not there (${remedy})`;
  }
  return undefined;
}

/** @throws Error with what sshd says */
export async function startSftpServer(): Promise<SftpServer> {
  const directory = mkdtempSync(join(TMPFS, "anymount-bench-"));
  const remove = () => {
    rmSync(directory, { recursive: true, force: true });
  };
  process.once("exit", remove);
  const port = await freePort();
  const user = userInfo();
  for (const name of ["remote", "local"]) mkdirSync(join(directory, name));
  for (const name of ["host", "id"]) {
    const keygen = ["-q", "-t", "ed25519", "-N", "", "-f", join(directory, name)];
    spawnSync("ssh-keygen", keygen, { stdio: "inherit" });
  }
  const hostKey = readFileSync(join(directory, "host.pub"), "utf8");
  writeFileSync(join(directory, "known_hosts"), `[127.0.0.1]:${port} ${hostKey}`);
  const config = join(directory, "sshd_config");
  writeFileSync(config, configuration(directory, port));
  if (user.uid === 0) mkdirSync(PRIVILEGE_SEPARATION_DIRECTORY, { recursive: true });
  const child = spawn(SSHD, ["-D", "-e", "-f", config], { stdio: ["ignore", "ignore", "pipe"] });
  process.once("exit", () => child.kill());
  await new Promise<void>((started, failed) => {
    let said = "";
    const fail = () => {
      failed(new Error(`sshd does not start: ${said}`));
    };
    const timer = setTimeout(fail, START_TIMEOUT_MS);
    child.once("exit", fail);
    child.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (!said.includes("Server listening on")) return;
      clearTimeout(timer);
      started();
    });
  });
  const stop = async () => {
    await endProcess(child, "SIGTERM");
    remove();
  };
  return { port, user: user.username, directory, stop };
}

function configuration(directory: string, port: number): string {
  return [
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${join(directory, "host")}`,
    `AuthorizedKeysFile ${join(directory, "id.pub")}`,
    "StrictModes no",
    "UsePAM no",
    "PidFile none",
    "PermitRootLogin yes",
    "Subsystem sftp /usr/lib/openssh/sftp-server",
    "",
  ].join("\n");
}
