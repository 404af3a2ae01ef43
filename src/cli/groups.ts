/**
 * Who is in which group.
 *
 * @packageDocumentation
 */
import { MAX_USER_NAME_UNITS } from "./limits.js";
import { type Outcome, problem, success } from "./outcome.js";
import { isUserName } from "./users.js";

/** A group as given on the command line: `NAME=USER,USER`. */
export interface GroupArgument {
  readonly name: string;
  readonly members: readonly string[];
}

/** `NAME=USER[,USER...]` */
export function parseGroup(text: string): Outcome<GroupArgument> {
  const [name = "", list, ...rest] = text.split("=");
  if (list === undefined || rest.length > 0) {
    return problem(`"${text}" is no group: give NAME=USER,USER, such as staff=anna,ben`);
  }
  const members = list.split(",");
  const bad = [name, ...members].find((each) => !isUserName(each));
  if (bad !== undefined) {
    return problem(
      `"${bad}" is no name of a group or user: give 1 to ${MAX_USER_NAME_UNITS} characters, none of them " / \\ [ ] : ; | = , + * ? < > @ %`,
    );
  }
  return success({ name, members });
}

/** What is wrong with the groups, as a sentence: only users can be in one. */
export function checkGroups(
  groups: readonly GroupArgument[],
  users: readonly { readonly name: string }[],
): string | undefined {
  for (const { name, members } of groups) {
    const stranger = members.find((member) => !users.some((user) => isSame(user.name, member)));
    if (stranger !== undefined) {
      return `the group ${name} has ${stranger} in it, who is no user: add --user ${stranger}`;
    }
  }
  return undefined;
}

/** The names of the groups that a user is in. */
export function groupsOf(userName: string, groups: readonly GroupArgument[]): readonly string[] {
  return groups
    .filter(({ members }) => members.some((member) => isSame(member, userName)))
    .map(({ name }) => name);
}

function isSame(a: string, b: string): boolean {
  return a.toUpperCase() === b.toUpperCase();
}
