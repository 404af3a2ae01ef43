import { describe, expect, it, vi } from "vitest";
import {
  CreateDisposition,
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_ATTRIBUTE_HIDDEN,
  FILE_ATTRIBUTE_REPARSE_POINT,
  FILE_READ_DATA,
  NtStatus,
  readSecurityDescriptor,
  S_IFDIR,
  S_IFLNK,
  S_IFREG,
  statusOf,
  writeSymbolicLink,
} from "../../nt/index.js";
import { FuseMemory } from "../../testing/fuse-memory.js";
import { VolumeDriver } from "../../testing/volume-driver.js";
import { type FuseOperations, type FuseOptions, fromFuse, parseMountOptions } from "./index.js";
import { linkData } from "./reparse-data.js";

const CALLER = {
  userName: "anna",
  userSid: "S-1-5-21-1-2-3-1001",
  groupSids: ["S-1-1-0", "S-1-5-11"],
  sessionId: 0,
  clientAddress: "",
};
const MAKE = { createDisposition: CreateDisposition.CREATE };
const ALL = { createOptions: 0, grantedAccess: 0x1f01ff };

/** One file, `/file`, and whatever else is given. */
function oneFile(more: object = {}): FuseOperations {
  return {
    getattr(path) {
      if (path === "/") return { mode: S_IFDIR | 0o755 };
      if (path === "/file") return { mode: S_IFREG | 0o644, size: 3 };
      throw Object.assign(new Error("no"), { code: "ENOENT" });
    },
    readdir: () => ["file"],
    ...more,
  };
}

async function outcome(work: () => unknown): Promise<string> {
  try {
    await work();
    return "SUCCESS";
  } catch (error) {
    const status = statusOf(error);
    if (status === undefined) return String(error);
    return Object.entries(NtStatus).find(([, code]) => code === status)?.[0] ?? String(status);
  }
}

async function reading(read: unknown, options: FuseOptions = {}): Promise<string> {
  const volume = fromFuse(oneFile({ read }), options);
  const { file } = await volume.open("\\file", ALL, CALLER);
  const target = new Uint8Array(3);
  let text = "";
  const status = await outcome(async () => {
    const count = (await volume.read?.(file, target, 0, CALLER)) ?? 0;
    text = Buffer.from(target.subarray(0, count)).toString();
  });
  return text === "" ? status : text;
}

/** What people throw, whatever it is. */
const number = (thrown: unknown) => thrown as Error;

describe("how operations end", () => {
  it.each([
    ["a negative number", () => -5, "IO_DEVICE_ERROR"],
    [
      "a thrown number",
      () => {
        throw number(5);
      },
      "IO_DEVICE_ERROR",
    ],
    [
      "a rejected negative number",
      () => Promise.reject(-30 as unknown as Error),
      "MEDIA_WRITE_PROTECTED",
    ],
    [
      "an errno",
      () => {
        throw number({ errno: 28 });
      },
      "DISK_FULL",
    ],
    [
      "the name of an error",
      () => {
        throw Object.assign(new Error("x"), { code: "EROFS" });
      },
      "MEDIA_WRITE_PROTECTED",
    ],
    ["nothing read", () => 0, "END_OF_FILE"],
    ["bytes", (_p: string, _f: unknown, buffer: Buffer) => buffer.write("abc"), "abc"],
    [
      "a promise of bytes",
      (_p: string, _f: unknown, buffer: Buffer) => Promise.resolve(buffer.write("abc")),
      "abc",
    ],
    [
      "a bug",
      () => {
        throw new TypeError("x is not a function");
      },
      "TypeError: x is not a function",
    ],
  ])("in promise style, %s", async (_, read, expected) => {
    expect(await reading(read)).toBe(expected);
  });

  /** The same, in callback style. */
  function calledBack(read: (buffer: Buffer, done: (...values: unknown[]) => void) => unknown) {
    const stats = oneFile();
    const operations = {
      getattr(path: string, done: (error: number, stat?: unknown) => void) {
        try {
          done(0, stats.getattr(path, undefined as never));
        } catch {
          done(-2);
        }
      },
      read: (_p: string, _f: number, buffer: Buffer, _l: number, _o: number, done: never) =>
        read(buffer, done),
    };
    return operations as unknown as FuseOperations;
  }

  async function readingBack(
    read: Parameters<typeof calledBack>[0],
    options: FuseOptions = {},
  ): Promise<string> {
    const volume = fromFuse(calledBack(read), options);
    const { file } = await volume.open("\\file", ALL, CALLER);
    const target = new Uint8Array(3);
    const status = await outcome(() => volume.read?.(file, target, 0, CALLER));
    return status === "SUCCESS" ? Buffer.from(target).toString() : status;
  }

  it.each<readonly [string, Parameters<typeof calledBack>[0], string]>([
    [
      "bytes at once",
      (buffer, done) => {
        done(buffer.write("abc"));
      },
      "abc",
    ],
    [
      "bytes later",
      (buffer, done) =>
        setImmediate(() => {
          done(buffer.write("abc"));
        }),
      "abc",
    ],
    [
      "0 and bytes",
      (buffer, done) => {
        done(null, buffer.write("abc"));
      },
      "abc",
    ],
    [
      "a negative errno",
      (_b, done) => {
        done(-13);
      },
      "ACCESS_DENIED",
    ],
    [
      "an Error of Node",
      (_b, done) => {
        done(Object.assign(new Error("x"), { code: "EIO" }));
      },
      "IO_DEVICE_ERROR",
    ],
    [
      "an error that is thrown",
      () => {
        throw new TypeError("bug");
      },
      "TypeError: bug",
    ],
    [
      "a promise that rejects",
      () => Promise.reject(Object.assign(new Error("x"), { code: "EIO" })),
      "IO_DEVICE_ERROR",
    ],
  ])("in callback style, %s", async (_, read, expected) => {
    expect(await readingBack(read)).toBe(expected);
  });

  it("counts the first call of a callback, and warns of the second", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const text = await readingBack((buffer, done) => {
      done(buffer.write("abc"));
      done(-5);
    });
    expect(text).toBe("abc");
    expect(warn.mock.calls[0]?.[0]).toContain("read of /file has called its callback again");
    warn.mockRestore();
  });

  it("names the operation that never ends", async () => {
    vi.useFakeTimers();
    const pending = readingBack(() => undefined, { timeoutMs: 1000 });
    await vi.advanceTimersByTimeAsync(1000);
    expect(await pending).toContain("the FUSE operation read of /file has not ended in 1000 ms");
    vi.useRealTimers();
  });

  it("calls one operation at a time where it is told to", async () => {
    let running = 0;
    let most = 0;
    const read = async () => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
      return 1;
    };
    const volume = fromFuse(oneFile({ read }), { isSerial: true });
    const { file } = await volume.open("\\file", ALL, CALLER);
    const one = () => volume.read?.(file, new Uint8Array(1), 0, CALLER);
    await Promise.all([one(), one(), one()]);
    expect(most).toBe(1);
  });
});

describe("its beginning and its end", () => {
  const root = () => ({ mode: S_IFDIR | 0o755 });

  it("is nothing to end where nothing has begun", async () => {
    const destroy = vi.fn(() => undefined);
    await fromFuse({ getattr: root, destroy }).stop?.();
    expect(destroy).not.toHaveBeenCalled();
  });

  it.each([
    ["a function", () => undefined],
    ["a promise", () => Promise.resolve()],
    [
      "a callback that is called",
      (done: unknown) => {
        (done as (error: number) => void)(0);
      },
    ],
    ["a callback that is never called", (done: unknown) => typeof done],
  ])("ends, by %s, where no operation has shown its style", async (_, end) => {
    const destroy = vi.fn(end);
    const getattr = () => {
      throw Object.assign(new Error("no"), { code: "EIO" });
    };
    const volume = fromFuse({ getattr, destroy });
    expect(await outcome(() => volume.start?.(() => undefined))).toBe("IO_DEVICE_ERROR");
    await volume.stop?.();
    expect(destroy).toHaveBeenCalledOnce();
  });

  it("waits for the callback of destroy", async () => {
    let isDestroyed = false;
    const operations = {
      getattr: (_path: string, done: (error: number, stat: object) => void) => {
        done(0, root());
      },
      destroy: (done: (error: number) => void) =>
        setImmediate(() => {
          isDestroyed = true;
          done(0);
        }),
    };
    const volume = fromFuse(operations as unknown as FuseOperations);
    await volume.start?.(() => undefined);
    await volume.stop?.();
    expect(isDestroyed).toBe(true);
  });

  it("waits for no callback that destroy does not declare", async () => {
    const destroy = vi.fn(() => undefined);
    const getattr = (_path: string, done: (error: number, stat: object) => void) => {
      done(0, root());
    };
    const volume = fromFuse({ getattr, destroy } as unknown as FuseOperations);
    await volume.start?.(() => undefined);
    await volume.stop?.();
    expect(destroy).toHaveBeenCalledOnce();
  });

  it.each(["promise", "callback", undefined] as const)(
    "init that throws keeps it from beginning, in style %s",
    async (style) => {
      const init = (done: unknown) => {
        throw Object.assign(new Error(typeof done), { code: "EROFS" });
      };
      const destroy = vi.fn(() => undefined);
      const volume = fromFuse({ getattr: root, init, destroy }, { style });
      expect(await outcome(() => volume.start?.(() => undefined))).toBe("MEDIA_WRITE_PROTECTED");
      await volume.stop?.();
      expect(destroy).not.toHaveBeenCalled();
    },
  );
});

describe("capabilities", () => {
  it.each([
    ["create", ["create"]],
    ["rename", ["rename"]],
    ["link", ["link", "getLinks"]],
    ["readlink", ["getReparsePoint", "getReparsePointByName"]],
    ["chmod", ["setSecurity"]],
    ["truncate", ["overwrite", "setFileSize", "setAllocationSize"]],
    ["ioctl", ["control"]],
    ["setvolname", ["setVolumeLabel"]],
  ] as const)("%s brings %s", (operation, methods) => {
    const without = fromFuse(oneFile());
    const withIt = fromFuse(oneFile({ [operation]: () => undefined }));
    for (const method of methods) {
      expect(Reflect.get(without, method)).toBeUndefined();
      expect(Reflect.get(withIt, method)).toBeDefined();
    }
  });

  it("extended attributes need all four operations", () => {
    const has = (more: object) =>
      Reflect.get(fromFuse(oneFile(more)), "getExtendedAttributes") !== undefined;
    const three = { setxattr: () => undefined, getxattr: () => undefined, listxattr: () => [] };
    expect(has(three)).toBe(false);
    const four = { ...three, removexattr: () => undefined };
    expect(has(four)).toBe(true);
  });

  it("without unlink nothing is deleted, and that is said beforehand", async () => {
    const volume = fromFuse(oneFile());
    const { file } = await volume.open("\\file", ALL, CALLER);
    expect(await outcome(() => volume.canDelete?.(file, "\\file", CALLER))).toBe("CANNOT_DELETE");
  });
});

describe("who owns what", () => {
  const ownerOf = async (stat: object, options?: FuseOptions, more: object = {}) => {
    const getattr = () => ({ mode: S_IFDIR | 0o755, ...stat });
    const volume = fromFuse({ getattr, ...more }, options);
    const { securityDescriptor } = (await volume.getSecurityByName?.("\\", CALLER)) ?? {};
    return readSecurityDescriptor(securityDescriptor!).owner;
  };
  const chown = () => undefined;

  it("whoever has logged on, where the file system has no owners", async () => {
    expect(await ownerOf({ uid: 18 })).toBe("S-1-5-11");
  });

  it("is who serves, to users of this machine, who are not all one", async () => {
    const user = { ...CALLER, userSid: "S-1-22-1-1234" };
    const volume = fromFuse({ getattr: () => ({ mode: S_IFDIR | 0o700 }) });
    const { securityDescriptor } = (await volume.getSecurityByName?.("\\", user)) ?? {};
    expect(readSecurityDescriptor(securityDescriptor!)).toMatchObject({
      owner: `S-1-22-1-${process.getuid?.() ?? 11}`,
      group: `S-1-22-2-${process.getgid?.() ?? 545}`,
    });
  });

  it("whom the file system says, where it has", async () => {
    expect(await ownerOf({ uid: 18 }, {}, { chown })).toBe("S-1-5-18");
  });

  it.each([
    ["uid=544", "S-1-5-32-544"],
    ["uid=-1", "S-1-5-11"],
    ["UserName=SYSTEM", "S-1-5-18"],
    ["uidmap=18:S-1-5-32-545", "S-1-5-32-545"],
    ["FileSecurity=O:BAG:BAD:P(A;;FA;;;WD)", "S-1-5-32-544"],
  ])("-o %s: %s", async (list, owner) => {
    expect(await ownerOf({ uid: 18 }, parseMountOptions(list), { chown })).toBe(owner);
  });
});

describe("names and links", () => {
  it("dotted names are hidden where that is asked for", async () => {
    const getattr = () => ({ mode: S_IFDIR | 0o755 });
    const volume = fromFuse({ getattr }, { hidesDotNames: true });
    const found = await volume.getSecurityByName?.("\\.git", CALLER);
    expect(found?.fileAttributes).toBe(FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_HIDDEN);
  });

  it.each([
    ["that nobody has open", false],
    ["that is open", true],
  ])(
    "a link that cannot be made leaves a file in whose place it was to be, %s",
    async (_, isOpen) => {
      const memory = new FuseMemory();
      const volume = fromFuse(refusing(memory, new Map([["link", "EMLINK"]])));
      const driver = new VolumeDriver(volume);
      for (const name of ["old", "new"]) await driver.makeFile(name, name);
      const READING = { createOptions: 0, grantedAccess: FILE_READ_DATA };
      const { file } = await volume.open("\\new", READING, CALLER);
      const other = isOpen ? await volume.open("\\old", READING, CALLER) : undefined;
      expect(await outcome(() => volume.link?.(file, "\\old", true, CALLER))).not.toBe("SUCCESS");
      await volume.close?.(file);
      if (other !== undefined) await volume.close?.(other.file);
      expect(await driver.text("old")).toBe("old");
      expect(namesOf(memory)).toEqual(["new", "old"]);
    },
  );

  it.each([
    ["a file", false],
    ["a directory", true],
  ])("%s becomes a link where nothing can be renamed, too", async (_, isDirectory) => {
    const memory = new FuseMemory();
    Object.defineProperty(memory, "rename", { value: undefined });
    const volume = fromFuse(memory);
    const driver = new VolumeDriver(volume);
    if (isDirectory) await driver.makeDirectory("made");
    else await driver.makeFile("made", "text");
    const { file } = await volume.open("\\made", ALL, CALLER);
    await volume.setReparsePoint?.(file, linkData("elsewhere"), CALLER);
    await volume.close?.(file);
    expect(memory.readlink("/made")).toBe("elsewhere");
    const found = await volume.getSecurityByName?.("\\made", CALLER);
    expect(found?.fileAttributes).toBe(FILE_ATTRIBUTE_REPARSE_POINT);
  });

  it("characters that Windows has no use for are shown as others", async () => {
    const memory = new FuseMemory();
    const driver = new VolumeDriver(fromFuse(memory, { uid: -1, gid: -1 }));
    await (await driver.open("12\uf03a30", MAKE)).close();
    expect(memory.readdir("/", memory.opendir("/"))).toContain("12:30");
  });

  const linked = (target: string) => ({
    getattr: (path: string) => ({ mode: path === "/link" ? S_IFLNK | 0o777 : S_IFDIR | 0o755 }),
    readlink: () => target,
  });

  it("a link on the way is told, and one to a directory is one", async () => {
    const volume = fromFuse(linked("dir"));
    expect(await volume.getSecurityByName?.("\\link\\below", CALLER)).toMatchObject({
      reparseAt: 1,
    });
    const link = await volume.getSecurityByName?.("\\link", CALLER);
    expect(link?.fileAttributes).toBe(FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT);
  });

  it.each([
    ["/etc", {}, "ACCESS_DENIED"],
    ["/etc", { hasRelativeLinks: true }, "SUCCESS"],
    ["/mnt/etc", { mountPoint: "/mnt" }, "SUCCESS"],
    ["/mnt", { mountPoint: "/mnt" }, "SUCCESS"],
    ["/mntetc", { mountPoint: "/mnt" }, "ACCESS_DENIED"],
    ["etc", {}, "SUCCESS"],
  ] as const)("a link to %s, with %o: %s", async (target, options, expected) => {
    const volume = fromFuse(linked(target), options);
    expect(await outcome(() => volume.getReparsePointByName?.("\\link", CALLER))).toBe(expected);
  });
});

/** The operations of `memory`, some of them refused: the errno of each by its name. */
function refusing(memory: FuseMemory, refused: ReadonlyMap<string, string>): FuseMemory {
  return new Proxy(memory, {
    get: (target, key) => {
      const code = refused.get(String(key));
      if (code !== undefined) return () => Promise.reject(Object.assign(new Error("no"), { code }));
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
}

function namesOf(memory: FuseMemory): string[] {
  return memory.readdir("/", memory.opendir("/")).slice(2);
}

describe("what cannot be finished", () => {
  const NEW = {
    ...ALL,
    fileAttributes: 0,
    securityDescriptor: undefined,
    allocationSize: 0,
    extendedAttributes: undefined,
  };

  it.each([
    ["file", "fgetattr", "release"],
    ["directory", "opendir", undefined],
    ["file", "listxattr", "release"],
    ["directory", "listxattr", "releasedir"],
  ])("a new %s whose %s fails is closed and gone again", async (kind, operation, closing) => {
    const memory = new FuseMemory();
    const volume = fromFuse(refusing(memory, new Map([[operation, "EIO"]])));
    const making = () =>
      volume.create?.("\\new", { ...NEW, isDirectory: kind === "directory" }, CALLER);
    expect(await outcome(making)).toBe("IO_DEVICE_ERROR");
    expect(namesOf(memory)).toEqual([]);
    expect(memory.called.filter((name) => name.startsWith("release"))).toEqual(
      closing === undefined ? [] : [closing],
    );
  });

  it("a new file whose getattr fails is closed and gone again", async () => {
    const memory = new FuseMemory();
    const refused = new Map<string, string>();
    const create = memory.create.bind(memory);
    memory.create = (...args) => {
      refused.set("getattr", "EIO");
      return create(...args);
    };
    const volume = fromFuse(refusing(memory, refused));
    const making = () => volume.create?.("\\new", { ...NEW, isDirectory: false }, CALLER);
    expect(await outcome(making)).toBe("IO_DEVICE_ERROR");
    expect(namesOf(memory)).toEqual([]);
    expect(memory.called).toContain("release");
  });

  it.each([
    ["the link cannot be put in its place", (from: string) => !from.startsWith("/.fuse_hidden")],
    ["the directory cannot be put aside", (from: string) => from !== "/dir"],
  ])("a directory that a link is to replace stays where %s", async (_, isAllowed) => {
    const memory = new FuseMemory();
    const rename = memory.rename.bind(memory);
    let hasRefused = false;
    memory.rename = (from, to, flags) => {
      if (hasRefused || isAllowed(from)) {
        rename(from, to, flags);
        return;
      }
      hasRefused = true;
      throw Object.assign(new Error("no"), { code: "EIO" });
    };
    memory.mkdir("/dir", 0o755, { uid: 0, gid: 0 } as never);
    const volume = fromFuse(memory);
    const { file } = await volume.open("\\dir", ALL, CALLER);
    const link = writeSymbolicLink({ substituteName: "x", printName: "x", isRelative: true });
    expect(await outcome(() => volume.setReparsePoint?.(file, link, CALLER))).toBe(
      "IO_DEVICE_ERROR",
    );
    await volume.close?.(file);
    expect(namesOf(memory)).toEqual(["dir"]);
    expect(memory.getattr("/dir").mode).toBe(S_IFDIR | 0o755);
  });

  it("a directory that has got something meanwhile is not replaced by a link", async () => {
    const memory = new FuseMemory();
    const context = { uid: 0, gid: 0 } as never;
    const symlink = memory.symlink.bind(memory);
    memory.symlink = (...args) => {
      symlink(...args);
      memory.create("/dir/kept", 0o644, 0, context);
    };
    memory.mkdir("/dir", 0o755, context);
    const volume = fromFuse(memory);
    const { file } = await volume.open("\\dir", ALL, CALLER);
    const link = writeSymbolicLink({ substituteName: "x", printName: "x", isRelative: true });
    expect(await outcome(() => volume.setReparsePoint?.(file, link, CALLER))).toBe(
      "DIRECTORY_NOT_EMPTY",
    );
    await volume.close?.(file);
    expect(namesOf(memory)).toEqual(["dir"]);
    expect(memory.readdir("/dir", memory.opendir("/dir"))).toContain("kept");
  });
});

describe("a link below the mount point that a file system believes in", () => {
  it.each([
    ["/link", "/mnt/other/file", "other/file"],
    ["/dir/link", "/mnt/other/file", "../other/file"],
    ["/dir/link", "/mnt/dir", "."],
    ["/dir/link", "/mnt", ".."],
    ["/dir/link", "/mnt-2/file", "/mnt-2/file"],
  ])("%s to %s leads to %s, wherever the volume is mounted", async (path, target, expected) => {
    const getattr = (at: string) => ({ mode: at === path ? S_IFLNK | 0o777 : S_IFDIR | 0o755 });
    const volume = fromFuse({ getattr, readlink: () => target }, { mountPoint: "/mnt" });
    const { file } = await volume.open(path.replaceAll("/", "\\"), ALL, CALLER);
    expect(await volume.getReparsePoint?.(file, CALLER)).toEqual(linkData(expected));
  });
});

describe("a file that goes while it is open", () => {
  const contents = async (options: FuseOptions = {}) => {
    const memory = new FuseMemory();
    const volume = fromFuse(memory, options);
    const made = await volume.create?.(
      "\\file",
      {
        ...ALL,
        isDirectory: false,
        fileAttributes: 0,
        securityDescriptor: undefined,
        allocationSize: 0,
        extendedAttributes: undefined,
      },
      CALLER,
    );
    const other = await volume.open("\\file", ALL, CALLER);
    await volume.cleanup?.(
      made!.file,
      "\\file",
      { isDelete: true, isAllocationReset: false },
      CALLER,
    );
    const names = memory.readdir("/", memory.opendir("/")).slice(2);
    await volume.close?.(made!.file);
    await volume.close?.(other.file);
    return { names, after: memory.readdir("/", memory.opendir("/")).slice(2) };
  };

  it("has another name until its last open is closed", async () => {
    const { names, after } = await contents();
    expect(names).toEqual([expect.stringMatching(/^\.fuse_hidden/)]);
    expect(after).toEqual([]);
  });

  it("is gone at once with hard_remove", async () => {
    expect(await contents({ removesOpenFiles: true })).toEqual({ names: [], after: [] });
  });
});

describe("options of mount", () => {
  it("are read as they are written", () => {
    expect(parseMountOptions("uid=1000,gid=-1,umask=022,volname=a\\,b,ro,allow_other")).toEqual({
      uid: 1000,
      gid: -1,
      umask: 0o022,
      label: "a,b",
      isReadOnly: true,
    });
    expect(parseMountOptions("attr_timeout=2,FileSystemName=x")).toEqual({
      fileInfoTimeoutMs: 2000,
      fileSystemName: "FUSE-x",
    });
    expect(parseMountOptions("FileInfoTimeout=-1")).toEqual({ fileInfoTimeoutMs: Infinity });
  });

  it.each([
    ["colour=red", "-o colour is no option of FUSE that is known here"],
    ["uid=me", "-o uid=me is no number"],
    ["umask=9", "-o umask=9 is no octal number"],
    ["volname", "-o volname needs a value"],
    ["uidmap=anna", "-o uidmap: anna maps nothing"],
    ["style=both", "-o style=both is no style"],
  ])("%s is refused, with a sentence", (list, message) => {
    expect(() => parseMountOptions(list)).toThrow(message);
  });
});
