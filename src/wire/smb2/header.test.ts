import { describe, expect, it } from "vitest";
import { hex } from "../../testing/hex.js";
import { ALL_ONES, NotificationHeader, SyncHeader } from "./header.js";

describe("64 bits all set", () => {
  it("are the MessageId of a notification, and are read as ALL_ONES", () => {
    const bytes = hex("00".repeat(64));
    NotificationHeader.blank(bytes, 0);
    expect(SyncHeader.read(bytes, 0).messageId).toBe(ALL_ONES);
  });
});
