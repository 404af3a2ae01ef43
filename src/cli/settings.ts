/**
 * What can be said about a server, on the command line and, under the same names, in a
 * configuration file.
 *
 * @packageDocumentation
 */
import {
  descriptorOfSddl,
  FILE_SYSTEM_OPERATIONS,
  type FileSystemOperation,
  MAX_FILE_SYSTEM_NAME_UNITS,
  MAX_LABEL_UNITS,
  NtError,
  parseMountOptions,
  SddlError,
} from "../index.js";
import { checkGroups, parseGroup } from "./groups.js";
import {
  MAX_FUSE_ARGUMENTS,
  MAX_GROUPS,
  MAX_IDENTITIES,
  MAX_ROOT_SDDL_UNITS,
  MAX_SHARE_NAME_UNITS,
  MAX_SHARES,
  MAX_TIME_OUT_MS,
  MAX_USERS,
} from "./limits.js";
import { parseListen } from "./listen.js";
import { type Outcome, problem, success } from "./outcome.js";
import { parseMaxSize } from "./size.js";
import { DEFAULT_USER, parseUser } from "./users.js";

interface Setting<T> {
  /** As commander wants it. */
  readonly flags: string;
  readonly description: string;
  /** `repeated`: each use of the option adds one more. */
  readonly kind: "text" | "repeated" | "switch";
  /** Makes a value of what the command line or JSON gave. */
  readonly read: (value: unknown) => Outcome<T>;
}

/** From old to new. */
const DIALECTS = ["2.0.2", "2.1", "3.0", "3.0.2", "3.1.1"] as const;

/** Every setting, by its name: the option without the dashes, and the key in the file. */
export const SETTINGS = {
  share: repeated(
    "--share <NAME[,read-only][,hide-unreadable]>",
    "name of a share (default: ram, of a tree tree, of a folder folder, of FUSE operations fuse); repeatable: all lead to the one drive. read-only: nobody changes anything by it; hide-unreadable: it lists only what the user may read",
    MAX_SHARES,
    parseShare,
  ),
  listen: text(
    "--listen <HOST:PORT>",
    "address to listen on, such as 127.0.0.1:4450 (the default) or [::1]:445",
    parseListen,
  ),
  user: repeated(
    "--user <NAME[:PASSWORD]>",
    "who may connect; repeatable. Without a password: ANYMOUNT_PASSWORD, else one is made and kept. Without any --user: the user anymount",
    MAX_USERS,
    parseUser,
  ),
  group: repeated(
    "--group <NAME=USER[,USER...]>",
    "a group that descriptors can speak of, and who is in it; repeatable. Administrators are those of Windows",
    MAX_GROUPS,
    parseGroup,
  ),
  guest: toggle("--guest", "let unknown users in, too, as guests"),
  signing: text(
    "--signing <WHEN>",
    "required (the default) or enabled",
    oneOf("required", "enabled"),
  ),
  encryption: text(
    "--encryption <WHEN>",
    "required, enabled (the default) or off",
    oneOf("required", "enabled", "off"),
  ),
  "min-dialect": text(
    "--min-dialect <DIALECT>",
    `oldest SMB dialect: ${DIALECTS.join(", ")}`,
    oneOf(...DIALECTS),
  ),
  "max-dialect": text("--max-dialect <DIALECT>", "newest SMB dialect", oneOf(...DIALECTS)),
  "read-only": toggle("--read-only", "let nobody change anything"),
  "follow-symlinks": toggle(
    "--follow-symlinks",
    "follow symbolic links that stay on the drive, for clients that do not do it themselves",
  ),
  "max-size": text(
    "-s, --max-size <SIZE>",
    "memory: most that the drive may take, such as 512M or 4G; auto (the default), or 0, is what memory is free",
    parseMaxSize,
  ),
  label: text(
    "-l, --label <TEXT>",
    "memory, folder, sftp: label of the volume (default: RAM, of a folder its name)",
    parseLabel,
  ),
  "file-system-name": text(
    "-F, --file-system-name <NAME>",
    "memory, folder, sftp: what programs are told that the file system is; some insist on NTFS (the default, but for sftp)",
    parseFileSystemName,
  ),
  "root-sddl": text(
    "-S, --root-sddl <SDDL>",
    "memory: security descriptor of the root, such as O:BAG:BAD:P(A;OICI;GA;;;AU) (default: everybody may do everything)",
    parseRootSddl,
  ),
  "case-sensitive": toggle(
    "--case-sensitive",
    "memory, folder: names that differ in case name different files",
  ),
  "side-files": toggle(
    "--side-files",
    "folder: keep what Windows knows of files and the host does not in files beside them, never in extended attributes",
  ),
  "ssh-port": text(
    "--ssh-port <PORT>",
    "sftp: port of the server (default: what ~/.ssh/config says, else 22)",
    parsePort,
  ),
  identity: repeated(
    "--identity <FILE>",
    "sftp: private key to log on with; repeatable (default: ssh-agent, ~/.ssh/config, id_ed25519, id_ecdsa, id_rsa). ANYMOUNT_SFTP_PASSPHRASE opens it, ANYMOUNT_SFTP_PASSWORD is the password",
    MAX_IDENTITIES,
    parsePath,
  ),
  "known-hosts": text(
    "--known-hosts <FILE>",
    "sftp: keys of hosts (default: ~/.ssh/known_hosts and the system's)",
    parsePath,
  ),
  "accept-new-host-key": toggle(
    "--accept-new-host-key",
    "sftp: take the key of a host of which nothing is known, and write it down; a changed key is refused all the same",
  ),
  "write-back": toggle(
    "--write-back",
    "sftp: answer writes before the server has confirmed them; what fails then is told by the next write or flush",
  ),
  "cache-time-out": text(
    "--cache-time-out <MS>",
    "sftp: how long attributes, listings and names are told again without asking, in ms (default: 1000)",
    parseMilliseconds,
  ),
  "reconnect-time-out": text(
    "--reconnect-time-out <MS>",
    "sftp: how long requests wait for a lost connection to come back, in ms (default: 45000)",
    parseMilliseconds,
  ),
  scratch: toggle(
    "--scratch",
    "tree, folder: what clients change goes to memory, and is gone at the end; the source is never changed",
  ),
  option: repeated(
    "-o, --option <OPTIONS>",
    "fuse: options of the volume, such as uid=-1,gid=-1,umask=022,volname=Mine; repeatable",
    MAX_FUSE_ARGUMENTS,
    parseFuseOptions,
  ),
  arg: repeated(
    "--arg <TEXT>",
    "fuse: an argument for the program that MODULE is; repeatable",
    MAX_FUSE_ARGUMENTS,
    (value: string) => success(value),
  ),
  verbose: toggle("-v, --verbose", "log each request to standard error, in one line"),
  log: text(
    "-D, --log <FILE>",
    "log each operation of the file system: who, what, with what outcome; appended; - for standard error",
    parseLog,
  ),
  "log-operations": text(
    "-d, --log-operations <NAMES>",
    "only these operations, such as create,rename,write (default: all)",
    parseOperations,
  ),
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

export type SettingName = keyof typeof SETTINGS;

/** How the help lists them: each is in one group. */
export const SETTING_GROUPS: Readonly<Record<string, readonly SettingName[]>> = {
  "What is served, and to whom:": ["share", "user", "group", "guest", "read-only", "scratch"],
  "How clients speak to it:": [
    "listen",
    "signing",
    "encryption",
    "min-dialect",
    "max-dialect",
    "follow-symlinks",
  ],
  "The volume, of memory, folder and sftp:": [
    "label",
    "file-system-name",
    "case-sensitive",
    "max-size",
    "root-sddl",
    "side-files",
  ],
  "The server of sftp:": [
    "ssh-port",
    "identity",
    "known-hosts",
    "accept-new-host-key",
    "write-back",
    "cache-time-out",
    "reconnect-time-out",
  ],
  "The module of fuse:": ["option", "arg"],
  "What is told of it all:": ["verbose", "log", "log-operations"],
};

/** What was said; what was not is absent. */
export type Settings = {
  readonly [Name in SettingName]?: (typeof SETTINGS)[Name] extends Setting<infer T> ? T : never;
};

/**
 * Reads values of any source.
 *
 * @param spell - how the source writes a name; for the sentence about what is wrong
 */
export function readSettings(
  values: Iterable<readonly [name: string, value: unknown]>,
  spell: (name: string) => string,
): Outcome<Settings> {
  const settings: Record<string, unknown> = {};
  for (const [name, value] of values) {
    if (!isSettingName(name)) {
      return problem(`${spell(name)} is no setting; there are ${Object.keys(SETTINGS).join(", ")}`);
    }
    const outcome: Outcome<unknown> = SETTINGS[name].read(value);
    if (!outcome.ok) return problem(`${spell(name)}: ${outcome.problem}`);
    settings[name] = outcome.value;
  }
  return success(settings); // each value came from the reader of its name
}

/** One source over another: what `settings` says wins. What they say together has to make sense. */
export function mergeSettings(defaults: Settings, settings: Settings): Outcome<Settings> {
  const merged: Settings = { ...defaults, ...settings };
  const { "min-dialect": oldest = DIALECTS[0], "max-dialect": newest = "3.1.1" } = merged;
  if (DIALECTS.indexOf(oldest) > DIALECTS.indexOf(newest)) {
    return problem(`min-dialect ${oldest} is newer than max-dialect ${newest}: exchange them`);
  }
  if (merged.encryption === "required" && DIALECTS.indexOf(newest) < DIALECTS.indexOf("3.0")) {
    return problem(`encryption needs dialect 3.0 or newer: raise max-dialect ${newest}`);
  }
  if (merged["log-operations"] !== undefined && merged.log === undefined) {
    return problem(
      "log-operations chooses what is logged: say where with log, - for standard error",
    );
  }
  const twice = repeatedName((merged.share ?? []).map(({ name }) => name));
  if (twice !== undefined) {
    return problem(`there are two shares called "${twice}": give one of them another name`);
  }
  const unfit = checkGroups(merged.group ?? [], merged.user ?? [DEFAULT_USER]);
  if (unfit !== undefined) return problem(unfit);
  return success(merged);
}

/** A name that is there twice, in whatever case. */
/** Looked at here, so that what is wrong is told as wrong usage; used when the module is loaded. */
function parseFuseOptions(list: string): Outcome<string> {
  try {
    parseMountOptions(list);
    return success(list);
  } catch (error) {
    if (error instanceof Error) return problem(error.message);
    throw error;
  }
}

function repeatedName(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((name) => {
    const folded = name.toUpperCase();
    return seen.size === seen.add(folded).size;
  });
}

function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

function text<T>(
  flags: string,
  description: string,
  parse: (value: string) => Outcome<T>,
): Setting<T> {
  const read = (value: unknown) =>
    typeof value === "string" ? parse(value) : problem("has to be a text");
  return { flags, description, kind: "text", read };
}

function repeated<T>(
  flags: string,
  description: string,
  max: number,
  parse: (value: string) => Outcome<T>,
): Setting<readonly T[]> {
  const one = text(flags, description, parse);
  const read = (value: unknown) => readEach(Array.isArray(value) ? value : [value], max, one.read);
  return { flags, description, kind: "repeated", read };
}

function readEach<T>(
  values: readonly unknown[],
  max: number,
  read: (value: unknown) => Outcome<T>,
): Outcome<readonly T[]> {
  if (values.length > max) return problem(`there are more than ${max}`);
  const all: T[] = [];
  for (const value of values) {
    const outcome = read(value);
    if (!outcome.ok) return outcome;
    all.push(outcome.value);
  }
  return success(all);
}

function toggle(flags: string, description: string): Setting<boolean> {
  const read = (value: unknown) =>
    typeof value === "boolean" ? success(value) : problem("has to be true or false");
  return { flags, description, kind: "switch", read };
}

function oneOf<const Word extends string>(
  ...words: readonly Word[]
): (value: string) => Outcome<Word> {
  return (value) => {
    const word = words.find((candidate) => candidate === value);
    if (word !== undefined) return success(word);
    return problem(
      `"${value}" is not allowed: give ${words.join(", ").replace(/, (?=[^,]*$)/, " or ")}`,
    );
  };
}

/** A share as given on the command line: `NAME`, and words after commas. */
export interface ShareArgument {
  readonly name: string;
  readonly isReadOnly: boolean;
  readonly hidesUnreadable: boolean;
}

function parseShare(text: string): Outcome<ShareArgument> {
  const [first = "", ...words] = text.split(",");
  const name = parseShareName(first);
  if (!name.ok) return name;
  const unknown = words.find((word) => !SHARE_WORDS.has(word));
  if (unknown !== undefined) {
    return problem(
      `"${unknown}" says nothing about a share: give ${[...SHARE_WORDS].join(" or ")}`,
    );
  }
  return success({
    name: name.value,
    isReadOnly: words.includes("read-only"),
    hidesUnreadable: words.includes("hide-unreadable"),
  });
}

const SHARE_WORDS: ReadonlySet<string> = new Set(["read-only", "hide-unreadable"]);

/** [MS-FSCC] 2.1.6 */
function parseShareName(name: string): Outcome<string> {
  const isNameRight = name.length > 0 && name.length <= MAX_SHARE_NAME_UNITS;
  if (!isNameRight || name.trim() !== name || /["/\\[\]:|<>+=;,*?\p{Cc}]/u.test(name)) {
    return problem(
      `"${name}" is no share name: give 1 to ${MAX_SHARE_NAME_UNITS} characters, none of them " / \\ [ ] : | < > + = ; , * ?`,
    );
  }
  if (name.toUpperCase() === "IPC$") return problem("IPC$ is the server's own: give another name");
  return success(name);
}

function parseLabel(label: string): Outcome<string> {
  return label.length <= MAX_LABEL_UNITS
    ? success(label)
    : problem(`the label has more than ${MAX_LABEL_UNITS} characters`);
}

function parseFileSystemName(name: string): Outcome<string> {
  if (name.length > 0 && name.length <= MAX_FILE_SYSTEM_NAME_UNITS) return success(name);
  return problem(
    `"${name}" is no file system name: give 1 to ${MAX_FILE_SYSTEM_NAME_UNITS} characters, such as NTFS`,
  );
}

function parseRootSddl(sddl: string): Outcome<Uint8Array> {
  if (sddl.length > MAX_ROOT_SDDL_UNITS) {
    return problem(`the SDDL has more than ${MAX_ROOT_SDDL_UNITS} characters`);
  }
  try {
    return success(descriptorOfSddl(sddl));
  } catch (error) {
    if (!(error instanceof SddlError || error instanceof NtError)) throw error;
    return problem(
      `"${sddl}" is no SDDL: ${error.message}; give one such as O:BAG:BAD:P(A;OICI;FA;;;WD)`,
    );
  }
}

function parsePath(path: string): Outcome<string> {
  return path === "" ? problem("give the path of a file") : success(path);
}

function parsePort(text: string): Outcome<number> {
  const port = Number(text);
  const isPort = /^\d+$/.test(text) && port >= 1 && port <= 65_535;
  return isPort ? success(port) : problem(`"${text}" is no port: give 1 to 65535`);
}

function parseMilliseconds(text: string): Outcome<number> {
  const ms = Number(text);
  const isTime = /^\d+$/.test(text) && ms <= MAX_TIME_OUT_MS;
  return isTime
    ? success(ms)
    : problem(`"${text}" is no time: give 0 to ${MAX_TIME_OUT_MS} milliseconds`);
}

function parseLog(path: string): Outcome<string> {
  return path === "" ? problem("give a file, or - for standard error") : success(path);
}

/** Names of operations, separated by commas; `all`, and -1 as memefs has it. */
function parseOperations(list: string): Outcome<readonly FileSystemOperation[]> {
  if (/^(all|-1)$/i.test(list)) return success(FILE_SYSTEM_OPERATIONS);
  const names = list.split(",").map((name) => name.trim().toLowerCase());
  const found = FILE_SYSTEM_OPERATIONS.filter((name) => names.includes(name.toLowerCase()));
  const known = new Set<string>(FILE_SYSTEM_OPERATIONS.map((name) => name.toLowerCase()));
  const unknown = names.find((name) => !known.has(name));
  if (unknown === undefined) return success(found);
  return problem(
    `"${unknown}" is no operation: give all, or some of ${FILE_SYSTEM_OPERATIONS.join(", ")}`,
  );
}
