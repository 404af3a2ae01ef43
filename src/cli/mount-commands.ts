/**
 * What a person types to mount a share, on each system.
 *
 * @packageDocumentation
 */
import { isIPv6 } from "node:net";
import { formatAddress, isWildcard } from "./listen.js";

/** A share that clients can connect to. */
export interface MountTarget {
  readonly host: string;
  readonly port: number;
  readonly shareName: string;
  readonly userName: string;
  /** Undefined: a word to be replaced is shown in its place. */
  readonly password: string | undefined;
  /** The newest dialect that is spoken, where that is not the newest there is. */
  readonly maxDialect?: string | undefined;
}

/** The commands of one system. */
export interface MountCommands {
  readonly system: string;
  readonly commands: readonly string[];
}

/** The port that a client takes when none is named. */
const SMB_PORT = 445;

/** Stands where a person fills in a password that is not ours to show. */
const PLACEHOLDER = "PASSWORD";

/** What to type on each system. */
export function mountCommands(target: MountTarget): readonly MountCommands[] {
  return [windows(target), macos(target), linux(target)];
}

/** The host by which a client reaches a server: its name, where it listens on all addresses. */
export function reachableHost(host: string, machineName: string): string {
  return isWildcard(host) ? machineName : host;
}

function windows({ host, port, shareName, userName, password }: MountTarget): MountCommands {
  const path = windowsQuoted(`\\\\${uncHost(host)}\\${shareName}`);
  const user = `${windowsQuoted(`/USER:${userName}`)} ${windowsQuoted(password ?? PLACEHOLDER)}`;
  if (port === SMB_PORT) return { system: "Windows", commands: [`net use X: ${path} ${user}`] };
  return {
    system: "Windows 11 24H2, Windows Server 2025 and later (older ones reach port 445 only)",
    commands: [`net use X: ${path} /TCPPORT:${port} ${user}`],
  };
}

function macos({ host, port, shareName, userName, password }: MountTarget): MountCommands {
  const folder = `~/${shellQuoted(shareName)}`;
  const place = `${authority(host, port)}/${encodeURIComponent(shareName)}`;
  const user = encodeURIComponent(userName);
  const login = `${user}:${encodeURIComponent(password ?? PLACEHOLDER)}`;
  const commands = [
    `mkdir -p ${folder} && mount_smbfs ${shellQuoted(`//${login}@${place}`)} ${folder}`,
  ];
  // Finder refuses the machine's own addresses on 445, and takes any other port.
  if (port !== SMB_PORT) commands.push(`open ${shellQuoted(`smb://${user}@${place}`)}`);
  return { system: "macOS", commands };
}

function linux(target: MountTarget): MountCommands {
  const { host, port, shareName, userName, password, maxDialect } = target;
  const word = password ?? PLACEHOLDER;
  const path = shellQuoted(`//${host}/${shareName}`);
  const version = maxDialect === "2.0.2" ? "2.0" : (maxDialect ?? "3.1.1");
  const options = shellQuoted(`port=${port},username=${userName},password=${word},vers=${version}`);
  const place = `${authority(host, port)}/${encodeURIComponent(shareName)}`;
  return {
    system: "Linux",
    commands: [
      `smbclient ${path} -p ${port} -U ${shellQuoted(`${userName}%${word}`)}`,
      `sudo mount -t cifs ${path} /mnt -o ${options},uid=$(id -u)`,
      `gio mount ${shellQuoted(`smb://${encodeURIComponent(userName)}@${place}`)}`,
    ],
  };
}

/** A UNC path has no room for colons: IPv6 is written as a name that Windows knows. */
function uncHost(host: string): string {
  if (!isIPv6(host)) return host;
  return `${host.replaceAll(":", "-").replace("%", "s")}.ipv6-literal.net`;
}

function authority(host: string, port: number): string {
  const address = formatAddress({ host, port });
  return port === SMB_PORT ? address.slice(0, -`:${SMB_PORT}`.length) : address;
}

/** As one word of a POSIX shell. */
function shellQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** As one word of a Windows command line; names and passwords of ours have no quotes. */
function windowsQuoted(text: string): string {
  return /[\s&|<>^()]/.test(text) ? `"${text}"` : text;
}
