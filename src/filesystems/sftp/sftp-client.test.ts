import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SftpStatus } from "./errors.js";
import { MAX_RESPONSE_BYTES } from "./limits.js";
import { attributes, PacketType, packet, text, u32 } from "./packets.js";
import { SftpClient } from "./sftp-client.js";

const HANDLE = Buffer.from("h");
const LIMITS = "limits@openssh.com";

/** A client, and a server that says what the test wants. */
class Session {
  readonly sent: Buffer[] = [];
  /** Of data that were given to be sent. */
  readonly whenSent: (() => void)[] = [];
  isDestroyed = false;
  readonly client = new SftpClient({
    write: (bytes, sent) => {
      this.sent.push(Buffer.from(bytes));
      if (sent !== undefined) this.whenSent.push(sent);
    },
    end: () => undefined,
    destroy: () => {
      this.isDestroyed = true;
    },
  });

  static async begun(...extensions: readonly string[]): Promise<Session> {
    const session = new Session();
    const begun = session.client.begin();
    const told = extensions.flatMap((name) => [text(name), text("1")]);
    session.client.received(packet(PacketType.VERSION, 3, ...told));
    await begun;
    return session;
  }

  /** Of the request that was sent last. */
  get lastId(): number {
    return (
      this.sent
        .filter(({ length }) => length >= 9)
        .at(-1)
        ?.readUInt32BE(5) ?? 0
    );
  }

  says(type: number, id: number, ...fields: readonly Uint8Array[]): void {
    this.client.received(packet(type, id, ...fields));
  }
}

function status(code: number, message = ""): readonly Uint8Array[] {
  return [u32(code), text(message), text("en")];
}

/** Cuts bytes at any places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % bytes.length))].sort((a, b) => a - b);
  return [0, ...ends].map((from, i) => bytes.subarray(from, ends[i] ?? bytes.length));
}

describe("a client of SFTP", () => {
  it("puts data where they are wanted, however the bytes come", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 30 }),
        async (contents, places) => {
          const session = await Session.begun();
          const targets = contents.map(() => Buffer.alloc(40));
          const answers: Buffer[] = [];
          const reads = targets.map((target, i) => {
            const read = session.client.read(HANDLE, target, i);
            const content = contents[i] ?? HANDLE;
            const end = packet(PacketType.STATUS, session.lastId, ...status(SftpStatus.EOF));
            const data = packet(PacketType.DATA, session.lastId, text(content));
            answers.push(content.length === 0 ? end : data);
            return read;
          });
          const bytes = Buffer.concat(answers.reverse()); // servers answer in any order
          for (const chunk of cut(bytes, places)) session.client.received(Buffer.from(chunk));
          expect(await Promise.all(reads)).toEqual(contents.map(({ length }) => length));
          targets.forEach((target, i) => {
            expect(target.subarray(0, contents[i]?.length)).toEqual(Buffer.from(contents[i] ?? []));
          });
        },
      ),
    );
  });

  it("is not brought down by any bytes, and all that waits fails", async () => {
    const type = fc.constantFrom(...Object.values(PacketType));
    const some = fc.uint8Array({ maxLength: 60 });
    const packets = fc.tuple(type, fc.nat(3), some).map(([t, id, body]) => packet(t, id, body));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(packets, some), { minLength: 1, maxLength: 6 }),
        async (all) => {
          const session = await Session.begun();
          const waiting = [
            session.client.read(HANDLE, Buffer.alloc(8), 0),
            session.client.lstat("/a"),
            session.client.readdir(HANDLE),
            session.client.mkdir("/b", 0o777),
          ].map((each) => each.then(String, String));
          for (const bytes of all) session.client.received(Buffer.from(bytes));
          session.client.lose("the test is over");
          await Promise.all(waiting);
          await expect(session.client.lstat("/c")).rejects.toThrow("the connection was lost");
        },
      ),
    );
  });

  it.each([
    { what: "data longer than was asked for", bytes: data(9) },
    { what: "data that say another length than their packet", bytes: lying() },
    { what: "a response of another type", bytes: packet(PacketType.ATTRS, 0, attributes({})) },
    { what: "a response to nothing", bytes: packet(PacketType.DATA, 7, text("a")) },
    { what: "success without data", bytes: packet(PacketType.STATUS, 0, ...status(0)) },
    { what: "a second greeting", bytes: packet(PacketType.VERSION, 3) },
    { what: "a packet that is too long", bytes: u32(MAX_RESPONSE_BYTES + 6) },
    { what: "a packet that is too short", bytes: u32(0) },
    { what: "a status without a code", bytes: packet(PacketType.STATUS, 0) },
  ])("ends the connection at $what", async ({ bytes }) => {
    const session = await Session.begun();
    const reading = session.client.read(HANDLE, Buffer.alloc(8), 0);
    session.client.received(Buffer.concat([bytes, Buffer.alloc(9)]));
    await expect(reading).rejects.toThrow("the connection was lost: the server has");
    expect(session.isDestroyed).toBe(true);
  });

  it("ends the connection where a write is answered before it was sent", async () => {
    const session = await Session.begun();
    const early = session.client.write(HANDLE, Buffer.from("data"), 0);
    session.says(PacketType.STATUS, 0, ...status(SftpStatus.OK));
    await expect(early).rejects.toThrow("before it was sent");
  });

  it("has written when the server says so", async () => {
    const session = await Session.begun();
    const writing = session.client.write(HANDLE, Buffer.from("data"), 2 ** 32 + 1);
    // length, WRITE, id; the handle's length, the handle; offset, the data's length, the data
    const expected = "0000001a 06 00000000 00000001 68 0000000100000001 00000004 64617461";
    const sent = Buffer.concat(session.sent.slice(1)).toString("hex");
    expect(sent).toBe(expected.replaceAll(" ", ""));
    for (const tell of session.whenSent) tell();
    session.says(PacketType.STATUS, 0, ...status(SftpStatus.OK));
    await writing;
  });

  it("tells refusals by the server's own words", async () => {
    const session = await Session.begun();
    const asked = session.client.lstat("/a");
    session.says(PacketType.STATUS, 0, ...status(SftpStatus.PERMISSION_DENIED, "not you"));
    await expect(asked).rejects.toMatchObject({ status: 3, message: "not you" });
  });

  it("refuses what needs an extension that the server does not have", async () => {
    const session = await Session.begun();
    await expect(session.client.hardlink("/a", "/b")).rejects.toMatchObject({
      status: SftpStatus.OP_UNSUPPORTED,
    });
  });

  it.each([
    { order: "the draft's order", extensions: [], sent: ["/link", "target"] },
    { order: "OpenSSH's", extensions: ["fsync@openssh.com"], sent: ["target", "/link"] },
  ])("makes a link in $order, where the server has it so", async ({ extensions, sent }) => {
    const session = await Session.begun(...extensions);
    void session.client.symlink("target", "/link").catch(() => undefined);
    const expected = packet(PacketType.SYMLINK, 0, ...sent.map(text));
    expect(session.sent.at(-1)).toEqual(expected);
  });

  it("asks for no more at once than the server allows", async () => {
    const session = new Session();
    const begun = session.client.begin();
    session.says(PacketType.VERSION, 3, text(LIMITS), text("1"));
    await new Promise(setImmediate);
    const [packetBytes, readBytes, writeBytes, handles] = [99_999, 70_000, 50_000, 0];
    const limits = [packetBytes, readBytes, writeBytes, handles].flatMap((n) => [u32(0), u32(n)]);
    session.says(PacketType.EXTENDED_REPLY, 0, ...limits);
    await begun;
    expect(session.client.readPieceBytes).toBeLessThanOrEqual(readBytes);
    expect(session.client.writePieceBytes).toBeLessThanOrEqual(writeBytes);
  });

  it("does not begin with a server of another version", async () => {
    const session = new Session();
    const begun = session.client.begin();
    session.says(PacketType.VERSION, 2);
    await expect(begun).rejects.toThrow("version 2");
  });
});

function data(length: number): Buffer {
  return packet(PacketType.DATA, 0, text(Buffer.alloc(length)));
}

function lying(): Buffer {
  return packet(PacketType.DATA, 0, u32(3), Buffer.alloc(2));
}
