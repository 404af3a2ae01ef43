import { type FileSystem, memory } from "../index.js";
import { loadModule } from "./load-module.js";
import { type Outcome, problem, success } from "./outcome.js";
import type { SettingName, Settings } from "./settings.js";

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
    open: (_settings, source) => loadModule(source),
  },
} as const satisfies Readonly<Record<string, DriveKind>>;

export type DriveKindName = keyof typeof DRIVE_KINDS;

/** Settings that only a RAM drive has. */
const MEMORY_SETTINGS: ReadonlySet<SettingName> = new Set([
  "max-size",
  "label",
  "file-system-name",
  "root-sddl",
  "case-sensitive",
]);

/** Whether a kind can take what was said. */
export function checkKind(
  kind: DriveKindName,
  source: string | undefined,
  settings: Settings,
): Outcome<string> {
  const { source: wanted }: DriveKind = DRIVE_KINDS[kind];
  if (wanted === undefined && source !== undefined) {
    return problem(`serve ${kind} takes no argument: leave ${source} out`);
  }
  if (wanted !== undefined && source === undefined) {
    return problem(`serve ${kind} needs a ${wanted}: give its path, such as ./tree.js`);
  }
  const names = Object.keys(settings) as SettingName[]; // a Settings has no other keys
  const unfit = kind === "memory" ? undefined : names.find((name) => MEMORY_SETTINGS.has(name));
  if (unfit !== undefined) return problem(`${unfit} is for serve memory: leave it out`);
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
