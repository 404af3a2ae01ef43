/**
 * Names of entries: those in the program are held to Windows' rules when the tree is made, those that
 * functions give are made to fit.
 *
 * @packageDocumentation
 */
import { isLegalName } from "../../nt/index.js";
import { MAX_NAME_UNITS } from "./limits.js";

/** Names of devices, alone or before a dot. [MS-FSCC] 2.1.5.2 */
const DEVICE_NAME = /^(con|prn|aux|nul|com[1-9]|lpt[1-9])(?=\.|$)/i;

const ENDS_BADLY = /[. ]$/;

/** Why Windows cannot have a file of this name; undefined where it can. */
export function nameFault(name: string): string | undefined {
  if (name === "") return "is empty";
  if (name.length > MAX_NAME_UNITS) return `is longer than ${MAX_NAME_UNITS} characters`;
  if (ENDS_BADLY.test(name)) return "ends in a dot or space";
  if (!isLegalName(name, MAX_NAME_UNITS))
    return 'has one of " * / : < > ? \\ | in it, or a control character';
  if (DEVICE_NAME.test(name)) return "is the name of a device";
  return undefined;
}

/** Each character that no name may have, and the full-width form that looks like it. */
const FULL_WIDTH: ReadonlyMap<string, string> = new Map(
  Array.from('"*/:<>?\\|', (character) => [
    character,
    String.fromCharCode(character.charCodeAt(0) - 0x20 + 0xff00),
  ]),
);

/** U+2400 and on show what control characters are. */
const CONTROL_PICTURES = 0x2400;
const SPACE_PICTURE = "\u2420";
const FULL_WIDTH_DOT = "\uff0e";

/** The name that Windows can have and that looks most like this one; the same where it is one already. */
export function fittingName(name: string): string {
  if (nameFault(name) === undefined) return name;
  const shown = Array.from(name, fittingCharacter).join("").slice(0, MAX_NAME_UNITS);
  const ended = shown
    .replace(/\.$/, FULL_WIDTH_DOT)
    .replace(/ $/, SPACE_PICTURE)
    .replace(DEVICE_NAME, "$1_");
  return ended === "" ? "_" : ended;
}

function fittingCharacter(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(CONTROL_PICTURES + code);
  return FULL_WIDTH.get(character) ?? character;
}

/** A name with a number in it, before the extension: `a (2).txt`. */
export function numberedName(name: string, number: number): string {
  const dot = name.lastIndexOf(".");
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ""];
  const ending = ` (${number})${extension}`.slice(-MAX_NAME_UNITS);
  return stem.slice(0, MAX_NAME_UNITS - ending.length) + ending;
}
