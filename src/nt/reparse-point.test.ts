import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf } from "../bytes/index.js";
import { hex } from "../testing/hex.js";
import { MAX_REPARSE_DATA_SIZE } from "./limits.js";
import {
  checkReparsePoints,
  ReparseTag,
  readReparsePoint,
  readSymbolicLink,
  writeSymbolicLink,
} from "./reparse-point.js";
import { NtStatus, statusName } from "./status.js";

const GUID = "000102030405060708090a0b0c0d0e0f";
const golden = bytesOf(
  hex(`
    0c0000a0 1400 0000                  # ReparseTag, ReparseDataLength, Reserved
    0000 0400 0400 0400                 # SubstituteName, PrintName: Offset, Length
    01000000                            # Flags
    2e00 6100 6200 6300                 # PathBuffer
  `),
);
const link = { substituteName: ".a", printName: "bc", isRelative: true };

function changed(at: number, value: number): Uint8Array {
  const bytes = Uint8Array.from(golden);
  bytes[at] = value;
  return bytes;
}

describe("a symbolic link", () => {
  it("is read off its data, and written so", () => {
    expect(readSymbolicLink(golden)).toEqual(link);
    expect(writeSymbolicLink(link)).toEqual(golden);
  });

  it.each([
    { title: "cut in its names", data: golden.subarray(0, -1) },
    { title: "cut in its header", data: golden.subarray(0, 19) },
    { title: "with another tag", data: changed(0, 3) },
    { title: "with a name outside of it", data: changed(8, 5) },
    { title: "without a substitute name", data: changed(10, 0) },
  ])("$title is none", ({ data }) => {
    expect(readSymbolicLink(data)).toBeUndefined();
  });

  it("is read as it was written, whatever the names", () => {
    const name = fc.string({ minLength: 1, unit: "binary", maxLength: 300 });
    const links = fc.record({ substituteName: name, printName: name, isRelative: fc.boolean() });
    fc.assert(
      fc.property(links, (one) => {
        expect(readSymbolicLink(writeSymbolicLink(one))).toEqual(one);
      }),
    );
  });

  it("is read of any bytes, or is none", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        readSymbolicLink(bytes);
        readReparsePoint(bytes);
      }),
    );
  });
});

describe("a reparse point", () => {
  it.each([
    { text: "14000080 0200 0000 abcd", tag: ReparseTag.NFS, guid: undefined },
    { text: "14000080 0000 0000", tag: ReparseTag.NFS, guid: undefined },
    { text: `07000000 0200 0000 ${GUID} abcd`, tag: 7, guid: bytesOf(hex(GUID)) },
    { text: `07000000 0000 0000 ${GUID}`, tag: 7, guid: bytesOf(hex(GUID)) },
  ])("of $text has the tag $tag", ({ text, tag, guid }) => {
    expect(readReparsePoint(bytesOf(hex(text)))).toEqual({ tag, guid });
  });

  it.each([
    { text: "", status: "IO_REPARSE_DATA_INVALID" },
    { text: "14000080 0000 00", status: "IO_REPARSE_DATA_INVALID" },
    { text: "14000080 0100 0000", status: "IO_REPARSE_DATA_INVALID" },
    { text: "14000080 0000 0000 00", status: "IO_REPARSE_DATA_INVALID" },
    { text: "07000000 0000 0000", status: "IO_REPARSE_DATA_INVALID" },
    { text: `14000080 0000 0000 ${GUID}`, status: "IO_REPARSE_DATA_INVALID" },
    { text: `00000000 0000 0000 ${GUID}`, status: "IO_REPARSE_TAG_INVALID" },
    { text: `01000000 0000 0000 ${GUID}`, status: "IO_REPARSE_TAG_INVALID" },
  ])("of $text is refused: $status", ({ text, status }) => {
    expect(statusName(readReparsePoint(bytesOf(hex(text))) as NtStatus)).toBe(status);
  });

  it("has at most 16 KiB", () => {
    const data = new Uint8Array(MAX_REPARSE_DATA_SIZE + 1);
    data.set(hexBytes("14000080 f93f 0000"));
    expect(readReparsePoint(data)).toBe(NtStatus.IO_REPARSE_DATA_INVALID);
    expect(() => writeSymbolicLink({ ...link, printName: "x".repeat(8192) })).toThrow(RangeError);
  });

  it.each([
    { old: { tag: 7, guid: hexBytes(GUID) }, tag: 7, guid: hexBytes(GUID), status: "SUCCESS" },
    {
      old: { tag: 7, guid: hexBytes(GUID) },
      tag: 8,
      guid: hexBytes(GUID),
      status: "IO_REPARSE_TAG_MISMATCH",
    },
    {
      old: { tag: 7, guid: hexBytes(GUID) },
      tag: 7,
      guid: new Uint8Array(16),
      status: "REPARSE_ATTRIBUTE_CONFLICT",
    },
    {
      old: { tag: ReparseTag.NFS, guid: undefined },
      tag: ReparseTag.NFS,
      guid: undefined,
      status: "SUCCESS",
    },
    {
      old: { tag: ReparseTag.NFS, guid: undefined },
      tag: ReparseTag.SYMLINK,
      guid: undefined,
      status: "IO_REPARSE_TAG_MISMATCH",
    },
  ])("is replaced by one with its tag and GUID only: $status", ({ old, tag, guid, status }) => {
    expect(statusName(checkReparsePoints(old, { tag, guid }))).toBe(status);
  });
});

function hexBytes(text: string): Uint8Array {
  return bytesOf(hex(text));
}
