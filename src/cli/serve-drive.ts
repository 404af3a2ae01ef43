import { hostname } from "node:os";
import { inspect } from "node:util";
import {
  type FileSystem,
  type ServeOptions,
  type Server,
  type ShareOptions,
  serve,
  traced,
} from "../index.js";
import { type Colours, coloursFor } from "./colour.js";
import { type DriveKind, openKind } from "./drive-kinds.js";
import { groupsOf } from "./groups.js";
import { formatAddress, isLoopback, type ListenAddress } from "./listen.js";
import { mountCommands, reachableHost } from "./mount-commands.js";
import { OperationLog } from "./operation-log.js";
import { type Outcome, problem, success } from "./outcome.js";
import { passwordFilePath } from "./password-file.js";
import { printable, requestLine } from "./request-log.js";
import type { Settings, ShareArgument } from "./settings.js";
import { stopOnSignal } from "./stop.js";
import { type CliUser, resolveUsers } from "./users.js";

const DEFAULT_ADDRESS: ListenAddress = { host: "127.0.0.1", port: 4450 };

/**
 * Serves a drive, and tells on standard output how to mount it.
 *
 * @param source - what the kind makes it of; empty where it needs nothing
 * @param beforeStop - what a signal does before it closes the server
 */
export async function serveDrive(
  kind: DriveKind,
  source: string,
  settings: Settings,
  beforeStop: () => Promise<void> = () => Promise.resolve(),
): Promise<Outcome<Server>> {
  const address = settings.listen ?? DEFAULT_ADDRESS;
  const users = await resolveUsers(settings.user ?? [], {
    passwordFile: passwordFilePath(process.env),
    commonPassword: process.env["ANYMOUNT_PASSWORD"],
  });
  if (!users.ok) return users;

  warnOfOpenGuests(settings, address);
  const drive = await openDrive(kind, source, settings);
  if (!drive.ok) return drive;
  const options = serveOptions(settings, { kind, address, users: users.value });
  const started = await start(drive.value, options, address);
  if (!started.ok) {
    await drive.value.stop?.(); // it may hold a connection, which would keep the process
    return started;
  }
  const server = started.value;
  logTo(server, settings.verbose === true);
  const close = () => beforeStop().then(() => server.close());
  stopOnSignal({ close }); // before anybody is told that it is ready, and ends it at once
  announce(server, { kind, settings, address, users: users.value });
  return started;
}

/** Opens a drive, with a log of what it does where one is wanted. */
export async function openDrive(
  kind: DriveKind,
  source: string,
  settings: Settings,
): Promise<Outcome<FileSystem>> {
  const opened = await openKind(kind, settings, source);
  return opened.ok ? withLog(opened.value, settings) : opened;
}

async function start(
  drive: FileSystem,
  options: ServeOptions,
  address: ListenAddress,
): Promise<Outcome<Server>> {
  try {
    return success(await serve(drive, options));
  } catch (error) {
    const sentence = listenProblem(error, address) ?? optionProblem(error);
    if (sentence === undefined) throw error;
    return problem(sentence);
  }
}

/** The drive, and a log of what it does where one is wanted. */
function withLog(drive: FileSystem, settings: Settings): Outcome<FileSystem> {
  if (settings.log === undefined) return success(drive);
  const log = OperationLog.open(settings.log);
  if (!log.ok) return log;
  const sink = log.value.write.bind(log.value);
  return success(traced(drive, sink, { operations: settings["log-operations"] }));
}

function serveOptions(
  settings: Settings,
  about: { kind: DriveKind; address: ListenAddress; users: readonly CliUser[] },
): ServeOptions {
  const { kind, users } = about;
  const { host, port } = about.address;
  return {
    shares: sharesOf(settings, kind),
    host,
    port,
    users: users.map(({ name, password }) => ({
      name,
      password,
      groups: groupsOf(name, settings.group ?? []),
    })),
    isGuestAllowed: settings.guest,
    signing: settings.signing,
    encryption: settings.encryption,
    minDialect: settings["min-dialect"],
    maxDialect: settings["max-dialect"],
    isReadOnly: settings["read-only"],
    followsSymlinks: settings["follow-symlinks"],
  };
}

function sharesOf(settings: Settings, { defaultShare }: DriveKind): Record<string, ShareOptions> {
  const only: ShareArgument = { name: defaultShare, isReadOnly: false, hidesUnreadable: false };
  const { share = [only] } = settings;
  return Object.fromEntries(share.map(({ name, ...options }) => [name, options]));
}

/** What `serve` says of options that do not fit; what is no plain Error is a fault. */
function optionProblem(error: unknown): string | undefined {
  return error instanceof Error && error.name === "Error" && !("code" in error)
    ? error.message
    : undefined;
}

/** What keeps a server from listening, as a sentence; undefined for anything else. */
function listenProblem(error: unknown, address: ListenAddress): string | undefined {
  const { host, port } = address;
  const another = formatAddress({ host, port: port < 65_535 ? port + 1 : 4450 });
  switch (error instanceof Error && "code" in error ? error.code : undefined) {
    case "EADDRINUSE":
      return `port ${port} on ${host} is already in use: stop what uses it, or choose another with --listen ${another}`;
    case "EACCES":
      return `port ${port} on ${host} needs an administrator: choose one above 1023 with --listen ${formatAddress({ host, port: 4450 })}`;
    case "EADDRNOTAVAIL":
      return `${host} is no address of this machine: choose another with --listen ${formatAddress(DEFAULT_ADDRESS)}`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the name ${host} is not known: choose another with --listen ${formatAddress(DEFAULT_ADDRESS)}`;
    default:
      return undefined;
  }
}

function logTo(server: Server, isVerbose: boolean): void {
  const colours = coloursFor(process.stderr.isTTY, process.env);
  server.on("error", (error) => {
    console.error(`anymount: ${colours.bad(faultText(error))}`);
  });
  if (!isVerbose) return;
  server.on("request", (request) => {
    console.error(requestLine(request, new Date(), colours));
  });
}

/** With its stack, and what it came of: what a server did not expect is a fault to be found. */
function faultText(error: unknown): string {
  const text = error instanceof Error ? inspect(error, { depth: 1 }) : String(error);
  return text.split("\n").map(printable).join("\n");
}

function warnOfOpenGuests(settings: Settings, { host }: ListenAddress): void {
  if (settings.guest !== true || isLoopback(host)) return;
  console.error(
    `anymount: warning: with --guest, everybody who reaches ${host} may use the drive: leave --guest out, or listen on 127.0.0.1`,
  );
}

/** What is to be told of a server that runs. */
interface Announcement {
  readonly kind: DriveKind;
  readonly settings: Settings;
  readonly address: ListenAddress;
  readonly users: readonly CliUser[];
}

/** The commands that mount each share; then, last, that it is ready. */
function announce(server: Server, about: Announcement): void {
  const colours = coloursFor(process.stdout.isTTY, process.env);
  const lines = [
    ...server.shares.flatMap(({ name }) => howToMount(name, server.port, { ...about, colours })),
    ...wherePasswordsAre(about.users),
    colours.faint(about.kind.ending),
    ...server.shares.map(({ url }) => `${colours.good("ready")} ${url}`),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** The commands have the password of the first user: where to find those of the others. */
function wherePasswordsAre(users: readonly CliUser[]): readonly string[] {
  const others = users.slice(1).filter(({ isGenerated }) => isGenerated);
  if (others.length === 0) return [];
  const names = others.map(({ name }) => name).join(", ");
  return [`The passwords made for ${names} are in ${passwordFilePath(process.env)}`, ""];
}

function howToMount(
  shareName: string,
  port: number,
  about: Announcement & { readonly colours: Colours },
): readonly string[] {
  const { kind, settings, address, colours } = about;
  const user = about.users[0];
  const systems = mountCommands({
    host: reachableHost(address.host, hostname()),
    port,
    shareName,
    userName: user?.name ?? "",
    password: user?.isGenerated === true ? user.password : undefined,
    maxDialect: settings["max-dialect"],
  });
  const lines = systems.flatMap(({ system, commands }) => [
    colours.strong(system),
    ...commands.map((command) => `  ${command}`),
    "",
  ]);
  return [`To mount the ${kind.name} ${colours.strong(shareName)}:`, "", ...lines];
}
