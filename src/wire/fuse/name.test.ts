import { describe, expect, it } from "vitest";
import { WireError } from "../../bytes/index.js";
import { endOfName, textOfName } from "./name.js";

describe("a name in a request", () => {
  it("ends at its zero byte, behind which the next one begins", () => {
    const request = Buffer.from("old\0new\0");
    const end = endOfName(request, 0, request.length);
    expect(textOfName(request, 0, end)).toBe("old");
    expect(textOfName(request, end + 1, endOfName(request, end + 1, request.length))).toBe("new");
  });

  it("that does not end in the request is an error of the peer", () => {
    const memory = Buffer.from("name\0");
    expect(() => endOfName(memory, 0, 4)).toThrow(WireError);
    expect(() => endOfName(Buffer.from("name"), 0, 4)).toThrow(WireError);
  });

  it("has no text when it is no UTF-8, and has when it holds the mark that stands for that", () => {
    expect(textOfName(Buffer.from([0x61, 0xff]), 0, 2)).toBeUndefined();
    expect(textOfName(Buffer.from("a\ufffd"), 0, 4)).toBe("a\ufffd");
  });
});
