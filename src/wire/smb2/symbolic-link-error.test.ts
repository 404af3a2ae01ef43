import { expect, it } from "vitest";
import { bytesOf } from "../../bytes/index.js";
import { hex } from "../../testing/hex.js";
import { symbolicLinkError } from "./symbolic-link-error.js";

it("a symbolic link is told with its names, and how much of the path is left", () => {
  const golden = hex(`
    20000000 53594d4c 0c0000a0          # SymLinkLength, SymLinkErrorTag, ReparseTag
    1400 0800                           # ReparseDataLength, UnparsedPathLength
    0000 0400 0400 0400                 # SubstituteName, PrintName: Offset, Length
    01000000                            # Flags
    2e00 6100 6200 6300                 # PathBuffer
  `);
  const link = { substituteName: ".a", printName: "bc", isRelative: true };
  expect(symbolicLinkError(link, "\\dir".length)).toEqual(bytesOf(golden));
});
