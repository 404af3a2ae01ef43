/**
 * Who may connect: the users given, or one that we make.
 *
 * @packageDocumentation
 */
import { MAX_PASSWORD_UNITS, MAX_USER_NAME_UNITS } from "./limits.js";
import { type Outcome, problem, success } from "./outcome.js";
import { keptPasswords } from "./password-file.js";

/** A user as given on the command line: `NAME` or `NAME:PASSWORD`. */
export interface UserArgument {
  readonly name: string;
  readonly password: string | undefined;
}

/** A user of the server. */
export interface CliUser {
  readonly name: string;
  readonly password: string;
  /** We made the password, so we have to tell it; one that a person gave is not shown. */
  readonly isGenerated: boolean;
}

/** Who may connect when nobody is named. */
export const DEFAULT_USER: UserArgument = { name: "anymount", password: undefined };

/** What Windows takes in no user name, what separates names from passwords here and in clients. */
const FORBIDDEN_IN_NAMES = /["/\\[\]:;|=,+*?<>@%\p{Cc}]/u;

/** `NAME` or `NAME:PASSWORD`; the password may have colons. */
export function parseUser(text: string): Outcome<UserArgument> {
  const colon = text.indexOf(":");
  const name = colon === -1 ? text : text.slice(0, colon);
  const password = colon === -1 ? undefined : text.slice(colon + 1);
  // Neither sentence repeats the text: there may be a password in it.
  if (!isUserName(name)) {
    return problem(
      `a user name has 1 to ${MAX_USER_NAME_UNITS} characters, none of them " / \\ [ ] : ; | = , + * ? < > @ %`,
    );
  }
  if (password !== undefined && !isPassword(password)) return badPassword();
  return success({ name, password });
}

/** The users with their passwords: those given, else `ANYMOUNT_PASSWORD`, else kept or made now. */
export async function resolveUsers(
  given: readonly UserArgument[],
  { passwordFile, commonPassword }: { passwordFile: string; commonPassword: string | undefined },
): Promise<Outcome<readonly CliUser[]>> {
  if (commonPassword !== undefined && !isPassword(commonPassword)) {
    return problem(`ANYMOUNT_PASSWORD: ${badPassword().problem}`);
  }
  const users = (given.length > 0 ? given : [DEFAULT_USER]).map(({ name, password }) => ({
    name,
    password: password ?? commonPassword,
  }));
  const withoutPassword = users.filter(({ password }) => password === undefined);
  if (withoutPassword.length === 0) return success(users.map((user) => withPassword(user)));

  const kept = await keptPasswords(
    passwordFile,
    withoutPassword.map(({ name }) => name),
  );
  if (!kept.ok) return kept;
  return success(users.map((user) => withPassword(user, kept.value.get(user.name))));
}

function withPassword({ name, password }: UserArgument, kept = ""): CliUser {
  return { name, password: password ?? kept, isGenerated: password === undefined };
}

export function isUserName(name: string): boolean {
  const isLengthRight = name.length > 0 && name.length <= MAX_USER_NAME_UNITS;
  return isLengthRight && name.trim() === name && !FORBIDDEN_IN_NAMES.test(name);
}

function isPassword(password: string): boolean {
  return password.length > 0 && password.length <= MAX_PASSWORD_UNITS;
}

function badPassword() {
  return problem(`a password has 1 to ${MAX_PASSWORD_UNITS} characters`);
}
