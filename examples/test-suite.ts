// A drive for the tests of a program that uses network drives: fixtures, files that are slow or fail, and a folder
// that remembers what was put there.
//   anymount serve tree test-suite.js
// Or in the test itself:
//   const server = await serve(drive, { port: 0, users: [{ name: "test", password: "test" }] });
//   ... let the program loose on server.shares[0].url ...
//   expect(uploads.get("report.txt")?.toString()).toBe("done");
//   await server.close();
import { setTimeout as sleep } from "node:timers/promises";
import { dir, file, NtError, NtStatus } from "anymount";

/** What was put into `uploads`, by name. */
export const uploads = new Map<string, Buffer>();

const failing = (status: NtStatus) =>
  file(() => {
    throw new NtError(status);
  });

/** As many bytes as you like, of which none takes memory. */
const large = (size: number) =>
  file({ size, read: (offset, length) => new Uint8Array(length).fill(offset % 251) });

const upload = (name: string) =>
  file(() => uploads.get(name) ?? "", {
    write: (content) => void uploads.set(name, Buffer.from(content)),
    view: "everybody",
  });

const drive = dir({
  "fixture.json": '{"answer": 42}\n',
  "large.bin": large(2 ** 40),
  "slow to open.txt": file(async () => sleep(300, "at last\n")),
  "slow to read.txt": file(
    async function* () {
      for (const word of ["one ", "two ", "three\n"]) {
        await sleep(100);
        yield word;
      }
    },
    { size: 14 },
  ),
  failures: dir({
    "access denied.txt": failing(NtStatus.ACCESS_DENIED),
    "disk failure.txt": failing(NtStatus.IO_DEVICE_ERROR),
    "gone.txt": failing(NtStatus.OBJECT_NAME_NOT_FOUND),
  }),
  uploads: dir(() => [...uploads.keys()].map((name) => [name, upload(name)]), {
    create: (name, { isDirectory }) => {
      if (isDirectory) throw new NtError(NtStatus.ACCESS_DENIED);
      uploads.set(name, Buffer.alloc(0));
    },
    remove: (name) => void uploads.delete(name),
  }),
});

export default drive;
