/**
 * A volume on a directory of this machine, and the programs that use it: this one, by calls that do not wait.
 *
 * @packageDocumentation
 */
import { strict as assert } from "node:assert";
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FileSystem, Notify } from "../../fs/index.js";
import { type Mounted, mountVolume } from "../../fuse/index.js";
import { Volume } from "../../kernel/index.js";
import { NtError, posixNameOf, statusOf } from "../../nt/index.js";
import { FakeClock } from "../fake-clock.js";
import type { Drive } from "./drive.js";
import { FuseDrive, type FuseFile } from "./fuse-drive.js";
import { type Notifying, notifying } from "./notifying.js";
import type { MountStage, Stage } from "./stage.js";
import { hasSettled } from "./turns.js";

/** What a case wants that no program can say to Linux. */
export class Inexpressible extends Error {}

/** A stage whose clients are programs, by `/dev/fuse`. */
export class FuseStage implements Stage, MountStage {
  readonly clock = new FakeClock();
  readonly volume: Volume;
  /** Why no program can say what the case wants, where that is so. */
  reason: string | undefined;
  readonly #fileSystem: Notifying;
  readonly #files = new Set<FuseFile>();
  /** Bugs that the host has told of. */
  readonly #errors: unknown[] = [];
  #mounted: Mounted | undefined;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(fileSystem: FileSystem) {
    this.#fileSystem = notifying(fileSystem);
    this.volume = new Volume(this.fileSystem, { clock: this.clock });
  }

  /** @throws MountError where this machine, or this user, cannot mount; its message says why */
  static async begin(fileSystem: FileSystem): Promise<FuseStage> {
    const stage = new FuseStage(fileSystem);
    await stage.volume.start();
    const where = join(tmpdir(), `anymount-case-${randomUUID()}`); // made by the mount, and gone with it
    try {
      stage.#mounted = await mountVolume(stage.volume, where, {
        name: "case",
        staysAwake: false,
        onError: (error) => stage.#errors.push(error),
      });
    } catch (error) {
      await stage.volume.stop();
      throw error;
    }
    return stage;
  }

  get fileSystem(): FileSystem {
    return this.#fileSystem.fileSystem;
  }

  get notify(): Notify {
    return this.#fileSystem.notify;
  }

  /** Absolute, without symbolic links. */
  get mountPath(): string {
    assert.ok(this.#mounted !== undefined, "it is mounted");
    return this.#mounted.where;
  }

  at(...names: readonly string[]): string {
    return join(this.mountPath, ...names);
  }

  /** @param path - as drives have it */
  pathOf(path: string): string {
    const names = path.split("\\").filter((name) => name !== "");
    return this.at(...names.map(posixNameOf));
  }

  /** Programs of one user, whoever is asked for: what keeps users apart is told by descriptors, which no program has. */
  drive(): Promise<Drive> {
    return Promise.resolve(new FuseDrive(this));
  }

  async isWaiting(what: Promise<unknown>): Promise<boolean> {
    return !(await hasSettled(what));
  }

  /**
   * Makes a call on the mount when the one before it has ended. Each holds one of the few threads of Node until it is answered,
   * and the file system may need some to answer it.
   *
   * @throws NtError the outcome that an errno stands for
   */
  async call<T>(make: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const made = before.then(make);
    this.#last = made.catch(() => undefined);
    try {
      return await made;
    } catch (error) {
      const status = statusOf(error);
      throw status === undefined ? error : new NtError(status);
    }
  }

  /** Gives the case up: no program can say what it wants. */
  impossible(what: string): never {
    this.reason ??= `programs on Linux have no ${what}`;
    throw new Inexpressible(this.reason);
  }

  opened(file: FuseFile): FuseFile {
    this.#files.add(file);
    return file;
  }

  closed(file: FuseFile): void {
    this.#files.delete(file);
  }

  hasOpen(path: string): boolean {
    return [...this.#files].some((file) => file.path === path);
  }

  async end(): Promise<void> {
    await Promise.allSettled([...this.#files].map((file) => file.close()));
    await this.#takeAway();
    const { nodes, opens } = this.volume.tableSizes;
    await this.volume.stop();
    assert.deepEqual(this.#errors, [], "the host has told of bugs");
    assert.deepEqual({ nodes, opens }, { nodes: 0, opens: 0 }, "something is left in the tables");
  }

  /** Ends it after a case that has not come to its end: calls that nobody answers fail. */
  async abandon(): Promise<void> {
    await this.#takeAway();
    await Promise.allSettled([...this.#files].map((file) => file.close()));
    await this.volume.stop();
  }

  async #takeAway(): Promise<void> {
    await this.#mounted?.unmount({ isForced: true });
  }
}
