/**
 * A server under measurement: a process of its own.
 *
 * @packageDocumentation
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { STOP_TIMEOUT_MS } from "./limits.js";

export const SERVER_NAMES = ["samba", "anymount"] as const;
export type ServerName = (typeof SERVER_NAMES)[number];

/** A server that can be connected to. */
export interface BenchServer {
  readonly name: ServerName;
  /** As it tells it itself. */
  readonly version: string;
  readonly pid: number;
  readonly port: number;
  readonly share: string;
  readonly user: string;
  readonly password: string;
  /** Ends it, and removes what it has left. */
  stop(): Promise<void>;
}

/** Ends a process that we started: kindly, then not. */
export async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}
