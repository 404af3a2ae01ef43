/**
 * Times as NTFS keeps them: what a client may say of them, and when a write shows.
 * [MS-FSA] 2.1.4.17, 2.1.5.14.2, [MS-FSCC] 2.4.7
 *
 * @packageDocumentation
 */
import type { BasicInfo, FileInfo } from "../fs/index.js";
import {
  FILE_ATTRIBUTE_DIRECTORY,
  FILE_ATTRIBUTE_TEMPORARY,
  NtStatus,
  SETTABLE_ATTRIBUTES,
  ticksOfMs,
} from "../nt/index.js";
import type { Clock } from "./clock.js";
import { WRITE_TIME_DELAY_MS } from "./limits.js";

/** Attributes and times as a client sets them. [MS-FSCC] 2.4.7 */
export interface BasicInfoRequest {
  /** 0 leaves them as they are. */
  readonly fileAttributes: number;
  /** Ticks; 0 leaves, -1 stops and -2 resumes keeping the time by itself, on this open. */
  readonly creationTicks: bigint;
  readonly lastAccessTicks: bigint;
  readonly lastWriteTicks: bigint;
  readonly changeTicks: bigint;
}

const LEAVE = 0n;
const RESUME = -2n;

/** Whether a request is one that can be granted at all. */
export function checkBasicInfo(request: BasicInfoRequest, isDirectory: boolean): NtStatus {
  const { fileAttributes, creationTicks, lastAccessTicks, lastWriteTicks, changeTicks } = request;
  const impossible = isDirectory ? FILE_ATTRIBUTE_TEMPORARY : FILE_ATTRIBUTE_DIRECTORY;
  if ((fileAttributes & impossible) !== 0) return NtStatus.INVALID_PARAMETER;
  const times = [creationTicks, lastAccessTicks, lastWriteTicks, changeTicks];
  return times.some((ticks) => ticks < RESUME) ? NtStatus.INVALID_PARAMETER : NtStatus.SUCCESS;
}

/** Whether a time is still to be kept by itself on an open, after a client has said `ticks` of it. */
export function isStillSticky(wasSticky: boolean, ticks: bigint): boolean {
  return ticks === LEAVE ? wasSticky : ticks !== RESUME;
}

/** What of a request is to be set, and not one of the words 0, -1 and -2. */
export function basicInfoOf(request: BasicInfoRequest): BasicInfo {
  const { fileAttributes } = request;
  return {
    fileAttributes: fileAttributes === 0 ? undefined : fileAttributes & SETTABLE_ATTRIBUTES,
    creationTicks: timeToSet(request.creationTicks),
    lastAccessTicks: timeToSet(request.lastAccessTicks),
    lastWriteTicks: timeToSet(request.lastWriteTicks),
    changeTicks: timeToSet(request.changeTicks),
  };
}

/** Everything stays. */
export const NOTHING_TO_SET: BasicInfo = {
  fileAttributes: undefined,
  creationTicks: undefined,
  lastAccessTicks: undefined,
  lastWriteTicks: undefined,
  changeTicks: undefined,
};

function timeToSet(ticks: bigint): bigint | undefined {
  return ticks <= LEAVE ? undefined : ticks;
}

/** Whether nothing is to be set: then ChangeTime stays, too. */
export function isNothing(basic: BasicInfo): boolean {
  return Object.values(basic).every((value) => value === undefined);
}

/** The times that a write moves. FILETIME ticks. */
export type Times = Pick<FileInfo, "lastWriteTicks" | "changeTicks">;

/**
 * A file was written, and does not show it yet: the file system has moved LastWriteTime and ChangeTime
 * with the write, and clients see them as they were until the file is flushed, changed otherwise, or
 * closed by who wrote; or, after an open's first write, for {@link WRITE_TIME_DELAY_MS}. As NTFS over
 * SMB, and as Samba.
 */
export class DelayedWriteTime {
  readonly #lastWriteTicks: bigint;
  readonly #changeTicks: bigint;
  readonly #untilMs: number;

  /**
   * @param before - the times before the write
   * @param isFirstWrite - the open has not written before, so that the time shows by itself after a while
   */
  constructor(before: Times, isFirstWrite: boolean, clock: Clock) {
    this.#lastWriteTicks = before.lastWriteTicks;
    this.#changeTicks = before.changeTicks;
    this.#untilMs = isFirstWrite ? clock.nowMs() + WRITE_TIME_DELAY_MS : Number.POSITIVE_INFINITY;
  }

  /** Whether the write shows now. */
  isOver(clock: Clock): boolean {
    return clock.nowMs() >= this.#untilMs;
  }

  /** What clients see meanwhile. */
  cover(info: FileInfo): FileInfo {
    return { ...info, lastWriteTicks: this.#lastWriteTicks, changeTicks: this.#changeTicks };
  }

  /** The time that shows when something else than time ends the delay: now, and never what was seen before. */
  timeToShow(clock: Clock): bigint {
    const now = ticksOfMs(clock.nowMs());
    return now > this.#lastWriteTicks ? now : this.#lastWriteTicks + 1n;
  }
}
