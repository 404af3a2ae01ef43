import { strict as assert } from "node:assert";
import type { Caller, FileSystem, Notify } from "../../fs/index.js";
import { Volume } from "../../kernel/index.js";
import { TcpListener } from "../../smb/index.js";
import { Dialect } from "../../wire/smb2/index.js";
import {
  type ClientTree,
  connectInMemory,
  connectTcp,
  must,
  type ProtectionMode,
  SmbClient,
} from "../client/index.js";
import { FakeClock } from "../fake-clock.js";
import { ANNA, TestServer } from "../test-server.js";
import type { Drive, LeasingDrive, UserName } from "./drive.js";
import { KernelDrive } from "./kernel-drive.js";
import { type Notifying, notifying } from "./notifying.js";
import { SmbDrive } from "./smb-drive.js";
import { allTurns, hasSettled } from "./turns.js";

/** Where a case happens: a volume, empty at first, and those who use it. */
export interface Stage {
  readonly fileSystem: FileSystem;
  /** Time, which goes on when the case says so. */
  readonly clock: FakeClock;
  /** How the file system reports what changed behind the kernel's back. */
  readonly notify: Notify;
  /** One more client, `anna` unless told. */
  drive(user?: UserName): Promise<Drive>;
  /** Whether something still waits, when all has happened that waits for nobody. */
  isWaiting(what: Promise<unknown>): Promise<boolean>;
  /** Sends everybody away. @throws AssertionError where something is left of them, or a bug was told */
  end(): Promise<void>;
}

/** The same, reached by SMB. */
export interface WireStage extends Stage {
  /** One more client, connected to the share. */
  connect(user?: UserName): Promise<{ readonly client: SmbClient; readonly tree: ClientTree }>;
}

/** A volume on a directory of this machine. */
export interface MountStage {
  readonly fileSystem: FileSystem;
  /**
   * A path on the mount, of names that the system has. Calls on it must not wait (`fs/promises`): this process answers them. One at a
   * time is safe; more may use up the threads of Node, which the file system may need.
   */
  at(...names: readonly string[]): string;
}

/** How SMB clients reach a stage. */
export interface SmbOptions {
  /** 3.1.1 unless told. */
  readonly dialect?: Dialect;
  /** `signed` unless told. */
  readonly protection?: ProtectionMode;
  /** Through sockets; through memory unless told. */
  readonly isTcp?: boolean;
}

const CALLERS: Readonly<Record<UserName, Caller>> = {
  anna: callerOf("anna", 1),
  bert: callerOf("bert", 2),
};

function callerOf(userName: UserName, sessionId: number): Caller {
  return {
    userName,
    userSid: `S-1-5-21-1-2-3-${1000 + sessionId}`,
    groupSids: ["S-1-1-0", "S-1-5-11", "S-1-5-32-545"],
    sessionId,
    clientAddress: "",
  };
}

/** A stage whose clients call the kernel. */
export class KernelStage implements Stage {
  readonly clock = new FakeClock();
  readonly volume: Volume;
  readonly #fileSystem: Notifying;
  readonly #drives: LeasingDrive[] = [];

  private constructor(fileSystem: FileSystem) {
    this.#fileSystem = notifying(fileSystem);
    this.volume = new Volume(this.fileSystem, { clock: this.clock });
  }

  static async begin(fileSystem: FileSystem): Promise<KernelStage> {
    const stage = new KernelStage(fileSystem);
    await stage.volume.start();
    return stage;
  }

  get fileSystem(): FileSystem {
    return this.#fileSystem.fileSystem;
  }

  get notify(): Notify {
    return this.#fileSystem.notify;
  }

  drive(user: UserName = "anna"): Promise<LeasingDrive> {
    const sessionId = this.#drives.length + 1; // each drive is a client of its own
    const drive = new KernelDrive(this.volume, { ...CALLERS[user], sessionId });
    this.#drives.push(drive);
    return Promise.resolve(drive);
  }

  async isWaiting(what: Promise<unknown>): Promise<boolean> {
    return !(await hasSettled(what));
  }

  async end(): Promise<void> {
    await Promise.all(this.#drives.map((drive) => drive.leave()));
    await allTurns();
    const left = { ...this.volume.tableSizes, timers: this.clock.timerCount };
    await this.volume.stop();
    assertEmpty(left);
  }
}

/** A stage whose clients are SMB clients of a whole server. */
export class SmbStage implements WireStage {
  readonly server: TestServer;
  readonly #fileSystem: Notifying;
  readonly #options: SmbOptions;
  readonly #clients: SmbClient[] = [];
  #tcp: { readonly listener: TcpListener; readonly port: number } | undefined;

  private constructor(fileSystem: FileSystem, options: SmbOptions) {
    this.#fileSystem = notifying(fileSystem);
    this.#options = options;
    this.server = new TestServer(this.fileSystem);
  }

  static async begin(fileSystem: FileSystem, options: SmbOptions = {}): Promise<SmbStage> {
    const stage = new SmbStage(fileSystem, options);
    await stage.server.volume.start();
    if (options.isTcp === true) {
      const listener = new TcpListener(stage.server.server);
      stage.#tcp = { listener, port: await listener.listen({ host: "127.0.0.1", port: 0 }) };
    }
    return stage;
  }

  get fileSystem(): FileSystem {
    return this.#fileSystem.fileSystem;
  }

  get notify(): Notify {
    return this.#fileSystem.notify;
  }

  get clock(): FakeClock {
    return this.server.clock;
  }

  get volume(): Volume {
    return this.server.volume;
  }

  async drive(user: UserName = "anna"): Promise<LeasingDrive> {
    const { client, tree } = await this.connect(user);
    return new SmbDrive(client, tree, allTurns);
  }

  async connect(user: UserName = "anna") {
    const { dialect = Dialect.SMB_3_1_1, protection = "signed" } = this.#options;
    const transport =
      this.#tcp === undefined
        ? connectInMemory(this.server.server)
        : await connectTcp({ port: this.#tcp.port });
    const client = new SmbClient(transport);
    this.#clients.push(client);
    must(await client.negotiate({ dialects: [dialect] }));
    const { password } = ANNA;
    const session = must(await client.logOn({ user, password, protection }));
    return { client, tree: must(await session.treeConnect("ram")) };
  }

  async isWaiting(what: Promise<unknown>): Promise<boolean> {
    return !(await hasSettled(what));
  }

  async end(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.server.untilEmpty();
    await this.server.server.close();
    await this.#tcp?.listener.close();
    await this.server.volume.stop();
    assert.deepEqual(this.server.errors, [], "the server has told of bugs");
    assertEmpty(this.server.tableSizes);
  }
}

/** Nothing is left when all clients are gone. */
function assertEmpty(tables: Readonly<Record<string, number>>): void {
  const left = Object.entries(tables).filter(([, size]) => size !== 0);
  assert.deepEqual(left, [], "something is left in the tables");
}
