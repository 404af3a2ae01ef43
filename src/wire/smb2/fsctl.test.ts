import { describe, expect, it } from "vitest";
import { WireError } from "../../bytes/index.js";
import { hex } from "../../testing/hex.js";
import { readCopychunks, SrvCopychunkCopy } from "./fsctl.js";
import { MAX_COPY_CHUNKS } from "./limits.js";

const KEY = "00".repeat(24);
const CHUNK = "0010000000000000 0020000000000000 00100000 00000000";

describe("the chunks of a server-side copy", () => {
  it("follow the header", () => {
    const input = SrvCopychunkCopy.read(hex(`${KEY} 02000000 00000000 ${CHUNK} ${CHUNK}`), 0);
    expect(readCopychunks(input)).toHaveLength(2);
    expect(readCopychunks(input)?.[1]).toMatchObject({
      sourceOffset: 4096,
      targetOffset: 8192,
      length: 4096,
    });
  });

  it("are none where the client leaves all to the server", () => {
    expect(readCopychunks(SrvCopychunkCopy.read(hex(`${KEY} 00000000 00000000`), 0))).toEqual([]);
  });

  it("are refused when they are cut short", () => {
    const input = SrvCopychunkCopy.read(hex(`${KEY} 02000000 00000000 ${CHUNK}`), 0);
    expect(() => readCopychunks(input)).toThrow(WireError);
  });

  it("are not read when there are more than the limit", () => {
    const input = SrvCopychunkCopy.blank(hex("00".repeat(32)), 0);
    input.chunkCount = MAX_COPY_CHUNKS + 1;
    expect(readCopychunks(input)).toBeUndefined();
  });
});
