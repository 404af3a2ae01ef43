import type { Caller, FileSystem } from "../fs/index.js";
import {
  type CreateOutcome,
  type CreateRequest,
  type Open,
  type Result,
  Volume,
  type VolumeOptions,
} from "../kernel/index.js";
import {
  CreateAction,
  CreateDisposition,
  FILE_ALL_ACCESS,
  FILE_DELETE_ON_CLOSE,
  FILE_DIRECTORY_FILE,
  FILE_READ_DATA,
  FILE_SHARE_DELETE,
  FILE_SHARE_READ,
  FILE_SHARE_WRITE,
  statusName,
} from "../nt/index.js";

const CALLER: Caller = {
  userName: "test",
  userSid: "S-1-5-21-1-2-3-1001",
  groupSids: ["S-1-1-0"],
  sessionId: 0,
  clientAddress: "",
};

/** Time that stands still. */
const CLOCK = { nowMs: () => 0, after: () => () => undefined };

const ACTION_NAMES: readonly string[] = Object.keys(CreateAction);

/**
 * A volume as tests use it: what need not be said has a value, and outcomes are names, which are good
 * to read in a table.
 */
export class VolumeDriver {
  readonly volume: Volume;
  readonly #caller: Caller;

  constructor(
    what: FileSystem | Volume,
    options: Partial<VolumeOptions> = {},
    caller: Partial<Caller> = {},
  ) {
    this.volume = what instanceof Volume ? what : new Volume(what, { clock: CLOCK, ...options });
    this.#caller = { ...CALLER, ...caller };
  }

  /** The same volume, as somebody else has it. */
  as(caller: Partial<Caller>): VolumeDriver {
    return new VolumeDriver(this.volume, {}, caller);
  }

  /** A create of everything, shared with everybody, of what is there, unless told. */
  async create(name: string, request: Partial<CreateRequest> = {}): Promise<CreateOutcome> {
    const whole: CreateRequest = {
      name,
      desiredAccess: FILE_ALL_ACCESS,
      fileAttributes: 0,
      shareAccess: FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
      createDisposition: CreateDisposition.OPEN,
      createOptions: 0,
      allocationSize: 0,
      ...request,
    };
    return await this.volume.create(whole, this.#caller);
  }

  /** The open that a create gives; fails where it is refused. */
  async open(name: string, request: Partial<CreateRequest> = {}): Promise<Open> {
    const created = await this.create(name, request);
    if (created.ok) return created.value.open;
    throw new Error(`${name}: ${statusName(created.status)}`);
  }

  /** What a create does, by name: CREATED, or why it is refused. What it opens is closed. */
  async outcome(name: string, request: Partial<CreateRequest> = {}): Promise<string> {
    const created = await this.create(name, request);
    if (!created.ok) return statusName(created.status);
    const { open, createAction } = created.value;
    await open.close();
    return ACTION_NAMES[createAction] ?? String(createAction);
  }

  /** Makes a file with something in it. */
  async makeFile(name: string, text = ""): Promise<void> {
    const open = await this.open(name, { createDisposition: CreateDisposition.CREATE });
    await open.write(Buffer.from(text), 0);
    await open.close();
  }

  async makeDirectory(name: string): Promise<void> {
    const request = {
      createDisposition: CreateDisposition.CREATE,
      createOptions: FILE_DIRECTORY_FILE,
    };
    await (await this.open(name, request)).close();
  }

  /** What is in a file. */
  async text(name: string): Promise<string> {
    const open = await this.open(name, { desiredAccess: FILE_READ_DATA });
    const target = new Uint8Array(65_536);
    const count = await open.read(target, 0);
    await open.close();
    return count.ok ? Buffer.from(target.subarray(0, count.value)).toString() : "";
  }

  async remove(name: string): Promise<void> {
    await (await this.open(name, { createOptions: FILE_DELETE_ON_CLOSE })).close();
  }

  /** The names in a directory, sorted, without `.` and `..`. */
  async names(directory = ""): Promise<string[]> {
    const found = await this.list(directory, "*");
    return found.filter((name) => name !== "." && name !== "..").sort();
  }

  /** What a directory tells of the names that match a pattern, in its order. */
  async list(directory: string, pattern: string): Promise<string[]> {
    const open = await this.open(directory, { desiredAccess: FILE_READ_DATA });
    const cursor = await open.directoryCursor(pattern, false);
    if (!cursor.ok) throw new Error(statusName(cursor.status));
    const names: string[] = [];
    for (;;) {
      const found = await cursor.value.next();
      if (!found.ok) throw new Error(statusName(found.status));
      if (found.value === undefined) break;
      names.push(found.value.name);
    }
    await open.close();
    return names;
  }
}

/** An outcome by its name; SUCCESS where there is a value. */
export function outcomeOf(result: Result<unknown>): string {
  return result.ok ? "SUCCESS" : statusName(result.status);
}
