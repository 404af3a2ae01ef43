// Tests of a program that uses network drives: fixtures, files that are slow or fail, a folder that remembers what was
// put there, and what the program asked for. The program is smbclient here; take your own.
//   node --test test-suite.js
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { dir, file, NtError, NtStatus } from "anymount";
import { startServer } from "anymount/testing";

/** What was put into `uploads`, by name. */
const uploads = new Map<string, Buffer>();

const upload = (name: string) =>
  file(() => uploads.get(name) ?? "", {
    write: (content) => void uploads.set(name, Buffer.from(content)),
    view: "everybody",
  });

const drive = dir({
  "large.bin": file({ size: 2 ** 40, read: (at, length) => new Uint8Array(length).fill(at) }), // takes no memory
  "slow.txt": file(async () => sleep(300, "at last\n")),
  "failing.txt": file(() => {
    throw new NtError(NtStatus.IO_DEVICE_ERROR);
  }),
  uploads: dir(() => [...uploads.keys()].map((name) => [name, upload(name)]), {
    create: (name, { isDirectory }) => {
      if (isDirectory) throw new NtError(NtStatus.ACCESS_DENIED);
      uploads.set(name, Buffer.alloc(0));
    },
    remove: (name) => void uploads.delete(name),
  }),
});

const server = await startServer(drive); // it closes itself

/** The program under test, and what it prints. */
function program(command: string): Promise<string> {
  const { host, port, share, user, password } = server;
  const args = [`//${host}/${share}`, "-p", `${port}`, "-U", `${user}%${password}`, "-c", command];
  return new Promise((resolve) => {
    execFile("smbclient", args, (_, printed, errors) => {
      resolve(printed + errors);
    });
  });
}

test("it puts its report where others find it, and closes it", async () => {
  await program("put /etc/hostname uploads/report.txt");
  assert.ok(uploads.get("report.txt")?.length);
  server.expectSequence({ command: "WRITE", path: "uploads/report.txt" }, { command: "CLOSE" });
  await server.untilClosed();
});

test("it waits for what is slow, and says so when the disk fails", async () => {
  assert.match(await program("get slow.txt -"), /at last/);
  assert.match(await program("get failing.txt -"), /IO_DEVICE_ERROR/);
  server.expectRequest({ path: "failing.txt", status: "IO_DEVICE_ERROR" });
});
