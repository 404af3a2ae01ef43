/**
 * The command line: commands, options, help.
 *
 * @packageDocumentation
 */
import { readFileSync } from "node:fs";
import { Argument, Command, CommanderError, Option } from "commander";
import type { Server } from "../index.js";
import { readConfigFile } from "./config-file.js";
import { checkKind, DRIVE_KINDS, type DriveKind, type DriveKindName } from "./drive-kinds.js";
import { checkMountFlags, mountDrive } from "./mount-drive.js";
import { mountShare, unmountAny } from "./mount-share.js";
import { type Outcome, success } from "./outcome.js";
import { serveDrive } from "./serve-drive.js";
import {
  mergeSettings,
  readSettings,
  SETTING_GROUPS,
  SETTINGS,
  type Settings,
} from "./settings.js";
import { isShareUrl, parseShareUrl } from "./share-url.js";

const FAILED = 1;
const WRONG_USAGE = 2;

const SERVE_EXAMPLES = `
Examples:
  anymount serve memory                                a RAM drive for this machine, user anymount
  anymount serve memory --max-size 4G --label Scratch
  anymount serve memory --root-sddl "O:BAG:BAD:P(A;OICI;GA;;;AU)"
                                                       nobody but users who have logged on
  anymount serve memory --log - --log-operations create,rename,cleanup
                                                       shows what programs do with the drive
  anymount serve memory --user anna --user ben:secret  two users, a password made for anna
  anymount serve memory --listen 0.0.0.0:445 --encryption required
  anymount serve memory --user anna --user ben --group staff=anna,ben --group Administrators=anna
  anymount serve memory --share data --share public,read-only --share visible,hide-unreadable
  anymount serve folder ~/Documents --read-only         a directory of this machine, to look at
  anymount serve tree ./people.js                      a module whose default export is a tree
  anymount serve sftp anna@example.org:/srv/data       a directory of a server, by SSH
  anymount serve fuse ./my-fs.js -o uid=-1,gid=-1,volname=Mine
                                                       FUSE operations, as for fuse-native
  anymount serve memory --config anymount.json         {"share": "data", "user": ["anna"], "max-size": "4G"}

Without --user, the user is anymount; its password is made at the first start and kept in a file that
only you can read. ANYMOUNT_PASSWORD is the password of every user for whom none is given.`;

const MOUNT_EXAMPLES = `
Examples:
  anymount mount memory /mnt/ram                       a RAM drive on a directory
  anymount mount folder ./data /mnt/data --smb --share data
                                                       the same files on a directory and by SMB
  anymount mount smb://anna@box:4450/ram /mnt/ram      a share of a running server, with the system's client
  anymount mount smb://anymount@127.0.0.1:4450/ram X:  the same on Windows
  anymount unmount /mnt/ram                            undoes any of them

The password of a share is ANYMOUNT_PASSWORD, or the one that serve keeps in its file; else the system asks for it.`;

/**
 * Runs the command line.
 *
 * @param args - without the program's name
 * @returns the exit status, or undefined when a server goes on running
 */
export async function run(args: readonly string[]): Promise<number | undefined> {
  let exitStatus: number | undefined;
  const program = createProgram((status) => {
    exitStatus = status;
  });
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : WRONG_USAGE;
  }
  return exitStatus;
}

function createProgram(finish: (exitStatus: number) => void): Command {
  const program = new Command("anymount")
    .description("Serves file systems over SMB 2 and 3, for any system to mount without a driver.")
    .version(version())
    .exitOverride()
    .configureOutput({ outputError: writeUsageError })
    .addHelpText(
      "after",
      `\nExamples:\n  anymount serve memory    a RAM drive, for any system to mount
  anymount mount memory    a RAM drive on a directory of this machine\n`,
    );
  for (const command of [serveCommand, mountCommand, unmountCommand]) {
    program.addCommand(command(finish).copyInheritedSettings(program));
  }
  return program;
}

function serveCommand(finish: (exitStatus: number) => void): Command {
  const command = new Command("serve")
    .description("serve a drive until Ctrl-C")
    .addArgument(new Argument("<what>", kindsHelp()).choices(Object.keys(DRIVE_KINDS)))
    .addArgument(
      new Argument(
        "[source]",
        "what the kind needs: of a tree and of fuse the path of its MODULE, of a folder its PATH",
      ),
    )
    .option("--config <FILE>", "JSON file with the same settings; options given here win")
    .addHelpText("after", SERVE_EXAMPLES);
  addSettings(command);
  return command.action(async (kind: DriveKindName, source: string | undefined) => {
    const served = await serveAsTold(command, kind, source);
    if (served.ok) return; // it runs until a signal ends it
    console.error(`anymount: ${served.problem}`);
    finish(FAILED);
  });
}

function kindsHelp(): string {
  const kinds = Object.entries(DRIVE_KINDS);
  return kinds.map(([word, { description }]) => `${word}: ${description}`).join("; ");
}

function mountCommand(finish: (exitStatus: number) => void): Command {
  const command = new Command("mount")
    .description("mount a drive on this machine until Ctrl-C, or a share of a running server")
    .addArgument(new Argument("<what>", `smb://USER@HOST:PORT/SHARE, or ${kindsHelp()}`))
    .addArgument(
      new Argument(
        "[places...]",
        "of a tree its MODULE, of a folder its PATH; then where to mount: a directory, made if it is missing; on Windows a letter, such as X:",
      ),
    )
    .option("--smb", "Linux: serve it by SMB, too; elsewhere it always is")
    .option("--allow-other", "Linux: let other users of the machine in, too")
    .option("--nonempty", "Linux: cover what is in the directory")
    .option(
      "--writeback",
      "Linux: let the system collect small writes; what SMB clients see may be a moment older",
    )
    .option("--config <FILE>", "JSON file with the settings of serve; options given here win")
    .addHelpText("after", MOUNT_EXAMPLES);
  addSettings(command);
  return command.action(async (what: string, places: readonly string[]) => {
    const mounted = isShareUrl(what)
      ? await mountShareAsTold(command, what, places)
      : await mountDriveAsTold(command, what, places);
    if (mounted.ok) return;
    console.error(`anymount: ${mounted.problem}`);
    finish(FAILED);
  });
}

async function mountShareAsTold(
  command: Command,
  what: string,
  [where, ...more]: readonly string[],
): Promise<Outcome<unknown>> {
  const given = command.options.find((option) => option.attributeName() in command.opts());
  if (given !== undefined)
    command.error(`${given.long} is for a drive, not for a share: leave it out`);
  if (more.length > 0)
    command.error(`mount of a share takes one place: leave ${more.join(" ")} out`);
  const share = parseShareUrl(what);
  if (!share.ok) command.error(share.problem);
  const mounted = await mountShare(share.value, where);
  if (mounted.ok && mounted.value !== undefined) console.log(`mounted ${mounted.value}`);
  return mounted;
}

async function mountDriveAsTold(
  command: Command,
  what: string,
  places: readonly string[],
): Promise<Outcome<unknown>> {
  if (!isDriveKind(what)) {
    const kinds = Object.keys(DRIVE_KINDS).join(", ");
    command.error(`there is no drive "${what}": give ${kinds} or smb://USER@HOST:PORT/SHARE`);
  }
  const kind: DriveKind = DRIVE_KINDS[what];
  const [source, where, ...more] = kind.source === undefined ? [undefined, ...places] : places;
  if (more.length > 0) command.error(`mount ${what} takes one place: leave ${more.join(" ")} out`);
  const settings = await settingsAsTold(command);
  if (!settings.ok) return settings;
  const checked = checkKind("mount", what, source, settings.value);
  if (!checked.ok) command.error(checked.problem);
  const options = command.opts<Readonly<Record<string, unknown>>>();
  const flags = {
    isServed: options["smb"] === true,
    allowOther: options["allowOther"] === true,
    allowsNonEmpty: options["nonempty"] === true,
    hasWritebackCache: options["writeback"] === true,
  };
  const sense = checkMountFlags(settings.value, flags);
  if (!sense.ok) command.error(sense.problem);
  return mountDrive({ kind, source: checked.value, settings: settings.value, flags, where });
}

function unmountCommand(finish: (exitStatus: number) => void): Command {
  return new Command("unmount")
    .description("undo a mount: by its directory, its drive letter, or its smb:// address for gio")
    .argument("<where>")
    .option("--force", "also when programs use it: they get errors from then on")
    .action(async (where: string, { force = false }: { force?: boolean }) => {
      const undone = await unmountAny(where, force);
      if (undone.ok) return;
      console.error(`anymount: ${undone.problem}`);
      finish(FAILED);
    });
}

function addSettings(command: Command): void {
  for (const [heading, names] of Object.entries(SETTING_GROUPS)) {
    for (const name of names) {
      const { flags, description, kind } = SETTINGS[name];
      const option = new Option(flags, description).helpGroup(heading);
      command.addOption(kind === "repeated" ? option.argParser(append) : option);
    }
  }
}

function isDriveKind(word: string): word is DriveKindName {
  return Object.hasOwn(DRIVE_KINDS, word);
}

/** What is wrong on the command line ends in a CommanderError, as all wrong usage does. */
async function serveAsTold(
  command: Command,
  kind: DriveKindName,
  source: string | undefined,
): Promise<Outcome<Server>> {
  const settings = await settingsAsTold(command);
  if (!settings.ok) return settings;
  const checked = checkKind("serve", kind, source, settings.value);
  if (!checked.ok) command.error(checked.problem);
  return serveDrive(DRIVE_KINDS[kind], checked.value, settings.value);
}

/** The settings of the command line, and of the configuration file that it names. */
async function settingsAsTold(command: Command): Promise<Outcome<Settings>> {
  const options = command.opts<Readonly<Record<string, unknown>>>();
  const flags = readSettings(givenSettings(command, options), (name) => `--${name}`);
  if (!flags.ok) command.error(flags.problem);
  const path = options["config"];
  const config = typeof path === "string" ? await readConfigFile(path) : success<Settings>({});
  if (!config.ok) return config;
  const settings = mergeSettings(config.value, flags.value);
  if (!settings.ok) command.error(settings.problem);
  return settings;
}

/** The options that settings are made of, under their names as typed. */
function givenSettings(
  command: Command,
  options: Readonly<Record<string, unknown>>,
): readonly (readonly [name: string, value: unknown])[] {
  return command.options
    .filter((option) => option.attributeName() in options && option.name() in SETTINGS)
    .map((option) => [option.name(), options[option.attributeName()]]);
}

function append(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version; // our own file
}

/** Commander's message in our form, on one line, with where to look. */
function writeUsageError(message: string, write: (text: string) => void): void {
  const sentence = message
    .replace(/^error: /, "")
    .trimEnd()
    .replaceAll("\n", " ");
  write(`anymount: ${sentence} (see anymount help)\n`);
}
