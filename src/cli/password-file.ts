/**
 * The passwords that we made, kept from one start to the next in a file that only its owner can read.
 *
 * @packageDocumentation
 */
import { randomInt, randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { codeOf } from "./error-code.js";
import { MAX_PASSWORD_FILE_BYTES } from "./limits.js";
import { makeDirectories } from "./make-directories.js";
import { type Outcome, problem, success } from "./outcome.js";

/** Letters and digits that are not taken for one another; none means anything to a shell or a URL. */
const ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/** 20 of 56 characters: 116 bits. */
const GENERATED_LENGTH = 20;

/** Permissions of the owner alone. */
const OWNER_FILE = 0o600;
const OWNER_DIRECTORY = 0o700;
const OTHERS = 0o077;

/** Where the passwords of this user are kept: `%APPDATA%` or `$XDG_CONFIG_HOME`. */
export function passwordFilePath(
  environment: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
): string {
  const configured = platform === "win32" ? environment["APPDATA"] : environment["XDG_CONFIG_HOME"];
  return join(configured || join(homedir(), ".config"), "anymount", "passwords.json");
}

/** The password kept for each name; made, and kept, for a name that has none. */
export async function keptPasswords(
  path: string,
  names: readonly string[],
): Promise<Outcome<ReadonlyMap<string, string>>> {
  const read = await readPasswords(path);
  if (!read.ok) return read;
  const passwords = read.value;
  const missing = names.filter((name) => !passwords.has(name));
  if (missing.length === 0) return read;
  for (const name of missing) passwords.set(name, generatePassword());
  const written = await writePasswords(path, passwords);
  return written.ok ? read : written;
}

/** The password kept for a name, where there is one; nothing is made. */
export async function knownPassword(
  path: string,
  name: string,
): Promise<Outcome<string | undefined>> {
  const read = await readPasswords(path);
  return read.ok ? success(read.value.get(name)) : read;
}

function generatePassword(): string {
  return Array.from({ length: GENERATED_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join(
    "",
  );
}

async function readPasswords(path: string): Promise<Outcome<Map<string, string>>> {
  let text: string;
  try {
    const file = await open(path, "r");
    try {
      const { mode, size } = await file.stat();
      if (process.platform !== "win32" && (mode & OTHERS) !== 0) return readableByOthers(path);
      if (size > MAX_PASSWORD_FILE_BYTES) return damaged(path);
      text = await file.readFile("utf8");
    } finally {
      await file.close();
    }
  } catch (error) {
    if (codeOf(error) === "ENOENT") return success(new Map<string, string>());
    return problem(
      `the password file ${path} cannot be read (${codeOf(error)}): correct its permissions, or give passwords with --user NAME:PASSWORD`,
    );
  }
  const passwords = parsePasswords(text);
  return passwords === undefined ? damaged(path) : success(passwords);
}

/** `{"users": {"name": "password"}}`; undefined where the text is anything else. */
function parsePasswords(text: string): Map<string, string> | undefined {
  const root = entriesOf(parseJson(text));
  const users = entriesOf(root?.find(([key]) => key === "users")?.[1]);
  if (users === undefined) return undefined;
  const passwords = new Map<string, string>();
  for (const [name, password] of users) {
    if (typeof password !== "string" || password === "") return undefined;
    passwords.set(name, password);
  }
  return passwords;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function entriesOf(value: unknown): [string, unknown][] | undefined {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? Object.entries(value) : undefined;
}

/** All or nothing: whoever reads the file meanwhile, or after a crash, finds the old one or the new. */
async function writePasswords(
  path: string,
  passwords: ReadonlyMap<string, string>,
): Promise<Outcome<void>> {
  const text = `${JSON.stringify({ users: Object.fromEntries(passwords) }, null, 2)}\n`;
  const temporary = `${path}.${randomUUID()}`;
  try {
    await makeDirectories(dirname(path), OWNER_DIRECTORY);
    const file = await open(temporary, "wx", OWNER_FILE);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    return success(undefined);
  } catch (error) {
    await rm(temporary, { force: true });
    return problem(
      `the password file ${path} cannot be written (${codeOf(error)}): make its folder writable, or give passwords with --user NAME:PASSWORD`,
    );
  }
}

function readableByOthers(path: string): Outcome<never> {
  return problem(`the password file ${path} can be read by others: run chmod 600 ${path}`);
}

function damaged(path: string): Outcome<never> {
  return problem(
    `the password file ${path} is damaged: correct it, or remove it to have new passwords made`,
  );
}
