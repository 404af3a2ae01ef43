import { type FileSystem, parseSftpTarget, SftpError, type SftpEvent, sftp } from "../index.js";
import { type Outcome, problem, success } from "./outcome.js";
import { printable } from "./request-log.js";
import type { Settings } from "./settings.js";

/** What is wrong with a target; undefined where it can be tried. */
export function sftpTargetProblem(target: string): string | undefined {
  try {
    parseSftpTarget(target);
    return undefined;
  } catch (error) {
    if (error instanceof SftpError) return error.message;
    throw error;
  }
}

/** A directory of an SFTP server, connected. */
export async function openSftp(settings: Settings, target: string): Promise<Outcome<FileSystem>> {
  const { host, user, port, path } = parseSftpTarget(target);
  const knownHosts = settings["known-hosts"];
  const tell = eventLog(settings.verbose === true);
  const drive = sftp({
    host,
    user,
    port: settings["ssh-port"] ?? port,
    path,
    identityFiles: settings.identity,
    knownHostsFiles: knownHosts === undefined ? undefined : [knownHosts],
    acceptNewHostKey: settings["accept-new-host-key"],
    writeBack: settings["write-back"],
    cacheTimeoutMs: settings["cache-time-out"],
    reconnectTimeoutMs: settings["reconnect-time-out"],
    label: settings.label,
    fileSystemName: settings["file-system-name"],
    onEvent: (event) => {
      const sentence = tell(event);
      if (sentence !== undefined) console.error(`anymount: ${printable(sentence)}`);
    },
  });
  try {
    await drive.connect();
    return success(drive);
  } catch (error) {
    if (error instanceof SftpError) return problem(error.message);
    throw error;
  }
}

/**
 * What is told of a connection: what is lost and found always, each attempt only where much is to be told.
 *
 * @returns what makes sentences of events, or nothing
 */
export function eventLog(isVerbose: boolean): (event: SftpEvent) => string | undefined {
  let wasLost = false;
  return (event) => {
    const { host } = event;
    switch (event.kind) {
      case "connecting":
        if (!isVerbose) return undefined;
        return `connecting to ${host}${event.attempt > 1 ? `, attempt ${event.attempt}` : ""}`;
      case "connected":
        if (!isVerbose && !wasLost) return undefined;
        return `${wasLost ? "connected again" : "connected"} to ${host}`;
      case "lost":
        wasLost = true;
        return `${host}: ${event.reason}; connecting again`;
      case "waiting":
        return isVerbose ? `${event.reason}; trying again in ${event.delayMs} ms` : undefined;
      case "gave-up":
        return `${event.reason}; what is asked next tries again`;
      case "host-key-added":
        return `the key ${event.fingerprint} of ${host} is now known in ${event.file}`;
      case "write-failed":
        return `${event.path} was not written to ${host}: ${event.reason}`;
    }
  };
}
