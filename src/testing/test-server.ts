import type { FileSystem } from "../fs/index.js";
import { Volume } from "../kernel/index.js";
import {
  Accounts,
  type RequestRecord,
  type SessionEvent,
  type Share,
  type SmbConfig,
  SmbServer,
  STYPE_DISKTREE,
} from "../smb/index.js";
import { Dialect } from "../wire/smb2/index.js";
import { type ClientTransport, connectInMemory, SmbClient } from "./client/index.js";
import { FakeClock } from "./fake-clock.js";

/** Who may log on to a test's server. */
export const ANNA = { user: "anna", password: "secret" };

/** Turns of the event loop after which what waits in memory for nobody has happened. */
const MAX_TURNS = 2000;

/** A whole server in memory: one share, `ram`, two users, a fake clock, and all that it told. */
export class TestServer {
  readonly clock = new FakeClock();
  readonly volume: Volume;
  readonly server: SmbServer;
  /** Bugs that the server has told of. */
  readonly errors: unknown[] = [];
  readonly records: RequestRecord[] = [];
  readonly sessionEvents: SessionEvent[] = [];

  /** @param shares - made of the share `ram`; that alone unless told */
  constructor(
    fileSystem: FileSystem,
    config: Partial<SmbConfig> = {},
    shares: (ram: Share) => readonly Share[] = (ram) => [ram],
  ) {
    const { clock } = this;
    this.volume = new Volume(fileSystem, { clock });
    const share = { name: "ram", comment: "", type: STYPE_DISKTREE, volume: this.volume };
    const users = ["anna", "bert"].map((name) => ({ name, password: ANNA.password }));
    const whole: SmbConfig = {
      serverGuid: clock.random(16),
      serverName: "TEST",
      accounts: new Accounts(users, { allowGuest: false }),
      isSigningRequired: false,
      encryption: "enabled",
      minDialect: Dialect.SMB_2_0_2,
      maxDialect: Dialect.SMB_3_1_1,
      clock,
      ...config,
    };
    this.server = new SmbServer(whole, shares(share), {
      session: (event) => this.sessionEvents.push(event),
      request: (record) => this.records.push(record),
      error: (error) => this.errors.push(error),
    });
  }

  /** A client that has said nothing yet. */
  connect(transport: ClientTransport = connectInMemory(this.server)): SmbClient {
    return new SmbClient(transport);
  }

  /** How full all tables are: each 0 when the clients are gone. */
  get tableSizes() {
    return {
      ...this.server.tableSizes,
      ...this.volume.tableSizes,
      opensOfSessions: this.server.tableSizes.opens,
      leases: this.volume.leases.size,
      timers: this.clock.timerCount,
    };
  }

  /** Lets the event loop turn until something holds. @returns whether it does */
  async until(condition: () => boolean, maxTurns = MAX_TURNS): Promise<boolean> {
    for (let turn = 0; turn < maxTurns && !condition(); turn++) {
      await new Promise(setImmediate);
    }
    return condition();
  }

  /** When all clients have gone: whether nothing is left of them. */
  untilEmpty(): Promise<boolean> {
    return this.until(() => Object.values(this.tableSizes).every((size) => size === 0));
  }
}
