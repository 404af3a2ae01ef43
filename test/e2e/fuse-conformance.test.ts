import { expect, it } from "vitest";
import { memory } from "../../src/filesystems/memory/index.js";
import { errnoOfStatus, NtStatus } from "../../src/nt/index.js";
import { type Case, cases, type DriveCase } from "../../src/testing/conformance/index.js";
import { late } from "../../src/testing/late-file-system.js";
import { describeWithFuse } from "../fuse-here.js";
import { FuseStage } from "./fuse-stage.js";

const MAKERS = [
  { title: "memory", make: () => memory({ maxSize: 2 ** 26, isCaseSensitive: true }) },
  { title: "memory that answers late", make: () => late(memory({ isCaseSensitive: true })) },
];

const RIGHTS = "a descriptor may do what it was opened for, and programs ask for no single rights";
const DELETES = "a name goes at once by POSIX rules, and is never only about to go";

/** Cases that programs can say, and that POSIX has rules of its own for. */
const OTHER_RULES: Readonly<Record<string, string>> = {
  "a name may have 255 units, in any script, and no more":
    "a name that is too long is ENAMETOOLONG",
  "who may not write or read is refused, and who may only append does": RIGHTS,
  "what was written is flushed, and there for everybody": RIGHTS,
  "who may not read attributes is not told of them": RIGHTS,
  "a file is no directory, so it has no list": "listing a file is ENOTDIR",
  "while a file is to go nobody opens it, and who has it open goes on": DELETES,
  "what was to go stays when that is taken back": DELETES,
  "in a directory that is to go nothing is made": DELETES,
  "a file whose one name is to go is opened by its other": DELETES,
  "nothing is renamed while something below it, or its new name, is open":
    "by POSIX rules what is open is renamed",
  "the root is not renamed": "the root is a mount, which is EXDEV or EBUSY",
};

/** Cases that programs on Linux can say; fewer means that something is skipped that was not. */
const LEAST_EXPRESSIBLE = 20;

describeWithFuse("the conformance cases, by programs on a mount", () => {
  it.each(MAKERS)(
    "pass for $title, where Linux has words for them",
    async ({ make }) => {
      const passed: string[] = [];
      const failed: string[] = [];
      for (const each of cases.filter(isDriveCase)) {
        if (each.needs.includes("caseInsensitiveNames") || each.name in OTHER_RULES) continue;
        const stage = await FuseStage.begin(make());
        let error: unknown;
        try {
          await each.run(stage);
        } catch (thrown) {
          error = thrown;
        }
        await stage.end();
        if (stage.reason !== undefined || isToldByLess(error)) continue; // skipped, for that reason
        if (error === undefined) passed.push(each.name);
        else failed.push(`${each.name}: ${error instanceof Error ? error.message : "no error"}`);
      }
      expect(failed).toEqual([]);
      console.log(`${passed.length} cases pass by /dev/fuse`);
      expect(passed.length).toBeGreaterThanOrEqual(LEAST_EXPRESSIBLE);
    },
    120_000,
  );
});

function isDriveCase(each: Case): each is DriveCase {
  return each.level === "drive";
}

/** Whether two outcomes differ that are one errno to programs. */
function isToldByLess(error: unknown): boolean {
  if (!(error instanceof Error) || !("actual" in error) || !("expected" in error)) return false;
  const statuses: Readonly<Record<string, NtStatus>> = NtStatus;
  const actual = statuses[String(error.actual)];
  const expected = statuses[String(error.expected)];
  if (actual === undefined || expected === undefined) return false;
  return errnoOfStatus(actual) === errnoOfStatus(expected);
}
