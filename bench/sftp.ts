/**
 * `npm run bench -- --sftp`: how fast a big file is copied from and to an SFTP server, by OpenSSH's `sftp` and by
 * anymount, through the file system alone and through SMB.
 *
 * @packageDocumentation
 */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Caller } from "../src/fs/index.js";
import { type Server, type SftpFileSystem, serve, sftp } from "../src/index.js";
import { FILE_ALL_ACCESS, FILE_ATTRIBUTE_ARCHIVE, FILE_READ_DATA } from "../src/nt/index.js";
import { type SftpServer, sftpProblem, startSftpServer } from "./sftp-server.js";

const execute = promisify(execFile);
const MIB = 1024 * 1024;
const SIZE = 1024 * MIB;
/** Requests of 1 MiB under way at once, as clients of SMB have them. */
const DEPTH = 4;
const PASSWORD = "measured-by-bench";
/** Of the rate of `sftp`, at least. */
const CLAIMED_RATIO = 0.8;
const CALLER: Caller = {
  userName: "bench",
  userSid: "S-1-5-21-1-2-3-1001",
  groupSids: ["S-1-1-0"],
  sessionId: 0,
  clientAddress: "",
};
const SMBCLIENT = "/usr/bin/smbclient";

/** A way to copy, in one direction. */
interface Way {
  readonly name: string;
  readonly direction: "from" | "to";
  readonly copy: () => Promise<void>;
}

/** @returns whether what is claimed holds; true where nothing can be measured */
export async function runSftp(rounds: number): Promise<boolean> {
  const problem = sftpProblem();
  if (problem !== undefined) {
    console.log(problem);
    return true;
  }
  const server = await startSftpServer();
  const drive = sftp({
    host: "127.0.0.1",
    port: server.port,
    user: server.user,
    path: join(server.directory, "remote"),
    identityFiles: [join(server.directory, "id")],
    agent: "none",
    configFile: "none",
    knownHostsFiles: [join(server.directory, "known_hosts")],
  });
  try {
    await fill(join(server.directory, "remote", "big"));
    await fill(join(server.directory, "local", "big"));
    const smb = await serve(
      { bench: drive },
      { port: 0, users: [{ name: "bench", password: PASSWORD }] },
    );
    try {
      return await measureAll(ways(server, drive, smb), server, rounds);
    } finally {
      await smb.close();
    }
  } finally {
    await server.stop();
  }
}

function ways(server: SftpServer, drive: SftpFileSystem, smb: Server): readonly Way[] {
  const local = (name: string) => join(server.directory, "local", name);
  const all: Way[] = [
    {
      name: "sftp",
      direction: "from",
      copy: () => runSftpProgram(server, "get remote/big local/out"),
    },
    { name: "anymount", direction: "from", copy: () => copyFrom(drive, local("out")) },
    {
      name: "sftp",
      direction: "to",
      copy: () => runSftpProgram(server, "put local/big remote/out"),
    },
    { name: "anymount", direction: "to", copy: () => copyTo(drive, local("big")) },
  ];
  if (!existsSync(SMBCLIENT)) return all;
  const byClient = (command: string) => () => runSmbClient(smb.port, local("."), command);
  return [
    ...all,
    { name: "anymount, smbclient", direction: "from", copy: byClient("get big out") },
    { name: "anymount, smbclient", direction: "to", copy: byClient("put big out") },
  ];
}

/** In turns, so that what else the machine does is shared. */
async function measureAll(
  all: readonly Way[],
  { directory }: SftpServer,
  rounds: number,
): Promise<boolean> {
  const seconds = new Map(all.map((way) => [way, [] as number[]]));
  for (let round = 0; round < rounds; round++) {
    for (const way of all) {
      for (const side of ["local", "remote"]) rmSync(join(directory, side, "out"), { force: true });
      const beganMs = performance.now();
      await way.copy();
      seconds.get(way)?.push((performance.now() - beganMs) / 1000);
    }
    console.error(`round ${round + 1} of ${rounds} done`);
  }
  return report(new Map([...seconds].map(([way, times]) => [way, median(times)])));
}

/** @returns whether the file system reaches what is claimed, both ways */
function report(seconds: ReadonlyMap<Way, number>): boolean {
  console.log("| 1 GiB | MB/s | to sftp's own rate |\n|---|---|---|");
  let isMet = true;
  for (const [{ name, direction }, taken] of seconds) {
    const own = [...seconds].find(
      ([way]) => way.name === "sftp" && way.direction === direction,
    )?.[1];
    const ratio = (own ?? taken) / taken;
    if (name === "anymount" && ratio < CLAIMED_RATIO) isMet = false;
    const rate = Math.round(SIZE / taken / 1e6);
    console.log(`| ${direction} the server, ${name} | ${rate} | ${ratio.toFixed(2)} |`);
  }
  return isMet;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** What nothing on the way can make smaller. */
async function fill(path: string): Promise<void> {
  const file = await open(path, "w");
  for (let at = 0; at < SIZE; at += MIB) await file.write(randomBytes(MIB), 0, MIB, at);
  await file.close();
}

async function runSftpProgram(
  { directory, port, user }: SftpServer,
  command: string,
): Promise<void> {
  const args = [
    ...["-q", "-b", "-", "-F", "none", "-P", String(port), "-i", join(directory, "id")],
    ...["-o", `UserKnownHostsFile=${join(directory, "known_hosts")}`, "-o", "IdentityAgent=none"],
    `${user}@127.0.0.1:${directory}`,
  ];
  const running = execute("sftp", args, { cwd: directory });
  running.child.stdin?.end(`${command}\n`);
  await running;
}

async function runSmbClient(port: number, directory: string, command: string): Promise<void> {
  const login = ["-p", String(port), "-U", `bench%${PASSWORD}`, "-s", "/dev/null"];
  await execute(SMBCLIENT, ["//127.0.0.1/bench", ...login, "-c", command], { cwd: directory });
}

/** The file system's own operations, as the kernel calls them; DEPTH requests at once. */
async function copyFrom(drive: SftpFileSystem, path: string): Promise<void> {
  const params = { createOptions: 0, grantedAccess: FILE_READ_DATA };
  const { file } = await drive.open("\\big", params, CALLER);
  const target = await open(path, "w");
  await inRuns(async (offset, buffer) => {
    const count = (await drive.read?.(file, buffer, offset, CALLER)) ?? 0;
    await writeAll(target, buffer.subarray(0, count), offset);
  });
  await target.close();
  await drive.close?.(file);
}

async function copyTo(drive: SftpFileSystem, path: string): Promise<void> {
  const params = {
    isDirectory: false,
    createOptions: 0,
    grantedAccess: FILE_ALL_ACCESS,
    fileAttributes: FILE_ATTRIBUTE_ARCHIVE,
    securityDescriptor: undefined,
    allocationSize: 0,
    extendedAttributes: undefined,
  };
  const made = await drive.create?.("\\out", params, CALLER);
  if (made === undefined) throw new Error("the drive makes no files");
  const source = await open(path, "r");
  const how = { toEndOfFile: false, isConstrained: false, keepTimes: false };
  await inRuns(async (offset, buffer) => {
    const { bytesRead } = await source.read(buffer, 0, MIB, offset);
    await drive.write?.(made.file, buffer.subarray(0, bytesRead), offset, how, CALLER);
  });
  await source.close();
  await drive.close?.(made.file);
}

async function inRuns(run: (offset: number, buffer: Buffer) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    const buffer = Buffer.alloc(MIB);
    while (next < SIZE) {
      const offset = next;
      next += MIB;
      await run(offset, buffer);
    }
  };
  await Promise.all(Array.from({ length: DEPTH }, worker));
}

async function writeAll(file: FileHandle, data: Buffer, offset: number): Promise<void> {
  const { bytesWritten } = await file.write(data, 0, data.length, offset);
  if (bytesWritten !== MIB)
    throw new Error(`${bytesWritten} bytes at ${offset}, where there are more`);
}
