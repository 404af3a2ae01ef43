/**
 * Options of FUSE as they are written on command lines: `-o uid=1000,volname=x`. WinFsp 4.5
 *
 * @packageDocumentation
 */
import { ticksOfMs } from "../../nt/index.js";
import type { FuseOptions } from "./fuse-options.js";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What one option does; it throws a sentence where it cannot take its value. */
type Take = (options: Mutable<FuseOptions>, value: string, name: string) => void;

/** What has no meaning here, and is taken so that command lines need not change. */
const IGNORED: ReadonlySet<string> = new Set([
  ...["readdir_ino", "direct_io", "kernel_cache", "auto_cache", "noauto_cache"],
  ...["entry_timeout", "ac_attr_timeout", "negative_timeout", "noforget", "intr", "intr_signal"],
  ...["modules", "max_read", "max_write", "max_readahead", "big_writes", "async_read", "sync_read"],
  ...["KeepFileCache", "LegacyUnlinkRename", "ThreadCount", "EaTimeout", "VolumePrefix", "UNC"],
  ...["debug", "DebugLog", "fsname", "subtype", "allow_other", "allow_root", "auto_unmount"],
  ...["default_permissions", "nonempty", "nosuid", "nodev", "noexec", "suid", "dev", "exec"],
  ...["noatime", "atime", "rw", "sync", "async", "max_idle_threads", "nolocalcaches"],
]);

const OPTIONS: Readonly<Record<string, Take>> = {
  uid: (o, v, n) => (o.uid = id(v, n)),
  gid: (o, v, n) => (o.gid = id(v, n)),
  UserName: (o, v, n) => (o.userName = text(v, n)),
  GroupName: (o, v, n) => (o.groupName = text(v, n)),
  uidmap: (o, v, n) => (o.uidMap = idMap(v, n)),
  gidmap: (o, v, n) => (o.gidMap = idMap(v, n)),
  umask: (o, v, n) => (o.umask = octal(v, n)),
  create_umask: (o, v, n) => (o.createUmask = octal(v, n)),
  create_file_umask: (o, v, n) => (o.createFileUmask = octal(v, n)),
  create_dir_umask: (o, v, n) => (o.createDirUmask = octal(v, n)),
  FileSecurity: (o, v, n) => (o.fileSecurity = text(v, n)),
  AddWriteEaAccess: (o) => (o.addsWriteEaAccess = true),
  attr_timeout: (o, v, n) => (o.fileInfoTimeoutMs = number(v, n) * 1000),
  FileInfoTimeout: (o, v, n) => (o.fileInfoTimeoutMs = timeout(v, n)),
  DirInfoTimeout: (o, v, n) => (o.directoryTimeoutMs = timeout(v, n)),
  VolumeInfoTimeout: (o, v, n) => (o.volumeInfoTimeoutMs = timeout(v, n)),
  FlushOnCleanup: (o) => (o.flushesOnCleanup = true),
  SectorSize: (o, v, n) => (o.sectorSize = number(v, n)),
  SectorsPerAllocationUnit: (o, v, n) => (o.sectorsPerAllocationUnit = number(v, n)),
  MaxComponentLength: (o, v, n) => (o.maxComponentUnits = number(v, n)),
  VolumeCreationTime: (o, v, n) => (o.volumeCreationTicks = ticksOfMs(number(v, n) * 1000)),
  VolumeSerialNumber: (o, v, n) => (o.volumeSerialNumber = number(v, n)),
  rellinks: (o) => (o.hasRelativeLinks = true),
  norellinks: (o) => (o.hasRelativeLinks = false),
  dothidden: (o) => (o.hidesDotNames = true),
  nodothidden: (o) => (o.hidesDotNames = false),
  volname: (o, v, n) => (o.label = text(v, n)),
  FileSystemName: (o, v, n) => (o.fileSystemName = `FUSE-${text(v, n)}`),
  fstypename: (o, v, n) => (o.fileSystemName = `FUSE-${text(v, n)}`),
  ExactFileSystemName: (o, v, n) => (o.fileSystemName = text(v, n)),
  case_insensitive: (o) => (o.isCaseSensitive = false),
  ro: (o) => (o.isReadOnly = true),
  hard_remove: (o) => (o.removesOpenFiles = true),
  use_ino: (o) => (o.usesIno = true),
  delete_access: (o) => (o.asksAccessToDelete = true),
  serial: (o) => (o.isSerial = true),
  timeout: (o, v, n) => (o.timeoutMs = number(v, n) * 1000),
  style: (o, v, n) => (o.style = style(v, n)),
};

/** The names of all options that have a meaning, for help. */
export const MOUNT_OPTION_NAMES: readonly string[] = Object.keys(OPTIONS);

/**
 * Reads a list of options, `a,b=c`; `\,` stands for a comma in a value.
 *
 * @throws Error, with a sentence that says what to do
 */
export function parseMountOptions(list: string): FuseOptions {
  const options: Mutable<FuseOptions> = {};
  for (const part of list.split(/(?<!\\),/)) {
    const option = part.replaceAll("\\,", ",").trim();
    if (option !== "") take(options, option);
  }
  return options;
}

function take(options: Mutable<FuseOptions>, option: string): void {
  const equals = option.indexOf("=");
  const name = equals < 0 ? option : option.slice(0, equals);
  const value = equals < 0 ? "" : option.slice(equals + 1);
  if (IGNORED.has(name)) return;
  const known = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
  if (known === undefined) {
    throw new Error(
      `-o ${name} is no option of FUSE that is known here: leave it out, or take one of ${MOUNT_OPTION_NAMES.join(", ")}`,
    );
  }
  known(options, value, name);
}

function text(value: string, name: string): string {
  if (value === "") throw new Error(`-o ${name} needs a value: give it as ${name}=TEXT`);
  return value;
}

function number(value: string, name: string): number {
  const parsed = Number(value);
  if (value === "" || !Number.isFinite(parsed) || parsed < 0) {
    throw new Error(`-o ${name}=${value} is no number: give one, such as ${name}=1000`);
  }
  return parsed;
}

function id(value: string, name: string): number {
  return value === "-1" ? -1 : number(value, name);
}

/** -1: for good. */
function timeout(value: string, name: string): number {
  return value === "-1" ? Number.POSITIVE_INFINITY : number(value, name);
}

function octal(value: string, name: string): number {
  if (!/^0*[0-7]{1,4}$/.test(value)) {
    throw new Error(`-o ${name}=${value} is no octal number: give one, such as ${name}=022`);
  }
  return Number.parseInt(value, 8);
}

/** `UID:SID-or-name;...` */
function idMap(value: string, name: string): Record<number, string> {
  const entries = text(value, name)
    .split(";")
    .filter((entry) => entry !== "");
  return Object.fromEntries(
    entries.map((entry) => {
      const [, mapped = "", who = ""] = /^(\d+):(.+)$/.exec(entry) ?? [];
      if (who === "") {
        throw new Error(
          `-o ${name}: ${entry} maps nothing: give it as ${name}=1000:anna;1001:S-1-5-32-544`,
        );
      }
      return [Number(mapped), who];
    }),
  );
}

function style(value: string, name: string): "promise" | "callback" {
  if (value === "promise" || value === "callback") return value;
  throw new Error(`-o ${name}=${value} is no style: give promise or callback`);
}
