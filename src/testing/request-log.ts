import { inspect } from "node:util";
import { foldName, type NtStatus } from "../nt/index.js";
import type { RequestEvent } from "../serve.js";
import type { Command } from "../wire/smb2/index.js";
import { MAX_REQUESTS_KEPT, MAX_REQUESTS_SHOWN } from "./limits.js";

/** A command of SMB 2 and 3, by its name. [MS-SMB2] 2.2.1.2 */
export type CommandName = keyof typeof Command;

/** One request of a client, as it was answered. */
export interface SeenRequest {
  readonly command: CommandName;
  /** Undefined where the request came by none. */
  readonly share: string | undefined;
  /**
   * The file it was about, from the root of the share: `folder/a.txt`, and empty for the root itself. As a CREATE asked for
   * it; else as the file was called when the request came. Undefined where it was about none.
   */
  readonly path: string | undefined;
  /** What a rename has made of it. */
  readonly newPath: string | undefined;
  /** Empty where nobody had logged on. */
  readonly user: string;
  /** Its name in [MS-ERREF]. */
  readonly status: keyof typeof NtStatus;
  /** From the request being there to the answer being on its way, by the server's clock. */
  readonly durationMs: number;
  readonly sessionId: number;
  /** `HOST:PORT` */
  readonly clientAddress: string;
}

/** Which requests are meant: those that are so in all that is named here. */
export interface RequestPattern {
  readonly command?: CommandName;
  readonly share?: string;
  /** Without case, with `/` or `\` between names; or what a path, as {@link SeenRequest.path} has it, is to match. */
  readonly path?: string | RegExp;
  readonly newPath?: string | RegExp;
  readonly user?: string;
  readonly status?: keyof typeof NtStatus;
}

/** The requests that clients have sent, and which of them are meant. */
export class RequestLog {
  #requests: SeenRequest[] = [];
  #forgottenCount = 0;

  /** The latest, oldest first. */
  get requests(): readonly SeenRequest[] {
    return this.#requests;
  }

  add(event: RequestEvent): void {
    this.#requests.push(seenOf(event));
    if (this.#requests.length <= MAX_REQUESTS_KEPT) return;
    this.#requests.shift();
    this.#forgottenCount++;
  }

  clear(): void {
    this.#requests = [];
    this.#forgottenCount = 0;
  }

  matching(pattern: RequestPattern): SeenRequest[] {
    return this.#requests.filter((request) => matches(request, pattern));
  }

  /** All that happened, a line for each, for who wonders why something is not as expected. */
  describe(): string {
    const shown = this.#requests.slice(-MAX_REQUESTS_SHOWN);
    const count = this.#requests.length + this.#forgottenCount;
    if (count === 0) return "clients have sent nothing";
    const which = shown.length === count ? "" : `, the last ${shown.length}`;
    const lines = shown.map((request) => `  ${lineOf(request)}`);
    return [`clients have sent ${count} request${count === 1 ? "" : "s"}${which}:`, ...lines].join(
      "\n",
    );
  }
}

/** A pattern as its author wrote it. */
export function patternText(pattern: RequestPattern): string {
  return inspect(pattern, { breakLength: Number.POSITIVE_INFINITY });
}

/** A request as failed assertions show it. */
export function lineOf({ command, share, path, newPath, user, status }: SeenRequest): string {
  const file = path === undefined ? "" : ` ${path === "" ? "/" : path}`;
  const renamed = newPath === undefined ? "" : ` -> ${newPath}`;
  const where = share === undefined ? "" : ` on ${share}`;
  return `${command}${file}${renamed}${where} by ${user === "" ? "nobody" : user}: ${status}`;
}

function seenOf(event: RequestEvent): SeenRequest {
  return {
    command: event.command as CommandName, // rows have the names of [MS-SMB2] 2.2.1.2
    share: event.share ?? (event.command === "TREE_CONNECT" ? event.detail : undefined),
    path: slashed(event.path),
    newPath: slashed(event.newPath),
    user: event.userName,
    status: event.status as keyof typeof NtStatus, // the same of statuses
    durationMs: event.durationMs,
    sessionId: event.sessionId,
    clientAddress: event.clientAddress,
  };
}

function slashed(path: string | undefined): string | undefined {
  return path?.replaceAll("\\", "/");
}

/** Whether a request is one of those that are meant. */
export function matches(request: SeenRequest, pattern: RequestPattern): boolean {
  const { command, share, path, newPath, user, status } = pattern;
  return (
    (command === undefined || request.command === command) &&
    (status === undefined || request.status === status) &&
    (share === undefined || isSameName(request.share, share)) &&
    (user === undefined || isSameName(request.user, user)) &&
    (path === undefined || isSamePath(request.path, path)) &&
    (newPath === undefined || isSamePath(request.newPath, newPath))
  );
}

/** Whether a path, as a list has it, is the one that is meant; a pattern sees `/` between names. */
export function isSamePath(path: string | undefined, wanted: string | RegExp): boolean {
  if (path === undefined) return false;
  const actual = slashed(path) ?? path;
  if (typeof wanted !== "string")
    return new RegExp(wanted, wanted.flags.replace(/[gy]/g, "")).test(actual);
  return isSameName(actual, (slashed(wanted) ?? wanted).replace(/^\//, ""));
}

function isSameName(a: string | undefined, b: string): boolean {
  return a !== undefined && foldName(a) === foldName(b);
}
