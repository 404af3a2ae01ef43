/**
 * Tests against programs of other people: `smbclient`, `rpcclient`, `smbcacls`, `smbtorture`.
 *
 * @packageDocumentation
 */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";

const INSTALL =
  "apt-get install smbclient samba-testsuite samba-common-bin fuse3 openssh-server gcc git sqlite3 python3";

/**
 * A `describe` that needs programs. Where one is absent its tests are skipped, with one line that
 * says why; in CI (`CI=true`) that is a failure.
 */
export function describeWith(names: readonly string[], title: string, tests: () => void): void {
  const missing = names.filter((name) => findProgram(name) === undefined);
  if (missing.length === 0) {
    describe(title, tests);
    return;
  }
  const reason = `${missing.join(", ")} not found on PATH (${INSTALL})`;
  if (process.env["CI"] === "true") {
    describe(title, () => {
      it(`has ${missing.join(", ")}`, () => {
        expect.fail(reason);
      });
    });
    return;
  }
  console.log(`skipped: ${title}: ${reason}`);
  describe.skip(title, tests);
}

/** Where servers such as `sshd` are, which not everybody has on PATH. */
const SERVER_DIRECTORIES = ["/usr/sbin", "/usr/local/sbin"];

/** The path of a program, or undefined where the system has none of that name. */
export function findProgram(
  name: string,
  path: string = [process.env["PATH"] ?? "", ...SERVER_DIRECTORIES].join(delimiter),
): string | undefined {
  return path
    .split(delimiter)
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
