import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { bytesOf, WireError } from "../../bytes/index.js";
import type { Caller } from "../../fs/index.js";
import {
  ADMINISTRATORS,
  ANONYMOUS,
  accountSid,
  EVERYONE,
  GENERIC_READ,
  GUEST,
  LOCAL_SYSTEM,
  MACHINE_DOMAIN,
  MAXIMUM_ALLOWED,
  type Sid,
  statusName,
} from "../../nt/index.js";
import { hex } from "../../testing/hex.js";
import { LsarpcOpnum, NdrReader, NdrWriter } from "../../wire/dcerpc/index.js";
import { AccountDirectory, Accounts } from "../auth/index.js";
import { MAX_POLICY_HANDLES_PER_PIPE } from "./limits.js";
import { lsarpc } from "./lsarpc.js";
import { PolicyHandles } from "./policy-handles.js";

const ANNA = accountSid("anna");
const STAFF = accountSid("staff");

const accounts = new Accounts([
  { name: "Anna", password: "", groups: ["staff", "Administrators"] },
  { name: "ben", password: "" },
]);
const host = {
  serverName: "FILER",
  serverComment: "",
  workgroup: "WORKGROUP",
  directory: new AccountDirectory(accounts, "FILER"),
  shares: () => [],
  nowMs: () => 0,
};

function caller(userSid: Sid, groupSids: readonly Sid[] = [EVERYONE]): Caller {
  return { userName: "", userSid, groupSids, sessionId: 1, clientAddress: "" };
}

let handles: PolicyHandles;
beforeEach(() => {
  handles = new PolicyHandles();
});

function call(
  opnum: number,
  write: (writer: NdrWriter) => void,
  by = caller(ANNA),
): { reader: NdrReader; status: string } {
  const request = new NdrWriter();
  write(request);
  const response = new NdrWriter();
  const operation = lsarpc.operations.get(opnum);
  operation?.(new NdrReader(request.finish()), response, { host, handles, caller: by });
  const bytes = response.finish().slice();
  const code = new DataView(bytes.buffer).getUint32(bytes.length - 4, true);
  return { reader: new NdrReader(bytes), status: statusName(code) };
}

function writeHandle(writer: NdrWriter, handle: number): void {
  for (const word of [0, handle, 0, 0, 0]) writer.u32(word);
}

function openPolicy(desiredAccess: number, by?: Caller): { handle: number; status: string } {
  const { reader, status } = call(
    LsarpcOpnum.LSAR_OPEN_POLICY2,
    (writer) => {
      writer.nullPointer(); // SystemName
      for (let i = 0; i < 6; i++) writer.u32(0); // ObjectAttributes
      writer.u32(desiredAccess);
    },
    by,
  );
  reader.u32();
  return { handle: reader.u32(), status };
}

/** A handle that everything may be asked by. */
const policy = () => openPolicy(MAXIMUM_ALLOWED).handle;

/** Each name looked up: what kind, whose domain, and which SID or name. */
function lookUp(
  what: { names: readonly string[] } | { sids: readonly Sid[] },
  handle = policy(),
): { found: string[]; status: string; mapped: number } {
  const { reader, status } =
    "names" in what
      ? call(LsarpcOpnum.LSAR_LOOKUP_NAMES3, (writer) => {
          writeHandle(writer, handle);
          writer.u32(what.names.length);
          writer.array(what.names, (name) => {
            writer.u16(2 * name.length);
            writer.u16(2 * name.length);
            writer.pointer(() => {
              writer.countedString(name);
            });
          });
        })
      : call(LsarpcOpnum.LSAR_LOOKUP_SIDS2, (writer) => {
          writeHandle(writer, handle);
          writer.structure(() => {
            writer.u32(what.sids.length);
            writer.pointer(() => {
              writer.array(what.sids, (sid) => {
                writer.pointer(() => {
                  writer.sid(sid);
                });
              });
            });
          });
        });
  const domains: string[] = [];
  const found: { use: number; text: string; domain: number }[] = [];
  reader.pointer(() => {
    reader.structure(() => {
      reader.u32();
      reader.pointer(() => {
        reader.array(() => {
          const at = domains.push("") - 1;
          readName(reader, (name) => (domains[at] = name));
          reader.pointer(() => reader.sid());
        });
      });
      reader.u32();
    });
  });
  reader.structure(() => {
    reader.u32();
    reader.pointer(() => {
      reader.array(() => {
        const one = { use: reader.u16(), text: "", domain: 0 };
        found.push(one);
        reader.align(4);
        if ("names" in what) reader.pointer(() => (one.text = reader.sid()));
        else readName(reader, (name) => (one.text = name));
        one.domain = reader.u32();
        reader.u32();
      });
    });
  });
  return {
    found: found.map(({ use, text, domain }) => `${use} ${domains[domain] ?? "-"} ${text}`),
    mapped: reader.u32(),
    status,
  };
}

function readName(reader: NdrReader, store: (name: string) => void): void {
  reader.align(4);
  reader.u16();
  reader.u16();
  reader.pointer(() => {
    store(reader.string());
  });
}

describe("looking up names", () => {
  it.each([
    ["anna", `1 FILER ${ANNA}`],
    ["ANNA", `1 FILER ${ANNA}`],
    ["filer\\anna", `1 FILER ${ANNA}`],
    ["anna@FILER", `1 FILER ${ANNA}`],
    ["staff", `4 FILER ${STAFF}`],
    ["guest", `1 FILER ${GUEST}`],
    ["Everyone", `5  ${EVERYONE}`],
    ["administrators", `4 BUILTIN ${ADMINISTRATORS}`],
    ["nt authority\\system", `5 NT AUTHORITY ${LOCAL_SYSTEM}`],
    ["FILER", `3 FILER ${MACHINE_DOMAIN}`],
    ["builtin", "3 BUILTIN S-1-5-32"],
  ])("finds %s", (name, outcome) => {
    expect(lookUp({ names: [name] })).toEqual({ found: [outcome], mapped: 1, status: "SUCCESS" });
  });

  it.each(["nobody", "OTHER\\anna", "anna@OTHER", "", "\\", "@", "BUILTIN\\anna"])(
    "does not find %j",
    (name) => {
      const status = "NONE_MAPPED";
      expect(lookUp({ names: [name] })).toEqual({ found: ["8 - "], mapped: 0, status });
    },
  );

  it("tells of some that were not found", () => {
    const names = ["anna", "nobody", "ben", "everyone"];
    const { found, mapped, status } = lookUp({ names });
    expect(found).toEqual([
      `1 FILER ${ANNA}`,
      "8 - ",
      `1 FILER ${accountSid("ben")}`,
      `5  ${EVERYONE}`,
    ]);
    expect([mapped, status]).toEqual([3, "SOME_NOT_MAPPED"]);
  });
});

describe("looking up SIDs", () => {
  it.each([
    [ANNA, "1 FILER Anna"],
    [STAFF, "4 FILER staff"],
    [EVERYONE, "5  Everyone"],
    [ADMINISTRATORS, "4 BUILTIN Administrators"],
    ["S-1-5-32", "3 BUILTIN BUILTIN"],
    [MACHINE_DOMAIN, "3 FILER FILER"],
  ])("finds %s", (sid, outcome) => {
    expect(lookUp({ sids: [sid] })).toEqual({ found: [outcome], mapped: 1, status: "SUCCESS" });
  });

  it("gives an unknown SID itself for a name", () => {
    const { found, status } = lookUp({ sids: ["S-1-5-21-1-2-3-4", EVERYONE] });
    expect(found).toEqual(["8 - S-1-5-21-1-2-3-4", "5  Everyone"]);
    expect(status).toBe("SOME_NOT_MAPPED");
  });
});

describe("policy handles", () => {
  const administrator = caller(ANNA, [EVERYONE, ADMINISTRATORS]);

  it.each([
    ["all there is", MAXIMUM_ALLOWED, undefined, "SUCCESS"],
    ["looking up names", 0x800, undefined, "SUCCESS"],
    ["what only administrators see", GENERIC_READ, undefined, "ACCESS_DENIED"],
    ["what only administrators see, by one", GENERIC_READ, administrator, "SUCCESS"],
    ["changing", 0x20, administrator, "ACCESS_DENIED"],
    ["changing besides all there is", MAXIMUM_ALLOWED | 0x20, undefined, "ACCESS_DENIED"],
    ["anything, by nobody", MAXIMUM_ALLOWED, caller(ANONYMOUS, []), "ACCESS_DENIED"],
  ])("are opened for %s, or not", (_, desiredAccess, by, outcome) => {
    expect(openPolicy(desiredAccess, by).status).toBe(outcome);
  });

  it("are good for what they were opened for", () => {
    const { handle } = openPolicy(1);
    expect(lookUp({ names: ["anna"] }, handle)).toMatchObject({
      found: [],
      status: "ACCESS_DENIED",
    });
  });

  it("are good until they are closed", () => {
    const handle = policy();
    const close = () =>
      call(LsarpcOpnum.LSAR_CLOSE, (writer) => {
        writeHandle(writer, handle);
      }).status;
    expect(lookUp({ names: ["anna"] }, handle).status).toBe("SUCCESS");
    expect(close()).toBe("SUCCESS");
    expect(close()).toBe("INVALID_HANDLE");
    expect(lookUp({ names: ["anna"] }, handle).status).toBe("INVALID_HANDLE");
  });

  it("have a limit", () => {
    for (let i = 0; i < MAX_POLICY_HANDLES_PER_PIPE; i++) policy();
    expect(openPolicy(MAXIMUM_ALLOWED).status).toBe("INSUFFICIENT_RESOURCES");
  });

  it.each(Object.entries(LsarpcOpnum).filter(([name]) => !/OPEN|USER_NAME/.test(name)))(
    "that are none are refused by %s",
    (_, opnum) => {
      const { status } = call(opnum, (writer) => {
        writeHandle(writer, 7);
        if (opnum === LsarpcOpnum.LSAR_ENUMERATE_ACCOUNT_RIGHTS) writer.sid(EVERYONE);
        for (let i = 0; i < 8; i++) writer.u32(0); // good enough for the others
      });
      expect(status).toBe("INVALID_HANDLE");
    },
  );
});

describe("what a policy tells", () => {
  const query = (informationClass: number) =>
    call(LsarpcOpnum.LSAR_QUERY_INFORMATION_POLICY2, (writer) => {
      writeHandle(writer, policy());
      writer.u16(informationClass);
    });

  it.each([
    [3, "WORKGROUP"],
    [5, "FILER"],
    [14, "FILER"],
  ])("of class %d is the domain %s", (informationClass, domain) => {
    const { reader, status } = query(informationClass);
    expect(status).toBe("SUCCESS");
    let told = "";
    reader.pointer(() => {
      reader.structure(() => {
        reader.u16();
        readName(reader, (name) => (told = name));
        reader.pointer(() => reader.sid());
      });
    });
    expect(told).toBe(domain);
  });

  it.each([
    [6, "SUCCESS"],
    [12, "SUCCESS"],
    [2, "INVALID_PARAMETER"],
    [99, "INVALID_PARAMETER"],
  ])("of class %d: %s", (informationClass, outcome) => {
    expect(query(informationClass).status).toBe(outcome);
  });

  it("is who asks, under the name that was configured", () => {
    const ask = (by: Caller) => {
      const { reader } = call(
        LsarpcOpnum.LSAR_GET_USER_NAME,
        (writer) => {
          for (const pointer of [0, 0, 1, 0]) writer.u32(pointer);
        },
        by,
      );
      const names: string[] = [];
      reader.pointer(() => {
        reader.structure(() => {
          readName(reader, (name) => names.push(name));
        });
      });
      return names;
    };
    expect(ask(caller(ANNA))).toEqual(["Anna"]);
    expect(ask(caller(GUEST))).toEqual(["Guest"]);
    expect(ask(caller(ANONYMOUS))).toEqual(["ANONYMOUS LOGON"]);
  });

  it("are privileges, a few at a time where there is little room", () => {
    const enumerate = (context: number, maxLength: number) => {
      const { reader, status } = call(LsarpcOpnum.LSAR_ENUMERATE_PRIVILEGES, (writer) => {
        writeHandle(writer, policy());
        writer.u32(context);
        writer.u32(maxLength);
      });
      return [reader.u32(), reader.u32(), status];
    };
    expect(enumerate(0, 4096)).toEqual([5, 5, "SUCCESS"]);
    expect(enumerate(0, 64)).toEqual([2, 2, "MORE_ENTRIES"]);
    expect(enumerate(2, 0)).toEqual([3, 1, "MORE_ENTRIES"]);
    expect(enumerate(5, 4096)).toEqual([5, 0, "NO_MORE_ENTRIES"]);
    expect(enumerate(0xffff_ffff, 4096)).toEqual([0xffff_ffff, 0, "NO_MORE_ENTRIES"]);
  });

  it("are the rights of accounts that have some", () => {
    const rights = (sid: Sid) => {
      const { reader, status } = call(LsarpcOpnum.LSAR_ENUMERATE_ACCOUNT_RIGHTS, (writer) => {
        writeHandle(writer, policy());
        writer.sid(sid);
      });
      return [reader.u32(), status];
    };
    expect(rights(ADMINISTRATORS)).toEqual([5, "SUCCESS"]);
    expect(rights("S-1-5-11")).toEqual([1, "SUCCESS"]);
    expect(rights(ANNA)).toEqual([0, "OBJECT_NAME_NOT_FOUND"]);
  });
});

describe("requests with bytes that are not as they should be", () => {
  const HANDLE = "00000000 01000000 00000000 00000000 00000000";
  const EVERYONE = "01000000 0101 000000000001 00000000";
  const TEXT = "0800 0800 00000200 04000000 00000000 04000000 7500 7300 6500 7200";
  /** Good requests: each operation with what it takes. */
  const goldens: readonly (readonly [opnum: number, stub: string])[] = [
    [LsarpcOpnum.LSAR_CLOSE, HANDLE],
    [LsarpcOpnum.LSAR_ENUMERATE_PRIVILEGES, `${HANDLE} 00000000 00100000`],
    [LsarpcOpnum.LSAR_ENUMERATE_ACCOUNTS, `${HANDLE} 00000000 00100000`],
    [LsarpcOpnum.LSAR_ENUMERATE_ACCOUNT_RIGHTS, `${HANDLE} ${EVERYONE}`],
    [LsarpcOpnum.LSAR_QUERY_INFORMATION_POLICY, `${HANDLE} 0c00`],
    [LsarpcOpnum.LSAR_LOOKUP_NAMES, `${HANDLE} 01000000 01000000 ${TEXT} 00000000 00000000`],
    [LsarpcOpnum.LSAR_LOOKUP_SIDS2, `${HANDLE} 01000000 00000200 01000000 04000200 ${EVERYONE}`],
    [LsarpcOpnum.LSAR_LOOKUP_PRIVILEGE_VALUE, `${HANDLE} ${TEXT}`],
    [LsarpcOpnum.LSAR_LOOKUP_PRIVILEGE_NAME, `${HANDLE} 08000000 00000000`],
    [LsarpcOpnum.LSAR_LOOKUP_PRIVILEGE_DISPLAY_NAME, `${HANDLE} ${TEXT} 0904 0904`],
    [LsarpcOpnum.LSAR_GET_USER_NAME, `00000000 00000200 ${TEXT} 04000200 00000000`],
    [
      LsarpcOpnum.LSAR_OPEN_POLICY,
      "00000200 5c00 0000 18000000 00000000 00000000 00000000 00000000 04000200 0c000000 02000100 00000002",
    ],
  ];

  it("are answered, or refused with a WireError", () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 });
    const operations = fc.constantFrom(...goldens);
    fc.assert(
      fc.property(operations, changes, fc.nat({ max: 8 }), ([opnum, golden], list, cut) => {
        const stub = bytesOf(hex(golden)).slice();
        for (const [at, byte] of list) stub[at % stub.length] = byte;
        const scene = { host, handles: new PolicyHandles(), caller: caller(ANNA) };
        scene.handles.open(0x000f_0fff);
        const request = new NdrReader(stub.subarray(0, Math.max(0, stub.length - cut)));
        try {
          lsarpc.operations.get(opnum)?.(request, new NdrWriter(), scene);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
