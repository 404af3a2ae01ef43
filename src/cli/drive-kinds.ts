import { type FileSystem, FolderError, folder, memory, overlay } from "../index.js";
import { loadFuseModule } from "./fuse-module.js";
import { loadModule } from "./load-module.js";
import { type Outcome, problem, success } from "./outcome.js";
import type { SettingName, Settings } from "./settings.js";
import { openSftp, sftpTargetProblem } from "./sftp-drive.js";

/** Something that `anymount serve` serves. */
export interface DriveKind {
  /** For people. */
  readonly name: string;
  /** For the help. */
  readonly description: string;
  readonly defaultShare: string;
  /** What becomes of what is on it when the server ends. */
  readonly ending: string;
  /** What the argument behind the kind is, where it needs one. */
  readonly source?: string;
  /** Such an argument, for who has left it out. */
  readonly sourceExample?: string;
  /** What is wrong with an argument, as far as it alone can tell. */
  readonly checkSource?: (source: string) => string | undefined;
  /** Its source is a directory of this machine, and all below it is on the drive. */
  readonly isDirectory?: boolean;
  open(settings: Settings, source: string): Promise<Outcome<FileSystem>> | Outcome<FileSystem>;
}

/** Every kind of drive, by the word on the command line. */
export const DRIVE_KINDS = {
  memory: {
    name: "RAM drive",
    description: "a RAM drive",
    defaultShare: "ram",
    ending: "Ctrl-C ends it; what is on the drive is gone then.",
    open: (settings) => success(ramDrive(settings)),
  },
  tree: {
    name: "drive",
    description: "what the ES module MODULE exports as default: a tree, or any file system",
    defaultShare: "tree",
    ending: "Ctrl-C ends it.",
    source: "MODULE",
    sourceExample: "./tree.js",
    open: (_settings, source) => loadModule(source),
  },
  folder: {
    name: "folder",
    isDirectory: true,
    description: "the directory PATH of this machine, and nothing outside of it",
    defaultShare: "folder",
    ending: "Ctrl-C ends it; the files stay where they are.",
    source: "PATH",
    sourceExample: "./data",
    open: openFolder,
  },
  sftp: {
    name: "SFTP drive",
    description:
      "a directory of an SFTP server: [USER@]HOST[:PATH] or sftp://[USER@]HOST[:PORT]/PATH",
    defaultShare: "sftp",
    ending: "Ctrl-C ends it; the files stay where they are.",
    source: "TARGET",
    sourceExample: "anna@example.org:/srv/data",
    checkSource: sftpTargetProblem,
    open: openSftp,
  },
  fuse: {
    name: "drive",
    description:
      "the FUSE operations that MODULE exports as default, or mounts by fuse-native, fuse-bindings or fuse4js",
    defaultShare: "fuse",
    ending: "Ctrl-C ends it.",
    source: "MODULE",
    sourceExample: "./my-fs.js",
    open: ({ option = [], arg = [] }, source) =>
      loadFuseModule(source, { args: arg, options: option }),
  },
} as const satisfies Readonly<Record<string, DriveKind>>;

export type DriveKindName = keyof typeof DRIVE_KINDS;

/** Settings that not every kind has. */
const KINDS_OF_SETTINGS: Partial<Record<SettingName, readonly DriveKindName[]>> = {
  "max-size": ["memory"],
  "root-sddl": ["memory"],
  label: ["memory", "folder", "sftp"],
  "file-system-name": ["memory", "folder", "sftp"],
  "case-sensitive": ["memory", "folder"],
  "side-files": ["folder"],
  "ssh-port": ["sftp"],
  identity: ["sftp"],
  "known-hosts": ["sftp"],
  "accept-new-host-key": ["sftp"],
  "write-back": ["sftp"],
  "cache-time-out": ["sftp"],
  "reconnect-time-out": ["sftp"],
  scratch: ["tree", "folder"],
  option: ["fuse"],
  arg: ["fuse"],
};

/** Opens a drive of a kind; where that was asked, with memory in front that takes all changes. */
export async function openKind(
  kind: DriveKind,
  settings: Settings,
  source: string,
): Promise<Outcome<FileSystem>> {
  const opened = await kind.open(settings, source);
  if (!opened.ok || settings.scratch !== true) return opened;
  const { isCaseSensitive, fileSystemName } = opened.value.volumeParams ?? {};
  const upper = memory({ label: settings.label ?? "Scratch", isCaseSensitive, fileSystemName });
  return success(overlay(upper, opened.value));
}

/**
 * Whether a kind can take what was said.
 *
 * @param command - the one that was given, for the sentence about what is wrong
 */
export function checkKind(
  command: "serve" | "mount",
  kind: DriveKindName,
  source: string | undefined,
  settings: Settings,
): Outcome<string> {
  const { source: wanted, sourceExample = "", checkSource }: DriveKind = DRIVE_KINDS[kind];
  if (wanted === undefined && source !== undefined) {
    return problem(`${command} ${kind} takes no argument: leave ${source} out`);
  }
  if (wanted !== undefined && source === undefined) {
    return problem(`${command} ${kind} needs a ${wanted}: give one, such as ${sourceExample}`);
  }
  const wrong = source === undefined ? undefined : checkSource?.(source);
  if (wrong !== undefined) return problem(wrong);
  const names = Object.keys(settings) as SettingName[]; // a Settings has no other keys
  for (const name of names) {
    const kinds = KINDS_OF_SETTINGS[name] ?? [kind];
    if (!kinds.includes(kind)) {
      return problem(
        `${name} is for ${command} ${kinds.join(", ").replace(/, (?=[^,]*$)/, " and ")}: leave it out`,
      );
    }
  }
  return success(source ?? "");
}

function ramDrive(settings: Settings): ReturnType<typeof memory> {
  const maxSize = settings["max-size"];
  return memory({
    maxSize: maxSize === "auto" ? undefined : maxSize,
    label: settings.label,
    fileSystemName: settings["file-system-name"],
    isCaseSensitive: settings["case-sensitive"],
    rootSecurityDescriptor: settings["root-sddl"],
  });
}

function openFolder(settings: Settings, path: string): Outcome<FileSystem> {
  try {
    const opened = folder(path, {
      label: settings.label,
      fileSystemName: settings["file-system-name"],
      isCaseSensitive: settings["case-sensitive"],
      keepIn: settings["side-files"] === true ? "sideFiles" : undefined,
      onWarning: (message) => {
        console.error(`anymount: warning: ${message}`);
      },
    });
    return success(opened);
  } catch (error) {
    if (error instanceof FolderError) return problem(error.message);
    throw error;
  }
}
