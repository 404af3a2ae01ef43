import { errnoOfStatus, NtStatus } from "../../nt/index.js";

const RIGHTS = "a descriptor may do what it was opened for, and programs ask for no single rights";
const AT_ONCE = "by POSIX rules a name goes at once, and is never only about to go";

/** Cases that programs on a mount can say, and that POSIX has rules of its own for: which. */
export const POSIX_RULES: Readonly<Record<string, string>> = {
  "a name may have 255 units, in any script, and no more":
    "by POSIX rules a name that is too long is ENAMETOOLONG, and is counted in bytes",
  "a name is found in any case, and told as it was made":
    "by POSIX rules the name of an open file is told as it was asked for",
  "who may not write or read is refused, and who may only append does": RIGHTS,
  "what was written is flushed, and there for everybody": RIGHTS,
  "who may not read attributes is not told of them": RIGHTS,
  "a file is no directory, so it has no list": "by POSIX rules listing a file is ENOTDIR",
  "while a file is to go nobody opens it, and who has it open goes on": AT_ONCE,
  "what was to go stays when that is taken back": AT_ONCE,
  "in a directory that is to go nothing is made": AT_ONCE,
  "a file whose one name is to go is opened by its other": AT_ONCE,
  "by POSIX rules a name goes with the open that deleted it, and others go on without": AT_ONCE,
  "nothing is renamed while something below it, or its new name, is open":
    "by POSIX rules what is open is renamed",
  "by POSIX rules a directory is renamed with what is open in it":
    "by POSIX rules what is open is renamed",
  "by POSIX rules a directory takes the place of an empty one, and no file does":
    "by POSIX rules a file in the place of a directory is EISDIR",
  "the root is not renamed": "the root is a mount, and renaming it is EXDEV or EBUSY",
};

/** Why a case that has failed cannot be told by programs: it asks for one of two outcomes that are one errno to them. */
export function toldAlike(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("actual" in error) || !("expected" in error)) return undefined;
  const { actual, expected } = error;
  const statuses: Readonly<Record<string, NtStatus>> = NtStatus;
  const [one, other] = [statuses[String(actual)], statuses[String(expected)]];
  if (one === undefined || other === undefined) return undefined;
  if (errnoOfStatus(one) !== errnoOfStatus(other)) return undefined;
  return `programs on Linux have one error for ${String(expected)} and ${String(actual)}`;
}
