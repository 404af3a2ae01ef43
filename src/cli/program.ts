/**
 * The command line: commands, options, help.
 *
 * @packageDocumentation
 */
import { readFileSync } from "node:fs";
import { Argument, Command, CommanderError, Option } from "commander";
import type { Server } from "../index.js";
import { readConfigFile } from "./config-file.js";
import { checkKind, DRIVE_KINDS, type DriveKindName } from "./drive-kinds.js";
import { type Outcome, success } from "./outcome.js";
import { serveDrive } from "./serve-drive.js";
import { mergeSettings, readSettings, SETTINGS, type Settings } from "./settings.js";

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
  anymount serve memory --config anymount.json         {"share": "data", "user": ["anna"], "max-size": "4G"}

Without --user, the user is anymount; its password is made at the first start and kept in a file that
only you can read. ANYMOUNT_PASSWORD is the password of every user for whom none is given.`;

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
    .addHelpText("after", "\nExample:\n  anymount serve memory    a RAM drive\n");
  program.addCommand(serveCommand(finish).copyInheritedSettings(program));
  return program;
}

function serveCommand(finish: (exitStatus: number) => void): Command {
  const command = new Command("serve")
    .description("serve a drive until Ctrl-C")
    .addArgument(new Argument("<what>", kindsHelp()).choices(Object.keys(DRIVE_KINDS)))
    .addArgument(
      new Argument(
        "[source]",
        "what the kind needs: of a tree the path of its MODULE, of a folder its PATH",
      ),
    )
    .option("--config <FILE>", "JSON file with the same settings; options given here win")
    .addHelpText("after", SERVE_EXAMPLES);
  for (const { flags, description, kind } of Object.values(SETTINGS)) {
    const option = new Option(flags, description);
    command.addOption(kind === "repeated" ? option.argParser(append) : option);
  }
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

/** What is wrong on the command line ends in a CommanderError, as all wrong usage does. */
async function serveAsTold(
  command: Command,
  kind: DriveKindName,
  source: string | undefined,
): Promise<Outcome<Server>> {
  const options = command.opts<Readonly<Record<string, unknown>>>();
  const flags = readSettings(givenSettings(command, options), (name) => `--${name}`);
  if (!flags.ok) command.error(flags.problem);
  const path = options["config"];
  const config = typeof path === "string" ? await readConfigFile(path) : success<Settings>({});
  if (!config.ok) return config;
  const settings = mergeSettings(config.value, flags.value);
  if (!settings.ok) command.error(settings.problem);
  const checked = checkKind(kind, source, settings.value);
  if (!checked.ok) command.error(checked.problem);
  return serveDrive(DRIVE_KINDS[kind], checked.value, settings.value);
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
  write(`anymount: ${sentence} (see anymount help serve)\n`);
}
