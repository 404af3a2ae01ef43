/**
 * Makes watchers of this machine (inotify) hear of what clients of SMB and other hosts do. The kernel tells watchers
 * only of what is done by itself: so the host does the same again, by its own mount, and answers that it is done.
 *
 * @packageDocumentation
 */
import { join } from "node:path";
import { lookUpName } from "../kernel/index.js";
import { joinPath, NULL_SID, parentPath, posixNameOf, splitPath } from "../nt/index.js";
import { CreateIn, MkdirIn, Opcode } from "../wire/fuse/index.js";
import { isDirectoryFile } from "./attributes.js";
import { type EchoAct, EchoThread } from "./echo-thread.js";
import { Errno } from "./errno.js";
import { BODY, type FuseCall, type Outcome } from "./fuse-call.js";
import type { FuseHost } from "./fuse-host.js";
import type { Inode } from "./inode-map.js";
import { MAX_PENDING_ECHOES } from "./limits.js";

/** What somebody else has done to a name. */
export interface Occurrence {
  readonly what: "came" | "went" | "moved" | "changed";
  readonly path: string;
  /** Of a name that has moved: where to. */
  readonly newPath?: string | undefined;
  /** What has the name, or had it. */
  readonly inode?: Inode | undefined;
}

/** How what is done again is answered: as if it were a first time. */
export interface EchoAnswers {
  /** Answers a LOOKUP with what had the name until now. */
  tellGone(call: FuseCall, inode: Inode): Outcome;
  /** Answers CREATE and MKDIR with what has the name already. */
  tellThere(call: FuseCall): Outcome | Promise<Outcome>;
  /** Answers SETATTR with what the file is. */
  tellAttributes(call: FuseCall): Outcome | Promise<Outcome>;
}

/** What is done again by one mount, one after the other. */
export class Echoes {
  readonly #host: FuseHost;
  readonly #mountPath: string;
  readonly #answers: EchoAnswers;
  /** By name, so that many changes of one file are told once. */
  readonly #waiting = new Map<string, Occurrence>();
  #current: Occurrence | undefined;
  /** Made when there is first something to tell. */
  #thread: EchoThread | undefined;
  #isEnded = false;
  #isRunning = false;

  constructor(host: FuseHost, mountPath: string, answers: EchoAnswers) {
    this.#host = host;
    this.#mountPath = mountPath;
    this.#answers = answers;
  }

  /** Nothing is being done again: no request is one of ours. */
  get isIdle(): boolean {
    return this.#current === undefined;
  }

  /** Tells watchers of something, when what the kernel kept of it is gone. */
  tell(occurrence: Occurrence): void {
    if (this.#isEnded || this.#waiting.size >= MAX_PENDING_ECHOES) return;
    const key = `${occurrence.what} ${occurrence.path}`;
    this.#letGo(this.#waiting.get(key));
    this.#waiting.set(key, occurrence);
    // The kernel may forget it meanwhile, and is to be told of it once more.
    if (occurrence.inode !== undefined) this.#host.inodes.countLookup(occurrence.inode);
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    for (const [key, occurrence] of this.#waiting) {
      this.#waiting.delete(key);
      try {
        await this.#repeat(occurrence);
      } catch (error) {
        this.#host.tellFailure(error); // of this one nobody hears
      }
      this.#current = undefined;
      this.#letGo(occurrence);
    }
    this.#isRunning = false;
  }

  async #repeat(occurrence: Occurrence): Promise<void> {
    const thread = (this.#thread ??= new EchoThread());
    await thread.started();
    await this.#host.caches.settling;
    const act = await this.#actOf(occurrence);
    this.#current = occurrence;
    if (act !== undefined) await thread.do(act);
  }

  #letGo(occurrence: Occurrence | undefined): void {
    const { inode } = occurrence ?? {};
    if (inode !== undefined) this.#host.inodes.forget(inode.nodeId, 1);
  }

  /** What a program would have done; undefined where the name has changed again, which is told by itself. */
  async #actOf({ what, path, newPath, inode }: Occurrence): Promise<EchoAct | undefined> {
    const at = this.#pathOf(path);
    if (what === "went") return [inode?.isDirectory === true ? "rmdirSync" : "unlinkSync", at];
    if (what === "moved") return ["renameSync", at, this.#pathOf(newPath ?? path)];
    const looked = await lookUpName(this.#host.volume, path, BY_THE_HOST);
    if (!looked.ok) return undefined;
    const { info } = looked.value;
    const isDirectory = isDirectoryFile(info);
    if (what === "came") return [isDirectory ? "mkdirSync" : "make", at];
    // Nothing of it is changed: the answer is what the file is.
    return isDirectory ? ["utimesSync", at, 0, 0] : ["truncateSync", at, info.fileSize];
  }

  /** Nobody is to hear any more. */
  end(): void {
    this.#isEnded = true;
    this.#waiting.clear();
    this.#thread?.end();
  }

  #pathOf(path: string): string {
    return join(this.#mountPath, ...splitPath(path).map(posixNameOf));
  }

  /** The answer to a request that is one of ours; undefined: it is not, or is to be answered like any other. */
  answer(call: FuseCall): Outcome | Promise<Outcome> | undefined {
    const current = this.#current;
    if (current === undefined || this.#thread?.isOf(call.pid) !== true) return undefined;
    switch (call.opcode) {
      case Opcode.LOOKUP:
        return this.#answerLookup(call, current);
      case Opcode.CREATE:
      case Opcode.MKDIR:
        return this.#isAbout(call, current.path) ? this.#answers.tellThere(call) : undefined;
      case Opcode.UNLINK:
      case Opcode.RMDIR:
      case Opcode.RENAME:
      case Opcode.RENAME2:
        return 0;
      case Opcode.SETATTR:
        return this.#answers.tellAttributes(call);
      default:
        return undefined;
    }
  }

  #answerLookup(call: FuseCall, current: Occurrence): Outcome | undefined {
    const { what, path, newPath, inode } = current;
    const isAboutOld = this.#isAbout(call, path);
    if (isAboutOld && what === "came") return Errno.ENOENT;
    if (newPath !== undefined && this.#isAbout(call, newPath)) return Errno.ENOENT;
    const isGone = what === "went" || what === "moved";
    if (isAboutOld && isGone && inode !== undefined) {
      return this.#answers.tellGone(call, inode);
    }
    return undefined;
  }

  /** Whether a request is about a path: its directory, and the name in it. */
  #isAbout(call: FuseCall, path: string): boolean {
    const { host, inode } = call;
    const directory = inode && host.inodes.pathOf(inode);
    if (directory !== parentPath(path)) return false;
    const { name } = call.nameAt(BODY + (NAME_PLACES.get(call.opcode) ?? 0));
    return typeof name === "string" && joinPath(directory, name) === path;
  }
}

/** What stands before the name in a request. */
const NAME_PLACES: ReadonlyMap<number, number> = new Map([
  [Opcode.CREATE, CreateIn.size],
  [Opcode.MKDIR, MkdirIn.size],
]);

/** The host itself looks. */
const BY_THE_HOST = {
  checksDirectory: false,
  caller: { userName: "", userSid: NULL_SID, groupSids: [], sessionId: 0, clientAddress: "" },
};
