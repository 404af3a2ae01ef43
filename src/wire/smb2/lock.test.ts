import { describe, expect, it } from "vitest";
import { WireError } from "../../bytes/index.js";
import { hex } from "../../testing/hex.js";
import { MAX_LOCKS } from "./limits.js";
import { LockRequest, readLocks } from "./lock.js";

const REQUEST = "3000 0200 00000000 0100000000000000 0700000000000000";
const first = "0000000000000000 0100000000000000 02000000 00000000";
const second = "ffffffffffffffff 0100000000000000 04000000 00000000";

describe("the locks of a LOCK", () => {
  it("follow the request", () => {
    const request = LockRequest.read(hex(`${REQUEST} ${first} ${second}`), 0);
    const locks = readLocks(request);
    expect(locks).toHaveLength(2);
    expect(locks[0]).toMatchObject({ offset: 0n, length: 1n, flags: 2 });
    expect(locks[1]).toMatchObject({ offset: 0xffff_ffff_ffff_ffffn, length: 1n, flags: 4 });
  });

  it("are refused when one is cut short", () => {
    const request = LockRequest.read(hex(`${REQUEST} ${first}`), 0);
    expect(() => readLocks(request)).toThrow(new WireError("SMB2 LOCK_ELEMENT: cut short"));
  });

  it("are refused when there are more than the limit", () => {
    const request = LockRequest.blank(hex("00".repeat(LockRequest.size)), 0);
    request.lockCount = MAX_LOCKS + 1;
    expect(() => readLocks(request)).toThrow(WireError);
  });
});
