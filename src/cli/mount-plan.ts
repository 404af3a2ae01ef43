/**
 * Which command mounts a share on which system: decided here, of what is known of the machine, and run elsewhere.
 *
 * @packageDocumentation
 */
import { isIPv6 } from "node:net";
import { formatAddress } from "./listen.js";
import { type Outcome, problem, success } from "./outcome.js";
import type { ShareUrl } from "./share-url.js";

/** What there is to mount with. */
export interface Machine {
  /** As `process.platform` has it. */
  readonly platform: string;
  /** As `os.release()` has it: of Windows 10.0.BUILD. */
  readonly release: string;
  /** Linux: root, or as good as. */
  readonly isRoot: boolean;
  readonly userId: number;
  readonly groupId: number;
  readonly home: string;
  /** Linux: the kernel has the client, or its module can be loaded. */
  readonly hasCifs: boolean;
  /** Linux: programs that were found, of mount.cifs and gio. */
  readonly programs: ReadonlySet<string>;
}

/** One command, and what it is given besides its arguments, which everybody may see. */
export interface MountPlan {
  readonly command: string;
  readonly args: readonly string[];
  /** The same as a person would type it, without the password. */
  readonly shown: string;
  /** Where it will be; undefined where the command itself says so. */
  readonly where: string | undefined;
  /** The directory has to be there. */
  readonly needsDirectory: boolean;
  /** What it reads; without a terminal, so that it asks nobody. */
  readonly input?: string | undefined;
  /** A file that only this user may read, whose name takes the place of {@link CREDENTIALS} in the arguments. */
  readonly credentials?: string | undefined;
}

/** Stands in the arguments for the name of the file with the credentials. */
export const CREDENTIALS = "CREDENTIALS-FILE";

const SMB_PORT = 445;

/** Windows 11 24H2 and Windows Server 2025: the first that reach another port. */
const FIRST_BUILD_WITH_PORTS = 26_100;

/** What is shown in place of a password. */
const HIDDEN = "****";

/**
 * @param password - undefined: the system's client asks for it
 * @param where - a drive letter on Windows, a directory elsewhere; undefined: the usual place
 * @returns a sentence with the way out where it cannot work
 */
export function planMount(
  machine: Machine,
  share: ShareUrl,
  { password, where }: { password: string | undefined; where: string | undefined },
): Outcome<MountPlan> {
  switch (machine.platform) {
    case "win32":
      return planWindows(machine, share, { password, where });
    case "darwin":
      return planMacos(machine, share, { password, where });
    case "linux":
      return planLinux(machine, share, { password, where });
    default:
      return problem(
        `there is no way known to mount on ${machine.platform}: mount it from Windows, macOS or Linux`,
      );
  }
}

/** What undoes a mount of a share, by the type of what is mounted where that is known. */
export function planUnmount(
  machine: Machine,
  where: string,
  { isForced }: { isForced: boolean },
): { readonly command: string; readonly args: readonly string[] } {
  switch (machine.platform) {
    case "win32":
      return { command: "net", args: ["use", where, "/DELETE", ...(isForced ? ["/Y"] : [])] };
    case "darwin":
      return isForced
        ? { command: "diskutil", args: ["unmount", "force", where] }
        : { command: "umount", args: [where] };
    default:
      if (/^smb:/i.test(where)) return { command: "gio", args: ["mount", "-u", where] };
      return { command: "umount", args: [...(isForced ? ["-l"] : []), where] };
  }
}

interface How {
  readonly password: string | undefined;
  readonly where: string | undefined;
}

function planWindows(
  { release }: Machine,
  { host, port, shareName, userName }: ShareUrl,
  { password, where = "*" }: How,
): Outcome<MountPlan> {
  const build = Number(release.split(".")[2]);
  if (port !== SMB_PORT && build < FIRST_BUILD_WITH_PORTS) {
    return problem(
      `this Windows (build ${build}) reaches port 445 only, not ${port}: serve with --listen HOST:445 on a machine whose port 445 is free, or use Windows 11 24H2 or Windows Server 2025`,
    );
  }
  if (!/^([a-z]:|\*)$/i.test(where)) {
    return problem(`"${where}" is no drive: give a letter and a colon, such as X:`);
  }
  const path = `\\\\${isIPv6(host) ? uncOfIPv6(host) : host}\\${shareName}`;
  const portArgument = port === SMB_PORT ? [] : [`/TCPPORT:${port}`];
  // The one place where a password cannot be kept out of the arguments: net use reads it there, or of the keyboard.
  const args = (word: string) => [
    "use",
    where.toUpperCase(),
    path,
    ...portArgument,
    `/USER:${userName}`,
    word,
  ];
  return success({
    command: "net",
    args: args(password ?? "*"),
    shown: shownCommand("net", args(password === undefined ? "*" : HIDDEN)),
    where: where === "*" ? undefined : where.toUpperCase(),
    needsDirectory: false,
  });
}

/** mount_smbfs asks for the password where the URL has none: at the terminal, or at its input if it has no terminal. */
function planMacos(
  { home }: Machine,
  { host, port, shareName, userName }: ShareUrl,
  { password, where = `${home}/${shareName}` }: How,
): Outcome<MountPlan> {
  const place = `${authority(host, port)}/${encodeURIComponent(shareName)}`;
  const args = [`//${encodeURIComponent(userName)}@${place}`, where];
  return success({
    command: "mount_smbfs",
    args,
    shown: shownCommand("mount_smbfs", args),
    where,
    needsDirectory: true,
    input: password === undefined ? undefined : `${password}\n`,
  });
}

function planLinux(machine: Machine, share: ShareUrl, how: How): Outcome<MountPlan> {
  if (machine.isRoot) {
    const obstacle = cifsObstacle(machine);
    return obstacle === undefined ? planCifs(machine, share, how) : problem(obstacle);
  }
  if (machine.programs.has("gio")) return planGio(share, how);
  const { host, port, shareName, userName } = share;
  const url = `smb://${encodeURIComponent(userName)}@${authority(host, port)}/${encodeURIComponent(shareName)}`;
  return problem(
    `to mount a share takes root, or gio of a desktop: run sudo anymount mount ${shellQuoted(url)}, or install gvfs-backends and libglib2.0-bin`,
  );
}

function cifsObstacle({ hasCifs, programs }: Machine): string | undefined {
  if (!hasCifs) {
    return "this kernel cannot mount SMB, as it has no module cifs: mount as an ordinary user with gio, use smbclient, or serve and mount in one with anymount mount KIND";
  }
  if (!programs.has("mount.cifs")) {
    return "the program mount.cifs is missing: install the package cifs-utils";
  }
  return undefined;
}

function planCifs(
  { userId, groupId }: Machine,
  { host, port, shareName, userName }: ShareUrl,
  { password, where = `/mnt/${shareName}` }: How,
): Outcome<MountPlan> {
  const source = `//${host}/${shareName}`;
  const known = password === undefined ? [`username=${userName}`] : [`credentials=${CREDENTIALS}`];
  const options = [`port=${port}`, ...known, `uid=${userId}`, `gid=${groupId}`];
  const args = ["-t", "cifs", source, where, "-o", options.join(",")];
  return success({
    command: "mount",
    args,
    shown: shownCommand("mount", args),
    where,
    needsDirectory: true,
    credentials:
      password === undefined ? undefined : `username=${userName}\npassword=${password}\n`,
  });
}

/** Where it is mounted is gio's business: below $XDG_RUNTIME_DIR/gvfs. */
function planGio(
  { host, port, shareName, userName }: ShareUrl,
  { password, where }: How,
): Outcome<MountPlan> {
  if (where !== undefined) {
    return problem(
      `gio, which is what ordinary users can mount with, chooses the place itself: leave ${where} out, or mount as root`,
    );
  }
  // With a domain, as gio asks for one else; the server takes any.
  const user = `WORKGROUP;${encodeURIComponent(userName)}`;
  const url = `smb://${user}@${authority(host, port)}/${encodeURIComponent(shareName)}`;
  return success({
    command: "gio",
    args: ["mount", url],
    shown: shownCommand("gio", ["mount", url]),
    where: undefined,
    needsDirectory: false,
    input: password === undefined ? undefined : `${password}\n`,
  });
}

/** A UNC path has no room for colons: IPv6 is written as a name that Windows knows. */
function uncOfIPv6(host: string): string {
  return `${host.replaceAll(":", "-").replace("%", "s")}.ipv6-literal.net`;
}

function authority(host: string, port: number): string {
  const address = formatAddress({ host, port });
  return port === SMB_PORT ? address.slice(0, -`:${SMB_PORT}`.length) : address;
}

function shownCommand(command: string, args: readonly string[]): string {
  return [command, ...args.map(shellQuoted)].join(" ");
}

/** As one word of a shell, for people: a path of Windows stays as it is. */
function shellQuoted(text: string): string {
  return /^[\w@%+=:,./\\*-]+$/.test(text) ? text : `"${text}"`;
}
