import type { Caller } from "../../fs/index.js";
import { foldName } from "../../nt/index.js";

/** What every function of a tree is told: who asks (user, session, where from), and for what. */
export interface TreeContext extends Caller {
  /** From the root, `/` between names; empty for the root. */
  readonly path: string;
}

/**
 * Who shares what a function gave: all callers, all sessions of a user, or the callers of one session
 * only. What is shared is made once for all of them while it is in use or cached.
 */
export type View = "everybody" | "user" | "session";

/** The context of a call. @param path - from the root of the volume, `\` between names */
export function contextOf(caller: Caller, path: string): TreeContext {
  return { ...caller, path: path.slice(1).replaceAll("\\", "/") };
}

/** The same for callers that share what a function gave. */
export function viewKey(view: View, caller: Caller): string {
  switch (view) {
    case "everybody":
      return "";
    case "user":
      return `u${foldName(caller.userName)}`;
    case "session":
      return `s${caller.sessionId}`;
  }
}
