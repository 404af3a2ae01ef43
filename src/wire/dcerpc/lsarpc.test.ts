import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, WireError } from "../../bytes/index.js";
import { NtStatus } from "../../nt/index.js";
import { hex } from "../../testing/hex.js";
import {
  LsarpcOpnum,
  NO_DOMAIN,
  type PolicyInformation,
  readLsarEnumerateAccountRightsRequest,
  readLsarEnumerateRequest,
  readLsarGetUserNameRequest,
  readLsarLookupNamesRequest,
  readLsarLookupPrivilegeNameRequest,
  readLsarLookupPrivilegeValueRequest,
  readLsarLookupSidsRequest,
  readLsarOpenPolicy2Request,
  readLsarOpenPolicyRequest,
  readLsarQueryInformationPolicyRequest,
  readPolicyHandle,
  writeLsarEnumerateAccountRightsResponse,
  writeLsarEnumerateAccountsResponse,
  writeLsarEnumeratePrivilegesResponse,
  writeLsarGetUserNameResponse,
  writeLsarLookupPrivilegeDisplayNameResponse,
  writeLsarLookupPrivilegeNameResponse,
  writeLsarLookupPrivilegeValueResponse,
  writeLsarLookupResponse,
  writeLsarQueryInformationPolicyResponse,
  writePolicyHandleResponse,
} from "./lsarpc.js";
import { NdrReader } from "./ndr-reader.js";
import { NdrWriter } from "./ndr-writer.js";

const reader = (text: string) => new NdrReader(bytesOf(hex(text)));

/** What is written, as hexadecimal without spaces. */
function written(write: (writer: NdrWriter) => void): string {
  const writer = new NdrWriter();
  write(writer);
  return Buffer.from(writer.finish()).toString("hex");
}

const plain = (text: string) => Buffer.from(bytesOf(hex(text))).toString("hex");

const HANDLE = "00000000 01000000 00000000 00000000 00000000";
const EVERYONE = "01000000 0101 000000000001 00000000"; // its length, then S-1-1-0
const ATTRIBUTES = `
  18000000 00000000 00000000 00000000 00000000 # Length, RootDirectory, ObjectName, Attributes, SecurityDescriptor
  04000200 0c000000 0200 01 00                 # SecurityQualityOfService
`;

describe("requests of lsarpc", () => {
  it("LsarOpenPolicy is read as rpcclient 4.17 sends it", () => {
    const request = reader(`00000200 5c00 0000 ${ATTRIBUTES} 00000002`);
    expect(readLsarOpenPolicyRequest(request)).toBe(0x0200_0000);
  });

  it("LsarOpenPolicy2 is read as rpcclient 4.17 sends it", () => {
    const request = reader(`
      00000200 0c000000 00000000 0c000000
      5c00 5c00 3100 3200 3700 2e00 3000 2e00 3000 2e00 3100 0000 # "\\\\127.0.0.1"
      ${ATTRIBUTES} 00000002
    `);
    expect(readLsarOpenPolicy2Request(request)).toBe(0x0200_0000);
  });

  it("LsarOpenPolicy of a named object is refused", () => {
    const named = reader(`00000000 18000000 00000000 04000200 00000000 00000000 00000000 00000002`);
    expect(() => readLsarOpenPolicyRequest(named)).toThrow(WireError);
  });

  it("a policy handle that is not as we left it is none", () => {
    expect(readPolicyHandle(reader(HANDLE))).toBe(1);
    expect(readPolicyHandle(reader("01000000 01000000 00000000 00000000 00000000"))).toBe(0);
    expect(readPolicyHandle(reader("00000000 01000000 00000000 00000000 00000001"))).toBe(0);
  });

  it("LsarQueryInformationPolicy is read as rpcclient 4.17 sends it", () => {
    const request = readLsarQueryInformationPolicyRequest(reader(`${HANDLE} 0300`));
    expect(request).toEqual({ handle: 1, informationClass: 3 });
  });

  it("LsarEnumerateAccounts is read as rpcclient 4.17 sends it", () => {
    const request = readLsarEnumerateRequest(reader(`${HANDLE} 00000000 00100000`));
    expect(request).toEqual({ handle: 1, context: 0, preferedMaximumLength: 4096 });
  });

  it("LsarLookupNames is read as rpcclient 4.17 sends it", () => {
    const request = readLsarLookupNamesRequest(
      reader(`
        ${HANDLE} 02000000 02000000                     # Count, and of the array
        0800 0800 00000200 0c00 0c00 04000200           # Length, MaximumLength, pointer
        04000000 00000000 04000000 7500 7300 6500 7200  # "user"
        06000000 00000000 06000000 6e00 6f00 7300 7500 6300 6800
        00000000 00000000 0100 0000 00000000            # TranslatedSids, LookupLevel, MappedCount
      `),
    );
    expect(request).toEqual({ handle: 1, names: ["user", "nosuch"] });
  });

  it("LsarLookupSids is read as rpcclient 4.17 sends it", () => {
    const request = readLsarLookupSidsRequest(
      reader(`
        ${HANDLE} 01000000 00000200                     # Entries, pointer
        01000000 04000200 ${EVERYONE}
        00000000 00000000 0100 0000 00000000
      `),
    );
    expect(request).toEqual({ handle: 1, sids: ["S-1-1-0"] });
  });

  it("LsarLookupSids may be of none", () => {
    const request = readLsarLookupSidsRequest(reader(`${HANDLE} 00000000 00000000`));
    expect(request).toEqual({ handle: 1, sids: [] });
  });

  it("LsarGetUserName is read as rpcclient 4.17 sends it", () => {
    const request = readLsarGetUserNameRequest(
      reader(`
        00000200 0a000000 00000000 0a000000
        3100 3200 3700 2e00 3000 2e00 3000 2e00 3100 0000
        00000000 04000200 00000000                      # UserName, DomainName
      `),
    );
    expect(request).toEqual({ wantsDomainName: true });
  });

  it("LsarEnumerateAccountRights is read as rpcclient 4.17 sends it", () => {
    const request = readLsarEnumerateAccountRightsRequest(reader(`${HANDLE} ${EVERYONE}`));
    expect(request).toEqual({ handle: 1, sid: "S-1-1-0" });
  });

  it("LsarLookupPrivilegeValue and its display name are read", () => {
    const request = reader(`${HANDLE} 0400 0400 00000200 02000000 00000000 02000000 6100 6200`);
    expect(readLsarLookupPrivilegeValueRequest(request)).toEqual({ handle: 1, name: "ab" });
  });

  it("LsarLookupPrivilegeName is read", () => {
    const read = (luid: string) => readLsarLookupPrivilegeNameRequest(reader(`${HANDLE} ${luid}`));
    expect(read("08000000 00000000")).toEqual({ handle: 1, luid: 8 });
    expect(read("08000000 01000000")).toEqual({ handle: 1, luid: undefined });
  });

  it.each([
    ["more names than the interface allows", readLsarLookupNamesRequest, "e9030000 e9030000"],
    ["two counts of names", readLsarLookupNamesRequest, "02000000 00000000"],
    [
      "more SIDs than the interface allows",
      readLsarLookupSidsRequest,
      "01500000 00000200 01500000",
    ],
    ["two counts of SIDs", readLsarLookupSidsRequest, "02000000 00000200 00000000"],
    ["SIDs that are not there", readLsarLookupSidsRequest, "02000000 00000000"],
    ["a null pointer for a SID", readLsarLookupSidsRequest, "01000000 00000200 01000000 00000000"],
    [
      "a SID of two lengths",
      readLsarLookupSidsRequest,
      "01000000 00000200 01000000 04000200 02000000 0101 000000000001 00000000 00000000",
    ],
    [
      "a SID of too many parts",
      readLsarEnumerateAccountRightsRequest,
      `10000000 0110 000000000001 ${"00000000 ".repeat(16)}`,
    ],
  ])("are refused with %s", (_, read, stub) => {
    expect(() => read(reader(`${HANDLE} ${stub}`))).toThrow(WireError);
  });

  it("are read, or refused with a WireError, whatever the bytes", () => {
    const reads = [
      readLsarOpenPolicyRequest,
      readLsarOpenPolicy2Request,
      readLsarQueryInformationPolicyRequest,
      readLsarEnumerateRequest,
      readLsarEnumerateAccountRightsRequest,
      readLsarGetUserNameRequest,
      readLsarLookupNamesRequest,
      readLsarLookupSidsRequest,
      readLsarLookupPrivilegeNameRequest,
      readLsarLookupPrivilegeValueRequest,
    ];
    const small = fc.integer({ min: 0, max: 3 });
    const words = fc.array(fc.oneof(small, fc.constant(0x0002_0000), fc.nat()), { maxLength: 40 });
    fc.assert(
      fc.property(words, fc.nat({ max: 3 }), (list, cut) => {
        const bytes = new Uint8Array(Uint32Array.from(list).buffer);
        for (const read of reads) {
          try {
            read(new NdrReader(bytes.slice(0, Math.max(0, bytes.length - cut))));
          } catch (error) {
            expect(error).toBeInstanceOf(WireError);
          }
        }
      }),
    );
  });
});

describe("answers of lsarpc", () => {
  const { SUCCESS } = NtStatus;

  it("a handle", () => {
    expect(
      written((writer) => {
        writePolicyHandleResponse(writer, { handle: 1, status: SUCCESS });
      }),
    ).toBe(plain(`${HANDLE} 00000000`));
  });

  it.each<[string, number, PolicyInformation | undefined, string]>([
    [
      "a workgroup",
      3,
      { kind: "domain", domain: { name: "WG", sid: undefined } },
      `00000200 0300 0000 0400 0400 04000200 00000000
       02000000 00000000 02000000 5700 4700 00000000`,
    ],
    [
      "a domain",
      5,
      { kind: "domain", domain: { name: "WG", sid: "S-1-1-0" } },
      `00000200 0500 0000 0400 0400 04000200 08000200
       02000000 00000000 02000000 5700 4700 ${EVERYONE} 00000000`,
    ],
    [
      "a workgroup, for DNS",
      12,
      { kind: "dns", domain: { name: "WG", sid: undefined } },
      `00000200 0c00 0000 0400 0400 04000200
       0000 0000 00000000 0000 0000 00000000                 # DnsDomainName, DnsForestName
       00000000 00000000 00000000 00000000 00000000          # DomainGuid, Sid
       02000000 00000000 02000000 5700 4700 00000000`,
    ],
    ["a role", 6, { kind: "role", role: 3 }, "00000200 0600 0300 00000000"],
    ["nothing", 99, undefined, "00000000 00000000"],
  ])("%s", (_, informationClass, information, golden) => {
    expect(
      written((writer) => {
        const response = { informationClass, information, status: SUCCESS };
        writeLsarQueryInformationPolicyResponse(writer, response);
      }),
    ).toBe(plain(golden));
  });

  const domains = [{ name: "D", sid: "S-1-1" }];
  const translation = { use: 5, sid: "S-1-1-7", name: "E", domainIndex: 0 };
  const unknown = { use: 8, sid: undefined, name: "", domainIndex: NO_DOMAIN };
  const REFERENCED = `
    00000200 01000000 04000200 01000000                     # pointer, Entries, pointer, MaxEntries
    01000000 0200 0200 08000200 0c000200                    # Name, Sid
    01000000 00000000 01000000 4400 0000                    # "D"
    00000000 0100 000000000001                              # S-1-1
  `;

  it.each([
    [
      "LsarLookupSids",
      LsarpcOpnum.LSAR_LOOKUP_SIDS,
      `02000000 10000200 02000000
       0500 0000 0200 0200 14000200 00000000
       0800 0000 0000 0000 00000000 ffffffff
       01000000 00000000 01000000 4500 0000`,
    ],
    [
      "LsarLookupSids2",
      LsarpcOpnum.LSAR_LOOKUP_SIDS2,
      `02000000 10000200 02000000
       0500 0000 0200 0200 14000200 00000000 00000000
       0800 0000 0000 0000 00000000 ffffffff 00000000
       01000000 00000000 01000000 4500 0000`,
    ],
    [
      "LsarLookupNames",
      LsarpcOpnum.LSAR_LOOKUP_NAMES,
      "02000000 10000200 02000000 0500 0000 07000000 00000000 0800 0000 00000000 ffffffff",
    ],
    [
      "LsarLookupNames2",
      LsarpcOpnum.LSAR_LOOKUP_NAMES2,
      `02000000 10000200 02000000
       0500 0000 07000000 00000000 00000000
       0800 0000 00000000 ffffffff 00000000`,
    ],
    [
      "LsarLookupNames3",
      LsarpcOpnum.LSAR_LOOKUP_NAMES3,
      `02000000 10000200 02000000
       0500 0000 14000200 00000000 00000000
       0800 0000 00000000 ffffffff 00000000
       01000000 0101 000000000001 07000000`,
    ],
  ])("%s", (_, opnum, golden) => {
    expect(
      written((writer) => {
        writeLsarLookupResponse(writer, opnum, {
          domains,
          translations: [translation, unknown],
          mappedCount: 1,
          status: NtStatus.SOME_NOT_MAPPED,
        });
      }),
    ).toBe(plain(`${REFERENCED} ${golden} 01000000 07010000`));
  });

  it("a domain, of which there is no relative id", () => {
    const domain = { use: 3, sid: "S-1-5-32", name: "", domainIndex: 0 };
    const bytes = written((writer) => {
      const response = { domains: [], translations: [domain], mappedCount: 1, status: SUCCESS };
      writeLsarLookupResponse(writer, LsarpcOpnum.LSAR_LOOKUP_NAMES, response);
    });
    expect(bytes).toContain(plain("0300 0000 ffffffff 00000000"));
  });

  it("enumerations", () => {
    expect(
      written((writer) => {
        const entries = [{ name: "P", luid: 8 }];
        writeLsarEnumeratePrivilegesResponse(writer, { context: 1, entries, status: SUCCESS });
      }),
    ).toBe(
      plain(`
        01000000 01000000 00000200 01000000                 # context, Entries, pointer, length
        0200 0200 04000200 08000000 00000000
        01000000 00000000 01000000 5000 0000 00000000
      `),
    );
    expect(
      written((writer) => {
        const response = { context: 1, entries: ["S-1-1-0"], status: SUCCESS };
        writeLsarEnumerateAccountsResponse(writer, response);
      }),
    ).toBe(plain(`01000000 01000000 00000200 01000000 04000200 ${EVERYONE} 00000000`));
    expect(
      written((writer) => {
        writeLsarEnumerateAccountRightsResponse(writer, { names: ["P"], status: SUCCESS });
      }),
    ).toBe(
      plain(`
        01000000 00000200 01000000 0200 0200 04000200
        01000000 00000000 01000000 5000 0000 00000000
      `),
    );
  });

  it("names and numbers of privileges", () => {
    expect(
      written((writer) => {
        writeLsarLookupPrivilegeValueResponse(writer, { luid: 8, status: SUCCESS });
      }),
    ).toBe(plain("08000000 00000000 00000000"));
    const NAME = "00000200 0200 0200 04000200 01000000 00000000 01000000 5000";
    expect(
      written((writer) => {
        writeLsarLookupPrivilegeNameResponse(writer, { name: "P", status: SUCCESS });
      }),
    ).toBe(plain(`${NAME} 0000 00000000`));
    expect(
      written((writer) => {
        writeLsarLookupPrivilegeDisplayNameResponse(writer, { name: "P", status: SUCCESS });
      }),
    ).toBe(plain(`${NAME} 0904 00000000`));
  });

  it("who asks", () => {
    const answer = (domainName: string | undefined) =>
      written((writer) => {
        writeLsarGetUserNameResponse(writer, { userName: "U", domainName, status: SUCCESS });
      });
    const USER = "00000200 0200 0200 04000200 01000000 00000000 01000000 5500 0000";
    expect(answer(undefined)).toBe(plain(`${USER} 00000000 00000000`));
    expect(answer("D")).toBe(
      plain(`
        ${USER} 08000200 0c000200 0200 0200 10000200
        01000000 00000000 01000000 4400 0000 00000000
      `),
    );
  });
});
