import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type SftpFileSystem, sftp } from "../../src/index.js";
import {
  cases,
  mountCases,
  type RunOptions,
  runCase,
  type Way,
  waysOf,
} from "../../src/testing/conformance/index.js";
import { reasonForNoFuse } from "../fuse-here.js";
import { describeWith } from "../programs.js";
import { SSH_PROGRAMS, Sshd } from "./sshd.js";

/** Some cases ask thousands of times, each time over the connection. */
const TIMEOUT = { timeout: 60_000 };

const RUNS: readonly {
  readonly title: string;
  readonly run: RunOptions & { readonly ways: readonly [Way] };
}[] = [
  { title: "directly", run: { ways: ["direct"] } },
  { title: "through the kernel", run: { ways: ["kernel"] } },
  { title: "through SMB", run: { ways: ["smb"] } },
  { title: "by programs on a mount", run: { ways: ["fuse"] } },
];

const ALL_CASES = [...cases, ...mountCases];

/** What SFTP 3 cannot do: why, and the cases that ask for it. */
const LACKED: readonly (readonly [why: string, names: readonly string[]])[] = [
  [
    "SFTP 3 keeps no attributes of Windows",
    [
      "a directory stays one whatever attributes it is given",
      "a file tells what it is",
      "a hidden file is overwritten only by who says that it is hidden",
      "a new file has the attributes it was given, and ARCHIVE",
      "a new file is empty and has what it was given",
      "a read-only file is deleted by who says that it may be",
      "a read-only file is not deleted",
      "a read-only file is not opened to be written",
      "a read-only file is not replaced",
      "an overwritten file has the attributes it was given, and ARCHIVE",
      "attributes that are set are there for everybody, and ARCHIVE can be taken away",
      "in a read-only directory files are made, and it goes only when it is read-only no more",
      "overwriting adds attributes, or replaces them",
      "the name of a read-only file is taken by who says that it may be",
      "what is read-only is not opened to be deleted on close",
    ],
  ],
  [
    "SFTP 3 has times in whole seconds, and two of the four",
    [
      "a write through another open moves the time of the last write",
      "times and attributes are set, and stay",
      "times set by the open survive its writes",
      "times that are set stay, and those that are not stay as they were",
    ],
  ],
  [
    "SFTP 3 has no numbers of files, and does not count names",
    [
      "a file tells its names, and where they are",
      "a file with two names is one file, which goes with the last",
      "a link is another name of the same file",
      "a link takes a name that is taken only where that is asked",
      "a name of several is renamed alone",
      "names are told with their directories",
      "a file has several names, and goes with the last",
      "a file renamed to another name that it has keeps both",
    ],
  ],
  [
    "a name on the server has 255 bytes of UTF-8",
    [
      "a name may have 255 units, in any script, and no more",
      "names keep lone surrogates and all other characters",
      "names of 255 units are listed whole",
    ],
  ],
  [
    "SFTP 3 sets no space aside",
    [
      "space above the size leaves the size",
      "space can be set aside at once",
      "space set aside is kept while the file is open, and given back after the last close",
      "the end of a file is set, and space is set aside and taken back",
    ],
  ],
  [
    "descriptors become permissions of POSIX, and come back as these tell",
    [
      "a new file has from its directory what that hands down",
      "a new file has the descriptor it was given",
      "descriptors of many files, set and read at once, do not get mixed up",
      "others do what the descriptor lets them, and its owner can always change it",
      "who sets a DACL changes that alone",
    ],
  ],
  [
    "the server has symbolic links only",
    [
      "a reparse point of a private tag is set, told, and removed by who knows its GUID",
      "a special file of NFS comes back as it was set",
    ],
  ],
];

const LACKS: ReadonlyMap<string, string> = new Map(
  LACKED.flatMap(([why, names]) => names.map((name) => [name, why] as const)),
);

describeWith(SSH_PROGRAMS, "the cases, on a server by SFTP", () => {
  let sshd: Sshd;

  beforeAll(async () => {
    sshd = await Sshd.start();
  });

  afterAll(async () => {
    await sshd.stop();
  });

  const made: SftpFileSystem[] = [];

  afterEach(async () => {
    for (const drive of made.splice(0)) await drive.stop?.();
  });

  /** A directory of its own for each case. */
  async function make(): Promise<SftpFileSystem> {
    const drive = sftp(sshd.options({ path: mkdtempSync(join(sshd.data, "case-")) }));
    made.push(drive);
    await drive.connect();
    return drive;
  }

  const why = reasonForNoFuse();
  if (why !== undefined) console.log(`skipped: the cases, on a server by SFTP, on a mount: ${why}`);
  const runs = why === undefined ? RUNS : RUNS.filter(({ run }) => run.ways[0] !== "fuse");

  describe.each(runs)("$title", ({ run }) => {
    const [way] = run.ways;
    const asked = ALL_CASES.filter((each) => waysOf(each).includes(way));
    const taken = asked.filter(({ name }) => !LACKS.has(name));
    const left = asked.filter(({ name }) => LACKS.has(name));

    it.skip.each(left.map(({ name }) => ({ name, why: LACKS.get(name) })))(
      "$name ($why)",
      () => undefined,
    );

    it.each(taken.map((each) => ({ each, name: each.name })))(
      "$name",
      TIMEOUT,
      async ({ each }) => {
        await runCase(each, make, run);
      },
    );
  });

  it("are all there that are left out", () => {
    const names = new Set(ALL_CASES.map(({ name }) => name));
    expect([...LACKS.keys()].filter((name) => !names.has(name))).toEqual([]);
  });
});
