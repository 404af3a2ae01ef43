import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TraceEvent } from "../index.js";
import { OperationLog, operationLine } from "./operation-log.js";

const WRITE: TraceEvent = {
  id: 17,
  operation: "write",
  caller: {
    userName: "anna",
    userSid: "S-1-5-21-1-2-3-1001",
    groupSids: [],
    sessionId: 3,
    clientAddress: "127.0.0.1:50012",
  },
  path: "\\docs\\a.txt",
  asked: { offset: 0, length: 5, isConstrained: undefined },
  answered: { bytesWritten: 5 },
  status: "SUCCESS",
  durationMs: 0.0123,
};
const NOON = new Date("2026-01-02T12:30:01.250Z");

describe("operationLine", () => {
  it("tells time, operation, path, what was asked and answered, duration and caller", () => {
    expect(operationLine(WRITE, NOON)).toBe(
      "12:30:01.250 #17 write \\docs\\a.txt offset=0 length=5 = SUCCESS bytesWritten=5 0.012 ms anna@127.0.0.1:50012 session 3",
    );
  });

  it("leaves out what there is not", () => {
    const line = operationLine({ ...WRITE, caller: undefined, path: undefined }, NOON);
    expect(line).toBe("12:30:01.250 #17 write offset=0 length=5 = SUCCESS bytesWritten=5 0.012 ms");
  });

  it("tells what was thrown that is no refusal", () => {
    const line = operationLine({ ...WRITE, status: undefined, error: new Error("a bug") }, NOON);
    expect(line).toContain("= threw a bug bytesWritten=5");
  });

  it("lets no client forge a line", () => {
    const line = operationLine(
      { ...WRITE, path: "\\a\nb", asked: { to: "\\c\u001b[2J" }, answered: { label: "x\ry" } },
      NOON,
    );
    expect(line).toContain("\\a\\u{a}b to=\\c\\u{1b}[2J = SUCCESS label=x\\u{d}y");
  });
});

describe("OperationLog", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "anymount-log-"));
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  it("appends to what is there, at the end of the turn", async () => {
    const path = join(directory, "log");
    await writeFile(path, "before\n");
    const log = OperationLog.open(path, () => NOON);
    if (!log.ok) expect.fail(log.problem);
    log.value.write(WRITE);
    log.value.write({ ...WRITE, id: 18 });
    expect(readFileSync(path, "utf8")).toBe("before\n");
    await new Promise((resolve) => setImmediate(resolve));
    const lines = (await readFile(path, "utf8")).split("\n");
    expect(lines).toHaveLength(4);
    expect(lines[2]).toContain("#18 write");
  });

  it("says in one sentence that it cannot be opened", () => {
    const log = OperationLog.open(directory);
    if (log.ok) expect.fail("was opened");
    expect(log.problem).toMatch(/^the log \S+ cannot be opened: EISDIR.*give another with --log/);
  });
});
