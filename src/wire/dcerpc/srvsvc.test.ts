import { describe, expect, it } from "vitest";
import { bytesOf, WireError } from "../../bytes/index.js";
import { hex } from "../../testing/hex.js";
import { NdrReader } from "./ndr-reader.js";
import { NdrWriter } from "./ndr-writer.js";
import {
  readNetrShareEnumRequest,
  readNetrShareGetInfoRequest,
  type ShareInfo,
  shareInfoLevels,
  writeNetrServerGetInfoResponse,
  writeNetrShareEnumResponse,
  writeNetrShareGetInfoResponse,
} from "./srvsvc.js";

const reader = (text: string) => new NdrReader(bytesOf(hex(text)));

const share: ShareInfo = {
  netname: "share",
  type: 0,
  remark: "A share",
  permissions: 0,
  maxUses: 0xffff_ffff,
  currentUses: 1,
  path: "C:\\share",
  passwd: undefined,
  flags: 0x30,
  servername: "*",
  securityDescriptor: Uint8Array.of(1, 2, 3, 4),
};

const SERVER_NAME = `
  00000200 0a000000 00000000 0a000000              # pointer, maximum, offset, actual count
  3100 3200 3700 2e00 3000 2e00 3000 2e00 3100 0000 # "127.0.0.1"
`;

describe("NetrShareEnum", () => {
  it("is read as smbclient 4.17 sends it", () => {
    const request = readNetrShareEnumRequest(
      reader(`
        ${SERVER_NAME}
        01000000 01000000                           # level, twice
        04000200 00000000 00000000                  # container: no entries, null pointer
        ffffffff                                    # PreferedMaximumLength
        08000200 00000000                           # ResumeHandle
      `),
    );
    expect(request).toEqual({ level: 1, preferedMaximumLength: 0xffff_ffff, resumeHandle: 0 });
  });

  it("is read past the entries that a client sends along", () => {
    const request = readNetrShareEnumRequest(
      reader(`
        00000000 00000000 00000000                  # no server name, level 0
        04000200 01000000 08000200 01000000         # container, one entry, array of one
        0c000200 02000000 00000000 02000000 6100 0000
        00100000 00000000                           # length, no resume handle
      `),
    );
    expect(request).toEqual({ level: 0, preferedMaximumLength: 4096, resumeHandle: undefined });
  });

  it("is refused when its level and the tag of its union differ", () => {
    const stub = reader("00000000 01000000 02000000 00000000 ffffffff 00000000");
    expect(() => readNetrShareEnumRequest(stub)).toThrow(WireError);
  });

  it("is answered with the container of its level", () => {
    const writer = new NdrWriter();
    writeNetrShareEnumResponse(writer, {
      level: 1,
      entries: [share],
      totalEntries: 1,
      resumeHandle: 0,
      status: 0,
    });
    const golden = hex(`
      01000000 01000000                             # level, twice
      00000200 01000000 04000200 01000000           # container, one entry, array of one
      08000200 00000000 0c000200                    # netname, type, remark
      06000000 00000000 06000000 7300 6800 6100 7200 6500 0000
      08000000 00000000 08000000 4100 2000 7300 6800 6100 7200 6500 0000
      01000000 10000200 00000000 00000000           # total, resume handle, status
    `);
    expect(Buffer.from(writer.finish())).toEqual(Buffer.from(bytesOf(golden)));
  });
});

describe("NetrShareGetInfo", () => {
  it("is read as rpcclient 4.17 sends it", () => {
    const request = readNetrShareGetInfoRequest(
      reader(`
        ${SERVER_NAME}
        06000000 00000000 06000000 7300 6800 6100 7200 6500 0000 # "share"
        f6010000
      `),
    );
    expect(request).toEqual({ netName: "share", level: 502 });
  });

  it.each([...shareInfoLevels].map(([level, layout]) => ({ level, layout })))(
    "tells at level $level what was put in",
    ({ level, layout }) => {
      const writer = new NdrWriter();
      writeNetrShareGetInfoResponse(writer, { level, info: share, status: 0 });
      const response = new NdrReader(writer.finish());
      expect(response.u32()).toBe(level);
      let info: Partial<ShareInfo> = {};
      response.pointer(() => {
        response.structure(() => {
          info = layout.read(response);
        });
      });
      expect(response.u32()).toBe(0);
      expect(Object.keys(info).length).toBeGreaterThan(0);
      expect(share).toMatchObject(info);
    },
  );

  it("is understood at level 502 as Samba 4.17 answers it", () => {
    const response = reader(`
      f6010000 04000200                             # level, pointer
      08000200 00000000 0c000200                    # netname, type, remark
      00000000 ffffffff 01000000                    # permissions, max_uses, current_uses
      10000200 14000200                             # path, passwd
      04000000 18000200                             # reserved, security_descriptor
      06000000 00000000 06000000 7300 6800 6100 7200 6500 0000
      08000000 00000000 08000000 4100 2000 7300 6800 6100 7200 6500 0000
      03000000 00000000 03000000 4300 3a00 0000 0000
      01000000 00000000 01000000 0000 0000
      04000000 01020304
      00000000
    `);
    expect(response.u32()).toBe(502);
    let info: Partial<ShareInfo> = {};
    response.pointer(() => {
      info = shareInfoLevels.get(502)!.read(response);
    });
    expect(info).toEqual({
      netname: "share",
      type: 0,
      remark: "A share",
      permissions: 0,
      maxUses: 0xffff_ffff,
      currentUses: 1,
      path: "C:",
      passwd: "",
      securityDescriptor: Uint8Array.of(1, 2, 3, 4),
    });
    expect(response.u32()).toBe(0);
  });
});

describe("a refusal", () => {
  it.each([
    { level: 100, stub: "64000000 00000000 05000000", why: "a null pointer, at a known level" },
    {
      level: 599,
      stub: "57020000 00000000 7c000000",
      why: "the same, where the union has the level",
    },
    { level: 7, stub: "07000000 7c000000", why: "no pointer where the union has no such level" },
  ])("of NetrServerGetInfo has $why", ({ level, stub }) => {
    const writer = new NdrWriter();
    const status = level === 100 ? 5 : 124;
    writeNetrServerGetInfoResponse(writer, { level, info: undefined, status });
    expect(Buffer.from(writer.finish())).toEqual(Buffer.from(bytesOf(hex(stub))));
  });
});
