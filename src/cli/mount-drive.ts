/**
 * A drive of this process, mounted on this machine: by `/dev/fuse` on Linux, by SMB and the system's client elsewhere.
 *
 * @packageDocumentation
 */
import { realpathSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve, sep } from "node:path";
import { MountError, type Mounted, type MountOptions, mount } from "../index.js";
import { coloursFor } from "./colour.js";
import type { DriveKind } from "./drive-kinds.js";
import { mountShare, unmountAny } from "./mount-share.js";
import { type Outcome, problem, success } from "./outcome.js";
import { openDrive, serveDrive } from "./serve-drive.js";
import type { SettingName, Settings } from "./settings.js";
import { parseShareUrl } from "./share-url.js";
import { stopOnSignal } from "./stop.js";

/** What `mount` can be told besides what `serve` can. */
export interface MountFlags {
  /** It is served by SMB, too. */
  readonly isServed: boolean;
  readonly allowOther: boolean;
  readonly allowsNonEmpty: boolean;
  readonly hasWritebackCache: boolean;
}

/** Settings that speak of SMB alone. */
const SMB_SETTINGS: readonly SettingName[] = [
  "listen",
  "user",
  "group",
  "guest",
  "signing",
  "encryption",
  "min-dialect",
  "max-dialect",
  "verbose",
];

/** What keeps settings and flags from making sense together. */
export function checkMountFlags(settings: Settings, { isServed }: MountFlags): Outcome<void> {
  const unfit = SMB_SETTINGS.find((name) => settings[name] !== undefined);
  if (isServed || unfit === undefined || process.platform !== "linux") return success(undefined);
  return problem(`${unfit} is for what is served: give --smb too, or leave it out`);
}

/** What is to be mounted, and how. */
export interface DriveToMount {
  readonly kind: DriveKind;
  /** What the kind makes it of; empty where it needs nothing. */
  readonly source: string;
  readonly settings: Settings;
  readonly flags: MountFlags;
  readonly where: string | undefined;
}

/** Mounts a drive until Ctrl-C, and tells on standard output where it is. */
export async function mountDrive(drive: DriveToMount): Promise<Outcome<void>> {
  const place = checkPlace(drive);
  if (!place.ok) return place;
  if (process.platform !== "linux") return mountServed(drive);
  try {
    return await (drive.flags.isServed ? mountAndServe(drive) : mountOnly(drive));
  } catch (error) {
    if (!(error instanceof MountError)) throw error;
    const hint = error.code === "ENOTEMPTY" ? " with --nonempty" : "";
    return problem(`${error.message}${hint}`);
  }
}

/** A drive that holds the directory that it is mounted on would wait for itself, for ever. */
function checkPlace(drive: DriveToMount): Outcome<void> {
  if (drive.kind.isDirectory !== true) return success(undefined);
  const [source, place] = [realPath(drive.source), realPath(placeOf(drive))];
  const isBelow =
    place === source || place.startsWith(source.endsWith(sep) ? source : `${source}${sep}`);
  if (!isBelow) return success(undefined);
  return problem(
    `${place} is in ${source}, and a folder cannot be mounted inside itself: choose another directory`,
  );
}

/** Without symbolic links, as far as it is there. */
function realPath(path: string): string {
  const whole = resolve(path);
  try {
    return realpathSync(whole);
  } catch {
    return dirname(whole) === whole ? whole : join(realPath(dirname(whole)), basename(whole));
  }
}

async function mountOnly(drive: DriveToMount): Promise<Outcome<void>> {
  const opened = await openDrive(drive.kind, drive.source, drive.settings);
  if (!opened.ok) return opened;
  const mounted = await mount(opened.value, placeOf(drive), mountOptions(drive));
  const leaving = new Leaving(mounted);
  stopOnSignal({ close: leaving.leave });
  announce(drive.kind, mounted);
  leaving.followOthers();
  return success(undefined);
}

async function mountAndServe(drive: DriveToMount): Promise<Outcome<void>> {
  const { kind, source, settings } = drive;
  const served = await serveDrive(kind, source, settings, () => unmountAll());
  if (!served.ok) return served;
  const server = served.value;
  let unmountAll = () => Promise.resolve();
  try {
    const mounted = await server.mount(placeOf(drive), mountOptions(drive));
    const leaving = new Leaving(mounted);
    unmountAll = leaving.leave;
    announce(kind, mounted);
    leaving.followOthers();
    return success(undefined);
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** Where there is no `/dev/fuse` the system's own client of SMB mounts what this process serves. */
async function mountServed({
  kind,
  source,
  settings,
  where,
}: DriveToMount): Promise<Outcome<void>> {
  let place: string | undefined;
  const unmountShare = async () => {
    if (place !== undefined) await unmountAny(place, true);
  };
  const served = await serveDrive(kind, source, settings, unmountShare);
  if (!served.ok) return served;
  const share = parseShareUrl(served.value.shares[0]?.url ?? "");
  const user = settings.user?.[0];
  const mounted = share.ok
    ? await mountShare(
        { ...share.value, ...(user && { userName: user.name }) },
        where,
        user?.password,
      )
    : share;
  if (mounted.ok) {
    place = mounted.value;
    return success(undefined);
  }
  await served.value.close();
  return mounted;
}

/** The directory that was named, or one after the share: below /mnt for root, at home for others. */
function placeOf({ where, kind, settings }: DriveToMount): string {
  if (where !== undefined) return where;
  const name = settings.share?.[0]?.name ?? kind.defaultShare;
  return join(process.geteuid?.() === 0 ? "/mnt" : homedir(), name);
}

function mountOptions({ kind, settings, flags }: DriveToMount): MountOptions & { share?: string } {
  const share = settings.share?.[0]?.name ?? kind.defaultShare;
  return {
    name: share,
    share,
    allowOther: flags.allowOther,
    allowsNonEmpty: flags.allowsNonEmpty,
    hasWritebackCache: flags.hasWritebackCache,
    isReadOnly: settings["read-only"],
  };
}

function announce(kind: DriveKind, { where, isDirectoryNew }: Mounted): void {
  const colours = coloursFor(process.stdout.isTTY, process.env);
  const made = isDirectoryNew ? ", a directory that was made for it and goes with it" : "";
  const lines = [
    `The ${kind.name} is mounted on ${colours.strong(where)}${made}.`,
    colours.faint(kind.ending),
    `${colours.good("ready")} ${where}`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** The end of a mount: by a signal to this process, or by somebody who unmounts it. */
class Leaving {
  readonly #mounted: Mounted;
  #isLeaving = false;

  constructor(mounted: Mounted) {
    this.#mounted = mounted;
  }

  /** In order where nobody uses it; whoever does is told of, and left with ENOTCONN: Ctrl-C ends it in any case. */
  readonly leave = async (): Promise<void> => {
    this.#isLeaving = true;
    try {
      await this.#mounted.unmount();
    } catch (error) {
      if (!(error instanceof MountError)) throw error;
      const why = error.message.replace(/: close .*$/, "");
      console.error(`anymount: ${why}: it was unmounted all the same`);
      await this.#mounted.unmount({ isForced: true });
    }
  };

  /** Ends the process when somebody else unmounts, as there is nothing left to do. */
  followOthers(): void {
    const follow = () => {
      if (!this.#isLeaving) process.emit("SIGTERM");
    };
    this.#mounted.ended.then(follow, (error: unknown) => {
      console.error(`anymount: the mount was lost: ${String(error)}`);
      follow();
    });
  }
}
