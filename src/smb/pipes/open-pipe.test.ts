import { describe, expect, it } from "vitest";
import { viewOf } from "../../bytes/index.js";
import type { Caller } from "../../fs/index.js";
import { ADMINISTRATORS, USERS } from "../../nt/index.js";
import {
  BindFields,
  blankPdu,
  type InfoLevels,
  NDR32,
  NdrReader,
  NdrWriter,
  NetApiStatus,
  PduHeader,
  PduType,
  PresentationContextFields,
  RequestFields,
  ResponseFields,
  type ServerInfo,
  ShareFlags,
  type ShareInfo,
  SRVSVC,
  SrvsvcOpnum,
  Stype,
  type SyntaxId,
  serverInfoLevels,
  shareEnumLevels,
  shareInfoLength,
  shareInfoLevels,
  TimeOfDayInfo,
  WKSSVC,
  WkssvcOpnum,
  type WkstaInfo,
  wkstaInfoLevels,
  writeSyntaxId,
} from "../../wire/dcerpc/index.js";
import { AccountDirectory, Accounts } from "../auth/index.js";
import { openPipe } from "./open-pipe.js";
import type { PipeEndpoint } from "./pipe-endpoint.js";
import type { PipeHost, PipeShare } from "./pipe-host.js";

const IPC: PipeShare = { name: "IPC$", comment: "Remote IPC", type: Stype.SPECIAL_IPC };
const WORK: PipeShare = { name: "Work", comment: "What we do", type: Stype.DISKTREE };

const hostOf = (shares: readonly PipeShare[]): PipeHost => ({
  serverName: "ANYMOUNT",
  serverComment: "A server",
  workgroup: "WORKGROUP",
  directory: new AccountDirectory(new Accounts([]), "ANYMOUNT"),
  shares: () => shares,
  nowMs: () => Date.UTC(2024, 1, 29, 12, 34, 56, 780),
});

const callerOf = (group: string): Caller => ({
  userName: "u",
  userSid: "S-1-5-21-1-2-3-1000",
  groupSids: [group],
  sessionId: 1,
  clientAddress: "",
});

/** A client that has bound an interface, and calls its operations. */
class Client {
  readonly #pipe: PipeEndpoint;

  constructor(syntax: SyntaxId, { shares = [WORK, IPC], group = USERS } = {}) {
    const name = syntax === SRVSVC ? "srvsvc" : "wkssvc";
    this.#pipe = openPipe(name, hostOf(shares), callerOf(group))!;
    const context = PduHeader.size + BindFields.size;
    const bytes = blankPdu({
      ptype: PduType.BIND,
      pfcFlags: 3,
      callId: 1,
      bodyLength: BindFields.size + PresentationContextFields.size + 40,
    });
    BindFields.blank(bytes, PduHeader.size).nContextElem = 1;
    PresentationContextFields.blank(bytes, context).nTransferSyn = 1;
    writeSyntaxId(bytes, context + 4, syntax);
    writeSyntaxId(bytes, context + 24, NDR32);
    this.#pipe.write(new Uint8Array(bytes.buffer));
    expect(PduHeader.read(this.#read(), 0).ptype).toBe(PduType.BIND_ACK);
  }

  /** The parameters that come back. */
  call(opnum: number, parameters: (writer: NdrWriter) => void): NdrReader {
    const writer = new NdrWriter();
    parameters(writer);
    const stub = writer.finish();
    const bytes = blankPdu({
      ptype: PduType.REQUEST,
      pfcFlags: 3,
      callId: 2,
      bodyLength: RequestFields.size + stub.length,
    });
    RequestFields.blank(bytes, PduHeader.size).opnum = opnum;
    const data = new Uint8Array(bytes.buffer);
    data.set(stub, PduHeader.size + RequestFields.size);
    this.#pipe.write(data);
    const stubs: Uint8Array[] = [];
    while (this.#pipe.bytesAvailable > 0) {
      const response = this.#read();
      expect(PduHeader.read(response, 0).ptype).toBe(PduType.RESPONSE);
      const start = response.byteOffset + PduHeader.size + ResponseFields.size;
      stubs.push(new Uint8Array(response.buffer, start));
    }
    return new NdrReader(Buffer.concat(stubs));
  }

  #read(): DataView {
    return viewOf(this.#pipe.read(0x1_0000)!.data);
  }
}

function shareEnum(
  client: Client,
  asked: { level: number; maxLength?: number; resumeHandle?: number | undefined },
): { entries: Partial<ShareInfo>[]; total: number; resumeHandle?: number; status: number } {
  const { level, maxLength = 0xffff_ffff, resumeHandle } = asked;
  const reader = client.call(SrvsvcOpnum.NETR_SHARE_ENUM, (writer) => {
    writer.nullPointer();
    writer.u32(level);
    writer.u32(level);
    writer.pointer(() => {
      writer.u32(0);
      writer.nullPointer();
    });
    writer.u32(maxLength);
    if (resumeHandle === undefined) writer.nullPointer();
    else {
      writer.pointer(() => {
        writer.u32(resumeHandle);
      });
    }
  });
  expect([reader.u32(), reader.u32()]).toEqual([level, level]);
  const entries: Partial<ShareInfo>[] = [];
  const layout = shareEnumLevels.get(level);
  if (layout !== undefined) {
    reader.pointer(() => {
      reader.u32();
      reader.pointer(() => {
        reader.array(() => entries.push(layout.read(reader)));
      });
    });
  }
  const total = reader.u32();
  let next: number | undefined;
  reader.pointer(() => {
    next = reader.u32();
  });
  const status = reader.u32();
  return { entries, total, status, ...(next === undefined ? {} : { resumeHandle: next }) };
}

/** What a "get info" operation gives. */
function getInfo<Info>(
  reader: NdrReader,
  levels: InfoLevels<Info>,
): { info: Partial<Info> | undefined; status: number } {
  const layout = levels.get(reader.u32());
  let info: Partial<Info> | undefined;
  if (layout !== undefined) {
    reader.pointer(() => {
      info = layout.read(reader);
    });
  }
  return { info, status: reader.u32() };
}

function shareGetInfo(client: Client, netName: string, level: number) {
  const reader = client.call(SrvsvcOpnum.NETR_SHARE_GET_INFO, (writer) => {
    writer.nullPointer();
    writer.string(netName);
    writer.u32(level);
  });
  return getInfo<ShareInfo>(reader, shareInfoLevels);
}

function serverGetInfo(client: Client, level: number) {
  const reader = client.call(SrvsvcOpnum.NETR_SERVER_GET_INFO, (writer) => {
    writer.pointer(() => {
      writer.string("\\\\ANYMOUNT");
    });
    writer.u32(level);
  });
  return getInfo<ServerInfo>(reader, serverInfoLevels);
}

function wkstaGetInfo(client: Client, level: number) {
  const reader = client.call(WkssvcOpnum.NETR_WKSTA_GET_INFO, (writer) => {
    writer.nullPointer();
    writer.u32(level);
  });
  return getInfo<WkstaInfo>(reader, wkstaInfoLevels);
}

describe("a pipe", () => {
  it.each(["srvsvc", "SRVSVC", "\\srvsvc", "wkssvc", "WksSvc"])("%s is there", (name) => {
    expect(openPipe(name, hostOf([]), callerOf(USERS))).toBeDefined();
  });

  it.each(["", "\\", "samr", "srvsvc2", "\\\\srvsvc", "srvsvc\0"])("%j is not there", (name) => {
    expect(openPipe(name, hostOf([]), callerOf(USERS))).toBeUndefined();
  });
});

describe("NetrShareEnum", () => {
  it.each([
    { level: 0, first: { netname: "Work" } },
    { level: 1, first: { netname: "Work", type: 0, remark: "What we do" } },
    { level: 501, first: { netname: "Work", type: 0, remark: "What we do", flags: 0 } },
  ])("lists all shares at level $level for every user", ({ level, first }) => {
    const { entries, total, status } = shareEnum(new Client(SRVSVC), { level });
    expect({ total, status }).toEqual({ total: 2, status: NetApiStatus.NERR_SUCCESS });
    expect(entries[0]).toEqual(first);
    expect(entries[1]).toMatchObject({ netname: "IPC$" });
  });

  it("tells that IPC$ is of pipes, and special", () => {
    const { entries } = shareEnum(new Client(SRVSVC), { level: 1 });
    expect(entries[1]).toEqual({ netname: "IPC$", type: 0x8000_0003, remark: "Remote IPC" });
  });

  it("lists all shares at level 502 for every user, as rpcclient asks", () => {
    const { entries, status } = shareEnum(new Client(SRVSVC), { level: 502 });
    expect(status).toBe(NetApiStatus.NERR_SUCCESS);
    expect(entries[0]).toMatchObject({ netname: "Work", path: "C:\\Work" });
  });

  it.each([503])("gives level %i to administrators alone", (level) => {
    const refused = shareEnum(new Client(SRVSVC), { level });
    expect(refused).toEqual({ entries: [], total: 0, status: NetApiStatus.ERROR_ACCESS_DENIED });
    const given = shareEnum(new Client(SRVSVC, { group: ADMINISTRATORS }), { level });
    expect(given).toMatchObject({ total: 2, status: NetApiStatus.NERR_SUCCESS });
    expect(given.entries[0]).toMatchObject({ netname: "Work", path: "C:\\Work" });
  });

  it("does not know every level", () => {
    const { status, entries } = shareEnum(new Client(SRVSVC), { level: 7 });
    expect({ status, entries }).toEqual({ status: NetApiStatus.ERROR_INVALID_LEVEL, entries: [] });
  });

  it("goes on where it stopped, until a client with little room has all 500 shares", () => {
    const shares = Array.from({ length: 500 }, (_, i) => ({ ...WORK, name: `share${i}` }));
    const client = new Client(SRVSVC, { shares });
    const names: unknown[] = [];
    let resumeHandle = 0;
    do {
      const page = shareEnum(client, { level: 1, maxLength: 4096, resumeHandle });
      expect(page.total).toBe(500 - names.length);
      names.push(...page.entries.map(({ netname }) => netname));
      resumeHandle = page.resumeHandle!;
      const isLast = names.length === 500;
      expect(page.status).toBe(isLast ? NetApiStatus.NERR_SUCCESS : NetApiStatus.ERROR_MORE_DATA);
      const room = page.entries.reduce(
        (sum, entry) => sum + shareInfoLength(1, { ...entry } as ShareInfo),
        0,
      );
      expect(room).toBeLessThanOrEqual(4096);
    } while (resumeHandle !== 0);
    expect(names).toEqual(shares.map(({ name }) => name));
  });

  it("gives at least one share, however little room a client has", () => {
    const page = shareEnum(new Client(SRVSVC), { level: 1, maxLength: 0, resumeHandle: 0 });
    expect(page).toMatchObject({ resumeHandle: 1, status: NetApiStatus.ERROR_MORE_DATA });
    expect(page.entries).toHaveLength(1);
  });

  it.each([2, 3, 0xffff_ffff])("ends at resume handle %i", (resumeHandle) => {
    const page = shareEnum(new Client(SRVSVC), { level: 1, resumeHandle });
    expect(page).toEqual({
      entries: [],
      total: 0,
      resumeHandle: 0,
      status: NetApiStatus.NERR_SUCCESS,
    });
  });
});

describe("NetrShareGetInfo", () => {
  it.each([0, 1, 501, 1004, 1005])("answers every user at level %i", (level) => {
    const { info, status } = shareGetInfo(new Client(SRVSVC), "Work", level);
    expect(status).toBe(NetApiStatus.NERR_SUCCESS);
    expect(info).toBeDefined();
  });

  it.each([503, 1006, 1501])("answers at level %i to administrators alone", (level) => {
    const refused = shareGetInfo(new Client(SRVSVC), "Work", level);
    expect(refused).toEqual({ info: undefined, status: NetApiStatus.ERROR_ACCESS_DENIED });
    const given = shareGetInfo(new Client(SRVSVC, { group: ADMINISTRATORS }), "Work", level);
    expect(given.status).toBe(NetApiStatus.NERR_SUCCESS);
    expect(given.info).toBeDefined();
  });

  it("tells of a share that lists only what the user may read", () => {
    const shares = [{ ...WORK, view: { hidesUnreadable: true } }, IPC];
    const { info } = shareGetInfo(new Client(SRVSVC, { shares }), "Work", 1005);
    expect(info).toEqual({ flags: ShareFlags.ACCESS_BASED_DIRECTORY_ENUM });
  });

  it("finds a share in any case, and gives its own name", () => {
    const { info } = shareGetInfo(new Client(SRVSVC), "WORK", 1);
    expect(info).toEqual({ netname: "Work", type: 0, remark: "What we do" });
  });

  it.each([
    { netName: "nothing", level: 1, status: NetApiStatus.NERR_NET_NAME_NOT_FOUND },
    { netName: "Work", level: 7, status: NetApiStatus.ERROR_INVALID_LEVEL },
    { netName: "nothing", level: 7, status: NetApiStatus.ERROR_INVALID_LEVEL },
  ])("of $netName at level $level ends with $status", ({ netName, level, status }) => {
    expect(shareGetInfo(new Client(SRVSVC), netName, level)).toEqual({ info: undefined, status });
  });
});

describe("NetrServerGetInfo", () => {
  it("tells what the server is", () => {
    expect(serverGetInfo(new Client(SRVSVC), 101)).toEqual({
      info: {
        platformId: 500,
        name: "ANYMOUNT",
        versionMajor: 10,
        versionMinor: 0,
        type: 0x1003, // workstation, server, NT
        comment: "A server",
      },
      status: NetApiStatus.NERR_SUCCESS,
    });
  });

  it("gives level 102 to administrators alone", () => {
    expect(serverGetInfo(new Client(SRVSVC), 102).status).toBe(NetApiStatus.ERROR_ACCESS_DENIED);
    const { info } = serverGetInfo(new Client(SRVSVC, { group: ADMINISTRATORS }), 102);
    expect(info).toMatchObject({ name: "ANYMOUNT", disc: 15 });
  });

  it("does not know every level", () => {
    expect(serverGetInfo(new Client(SRVSVC), 7).status).toBe(NetApiStatus.ERROR_INVALID_LEVEL);
  });
});

describe("NetrRemoteTOD", () => {
  it("tells the time in UTC", () => {
    const reader = new Client(SRVSVC).call(SrvsvcOpnum.NETR_REMOTE_TOD, (writer) => {
      writer.nullPointer();
    });
    let info = {};
    reader.pointer(() => {
      info = TimeOfDayInfo.read(reader);
    });
    expect(info).toMatchObject({
      elapsedt: Date.UTC(2024, 1, 29, 12, 34, 56) / 1000,
      hours: 12,
      mins: 34,
      secs: 56,
      hunds: 78,
      timezone: 0,
      day: 29,
      month: 2,
      year: 2024,
      weekday: 4,
    });
    expect(reader.u32()).toBe(NetApiStatus.NERR_SUCCESS);
  });
});

describe("NetrWkstaGetInfo", () => {
  it.each([100, 101])("tells every user what the computer is, at level %i", (level) => {
    const { info, status } = wkstaGetInfo(new Client(WKSSVC), level);
    expect(status).toBe(NetApiStatus.NERR_SUCCESS);
    expect(info).toMatchObject({
      platformId: 500,
      computername: "ANYMOUNT",
      langroup: "WORKGROUP",
      verMajor: 10,
      verMinor: 0,
    });
  });

  it("gives level 102 to administrators alone", () => {
    const refused = wkstaGetInfo(new Client(WKSSVC), 102);
    expect(refused).toEqual({ info: undefined, status: NetApiStatus.ERROR_ACCESS_DENIED });
    const given = wkstaGetInfo(new Client(WKSSVC, { group: ADMINISTRATORS }), 102);
    expect(given.info).toMatchObject({ loggedOnUsers: 1 });
  });

  it("does not know every level", () => {
    expect(wkstaGetInfo(new Client(WKSSVC), 9)).toEqual({
      info: undefined,
      status: NetApiStatus.ERROR_INVALID_LEVEL,
    });
  });
});
