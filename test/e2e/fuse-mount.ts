import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FileSystem } from "../../src/fs/index.js";
import {
  FuseHost,
  type FuseHostOptions,
  type MountedDevice,
  mountDevice,
} from "../../src/fuse/index.js";
import { Volume } from "../../src/kernel/index.js";

const CLOCK = {
  nowMs: () => Date.now(),
  after: (ms: number, then: () => void) => {
    const timer = setTimeout(then, ms);
    return () => {
      clearTimeout(timer);
    };
  },
};

/** What a program came to. */
export interface ProgramEnd {
  readonly status: number | null;
  /** Both outputs. */
  readonly output: string;
}

/**
 * A volume mounted by this process. Whatever looks at it here must not block the event loop, which would wait for its own
 * answers: programs, and `fs/promises`.
 */
export class TestMount {
  readonly path: string;
  readonly volume: Volume;
  readonly host: FuseHost;
  /** Bugs that the host has told of. */
  readonly errors: unknown[];
  readonly #mounted: MountedDevice;

  private constructor(
    parts: Pick<TestMount, "path" | "volume" | "host" | "errors">,
    mounted: MountedDevice,
  ) {
    this.path = parts.path;
    this.volume = parts.volume;
    this.host = parts.host;
    this.errors = parts.errors;
    this.#mounted = mounted;
  }

  static async of(what: FileSystem | Volume, options: FuseHostOptions = {}): Promise<TestMount> {
    const volume = what instanceof Volume ? what : new Volume(what, { clock: CLOCK });
    if (!(what instanceof Volume)) await volume.start();
    const path = await mkdtemp(join(tmpdir(), "anymount-fuse-"));
    const mounted = await mountDevice(path, {
      name: "test",
      allowOther: true,
      defaultPermissions: false,
      isReadOnly: false,
      allowsNonEmpty: false,
      staysAwake: false,
    });
    const errors: unknown[] = [];
    const observer = { error: (error: unknown) => errors.push(error), ended: () => undefined };
    const host = new FuseHost(volume, mounted.device, observer, {
      isShared: true,
      mountPath: path,
      ...options,
    });
    host.start();
    return new TestMount({ path, volume, host, errors }, mounted);
  }

  /** A path below the mount. */
  at(...names: readonly string[]): string {
    return join(this.path, ...names);
  }

  /** Runs a shell script in the mounted directory; as an ordinary user where there is a uid. */
  run(script: string, { uid }: { uid?: number | undefined } = {}): Promise<ProgramEnd> {
    const as =
      uid === undefined
        ? []
        : ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups", "--"];
    const [program, ...args] = [...as, "bash", "-euc", `cd ${this.path}; ${script}`];
    return runProgram(program, args);
  }

  async end(): Promise<void> {
    await this.#mounted.unmount({ isForced: true });
    await this.host.close();
    await rm(this.path, { recursive: true, force: true });
  }
}

/** Not with a `cwd` on the mount: Node waits for the new process to be there, and answers nothing meanwhile. */
function runProgram(program: string, args: readonly string[]): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    const environment = { ...process.env, HOME: "/nonexistent", GIT_CONFIG_NOSYSTEM: "1" };
    const child = spawn(program, args, {
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.on("error", reject).on("close", (status) => {
      resolve({ status, output });
    });
  });
}
