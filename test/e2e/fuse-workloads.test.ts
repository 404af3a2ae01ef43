import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { memory } from "../../src/filesystems/memory/index.js";
import { describeWithFuse } from "../fuse-here.js";
import { describeWith } from "../programs.js";
import { TestMount } from "./fuse-mount.js";

const RANDOM_OPERATIONS = fileURLToPath(new URL("programs/random-operations.c", import.meta.url));
/** Told at the end of a run; `ANYMOUNT_SEED` repeats it. */
const SEED = String(process.env["ANYMOUNT_SEED"]);
const TIMEOUT_MS = 120_000;

/** Of nobody on the machine. */
const ORDINARY_UID = 54_321;

const PROGRAM = {
  "main.c":
    '#include <stdio.h>\n#include "sum.h"\nint main(void) { printf("%d\\n", sum(40, 2)); return 0; }\n',
  "sum.h": "int sum(int a, int b);\n",
  "sum.c": '#include "sum.h"\nint sum(int a, int b) { return a + b; }\n',
  Makefile: [
    "program: main.o sum.o",
    "\tgcc -o $@ $^",
    "%.o: %.c sum.h",
    "\tgcc -O1 -c -o $@ $<",
    "",
  ].join("\n"),
};

const PROGRAMS = ["git", "gcc", "make", "sqlite3", "tar", "setpriv"];

describeWithFuse("a mount by /dev/fuse", () => {
  describeWith(PROGRAMS, "used by real programs", workloads);
});

function workloads(): void {
  let mount: TestMount;
  let away: string;
  let randomOperations: string;

  beforeAll(async () => {
    away = await mkdtemp(join(tmpdir(), "anymount-away-"));
    await chmod(away, 0o755);
    randomOperations = join(away, "random-operations");
  });

  afterAll(async () => {
    await rm(away, { recursive: true, force: true });
  });

  beforeEach(async () => {
    mount = await TestMount.of(memory({ isCaseSensitive: true }));
  });

  afterEach(async () => {
    const { errors, volume } = mount;
    await mount.end();
    expect(errors).toEqual([]);
    expect(volume.tableSizes).toEqual({ nodes: 0, opens: 0 });
  });

  async function succeeds(script: string, uid?: number): Promise<string> {
    const { status, output } = await mount.run(script, { uid });
    expect(output.slice(-2000) + String(status)).toBe(output.slice(-2000) + "0");
    return output;
  }

  /** @param uid - whose it is: git takes nothing that is somebody else's */
  async function prepareRepository(uid = 0): Promise<string> {
    const repository = join(away, `repository-${Math.random().toString(36).slice(2)}`);
    await mkdir(repository);
    for (const [name, text] of Object.entries(PROGRAM))
      await writeFile(join(repository, name), text);
    const made = await mount.run(
      `cd ${repository}; git init -q -b main; ln -s sum.c link; chmod 755 Makefile; git add .
       git -c user.name=a -c user.email=a@b commit -q -m one
       for i in $(seq 30); do mkdir -p d$i/e; echo $i > d$i/e/f; done; git add .
       git -c user.name=a -c user.email=a@b commit -q -m two; chmod -R a+rX .; chown -R ${uid} .`,
    );
    expect(made).toEqual({ status: 0, output: "" });
    return repository;
  }

  const asWhom = [
    { who: "root", uid: undefined },
    { who: "an ordinary user", uid: ORDINARY_UID },
  ];

  it.each(asWhom)(
    "git clones, changes, commits and checks as $who",
    async ({ uid }) => {
      const repository = await prepareRepository(uid);
      const output = await succeeds(
        `git clone -q --no-hardlinks ${repository} copy; cd copy
       git fsck --strict 2>/dev/null; test -z "$(git status --porcelain)"
       test "$(readlink link)" = sum.c; test -x Makefile; test ! -x sum.c
       echo more >> sum.c; rm -r d7; git mv d8 moved; git add -A
       git -c user.name=a -c user.email=a@b commit -q -m three; git checkout -q HEAD~1; git checkout -q main
       git gc -q; git fsck; test -z "$(git status --porcelain)"; git log --oneline | wc -l`,
        uid,
      );
      expect(output.trim().split("\n").at(-1)?.trim()).toBe("3");
    },
    TIMEOUT_MS,
  );

  it.each(asWhom)(
    "make and gcc build a program that runs, and only what is new, as $who",
    async ({ uid }) => {
      const repository = await prepareRepository(uid);
      const output = await succeeds(
        `mkdir build; cp ${repository}/*.c ${repository}/*.h ${repository}/Makefile build; cd build
       make -s; ./program; make -q; sleep 0.05; touch sum.c; ! make -q; make | grep -c gcc`,
        uid,
      );
      expect(output).toBe("42\n2\n");
    },
    TIMEOUT_MS,
  );

  it.each([
    ...asWhom.map((as) => ({ ...as, journal: "delete" })),
    ...asWhom.map((as) => ({ ...as, journal: "wal" })),
  ])(
    "sqlite3 with journal_mode=$journal keeps what it is given, as $who",
    async ({ journal, uid }) => {
      const insert = (from: number) =>
        `sqlite3 -cmd '.timeout 60000' data.db "begin immediate; insert into t select value, hex(randomblob(50)) from generate_series(${from}, ${from + 999}); commit"`;
      const output = await succeeds(
        `sqlite3 data.db "pragma journal_mode=${journal}; create table t(a integer primary key, b)"
       ${[0, 1, 2, 3].map((i) => `${insert(i * 1000)} & pid${i}=$!`).join("\n")}
       wait $pid0 $pid1 $pid2 $pid3
       sqlite3 data.db "select count(*), sum(a) from t; pragma integrity_check; delete from t where a % 2; vacuum; select count(*) from t"`,
        uid,
      );
      expect(output).toBe(`${journal}\n4000|7998000\nok\n2000\n`);
    },
    TIMEOUT_MS,
  );

  it.each(asWhom)(
    "tar brings 5,000 files in and out, the same, as $who",
    async ({ uid }) => {
      const output = await succeeds(
        `mkdir in; cd in; for d in $(seq 50); do mkdir $d; for f in $(seq 100); do echo "$d $f" > $d/$f; done; done
       cd ..; tar -cf files.tar in; mkdir out; tar -C out -xf files.tar; diff -r in out/in
       find out -type f | wc -l; tar -df files.tar; rm -r in out; ls`,
        uid,
      );
      expect(output).toBe("5000\nfiles.tar\n");
    },
    TIMEOUT_MS,
  );

  it.each(asWhom)(
    "random operations on a file agree with a model, as $who",
    async ({ uid }) => {
      const built = await mount.run(`gcc -O1 -o ${randomOperations} ${RANDOM_OPERATIONS}`);
      expect(built).toEqual({ status: 0, output: "" });
      const output = await succeeds(`${randomOperations} file ${SEED} 3000`, uid);
      expect(output).toBe("3000 operations agree\n");
    },
    TIMEOUT_MS,
  );

  it(
    "random operations agree with a model where the kernel collects what is written",
    async () => {
      await mount.end();
      mount = await TestMount.of(memory({ isCaseSensitive: true }), { hasWritebackCache: true });
      const built = await mount.run(`gcc -O1 -o ${randomOperations} ${RANDOM_OPERATIONS}`);
      expect(built).toEqual({ status: 0, output: "" });
      expect(await succeeds(`${randomOperations} file ${SEED} 3000`)).toBe(
        "3000 operations agree\n",
      );
    },
    TIMEOUT_MS,
  );
}
