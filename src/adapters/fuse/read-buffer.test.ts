import { describe, expect, it } from "vitest";
import { FILE_READ_DATA } from "../../nt/index.js";
import { type FuseOperations, fromFuse } from "./index.js";

const CALLER = {
  userName: "anna",
  userSid: "S-1-5-21-1-2-3-1001",
  groupSids: ["S-1-1-0"],
  sessionId: 1,
  clientAddress: "",
};

/** Reads `abc` into a target, and tells whose memory the operation was given. */
async function reading(
  timeoutMs: number,
): Promise<{ readonly text: string; readonly isTarget: boolean }> {
  const target = new Uint8Array(5);
  let isTarget = false;
  const operations: FuseOperations = {
    getattr: (path) => (path === "/" ? { mode: 0o040755 } : { mode: 0o100644, size: 3 }),
    open: () => 1,
    read: (_path, _fh, buffer) => {
      isTarget = buffer.buffer === target.buffer;
      return buffer.write("abc");
    },
  };
  const drive = fromFuse(operations, { style: "promise", timeoutMs });
  const params = { createOptions: 0, grantedAccess: FILE_READ_DATA };
  const { file } = await drive.open("\\a", params, CALLER);
  const length = await drive.read?.(file, target, 0, CALLER);
  return { text: Buffer.from(target).toString("latin1", 0, length), isTarget };
}

describe("the buffer of a FUSE read", () => {
  it("is the reader's own where the operation may take as long as it likes", async () => {
    expect(await reading(0)).toEqual({ text: "abc", isTarget: true });
  });

  it("is another where the operation is given up after a time, and may fill it later", async () => {
    expect(await reading(1000)).toEqual({ text: "abc", isTarget: false });
  });
});
