/**
 * Names in the host's directories, which are bytes, and names for the kernel, which are UTF-16.
 *
 * What is illegal on Windows is mapped by `windowsNameOf`. A lone surrogate is kept as the three bytes that UTF-8
 * would have for it, and a byte that is no UTF-8 is shown as U+F000 and its value.
 *
 * @packageDocumentation
 */
import { NtStatus, posixNameOf, windowsNameOf } from "../../nt/index.js";
import { refuse } from "./refusal.js";

/** A single name: text, or bytes where there is no text that is these bytes in UTF-8. */
export type HostName = string | Buffer;

/** A path that Node takes. */
export type HostPath = string | Buffer;

const LONE_SURROGATE = /\p{Surrogate}/u;
const ILLEGAL_ON_HOST = /[/\0]/;

/**
 * The host's name for one of the kernel's: exactly one step down, whatever the name.
 *
 * @throws NtError OBJECT_NAME_INVALID
 */
export function hostNameOf(windowsName: string): HostName {
  const name = posixNameOf(windowsName);
  if (name === "" || name === "." || name === ".." || ILLEGAL_ON_HOST.test(name)) {
    refuse(NtStatus.OBJECT_NAME_INVALID);
  }
  return hostNameOfText(name);
}

/** A name as it is, with no character in the place of another. */
export function hostNameOfText(name: string): HostName {
  return LONE_SURROGATE.test(name) ? bytesOfText(name) : name;
}

/** What {@link hostNameOfText} was given. */
export function textOfHost(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  return text.includes("\ufffd") ? textOfBytes(bytes) : text;
}

/** The kernel's name for one of the host's. */
export function windowsNameOfHost(bytes: Buffer): string {
  return windowsNameOf(textOfHost(bytes));
}

/** The host's name as it stands in a directory: text, where it is text. */
export function hostNameOfBytes(bytes: Buffer): HostName {
  const text = bytes.toString("utf8");
  return text.includes("\ufffd") ? bytes : text;
}

/** Whether a name may stand for bytes that are no text, so that only a look at all names tells. */
export function mayStandForBytes(windowsName: string): boolean {
  return /[\uf001-\uf0ff\ud800-\udfff]/.test(windowsName);
}

/** The bytes of a name, one to a character. */
export function latin1Of(name: HostName): string {
  return (typeof name === "string" ? Buffer.from(name) : name).toString("latin1");
}

/** The path of a name in a directory that is open. It is walked by the host from the very directory. */
export function pathIn(directoryFd: number, name: HostName): HostPath {
  const directory = `/proc/self/fd/${directoryFd}/`;
  return typeof name === "string"
    ? directory + name
    : Buffer.concat([Buffer.from(directory), name]);
}

/** The path of what is open: the host goes to that very file, whatever has become of its name. */
export function pathOfOpen(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

/** UTF-8, with a lone surrogate as any other character of its size. */
function bytesOfText(text: string): Buffer {
  const parts: Buffer[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    parts.push(isSurrogate(code) ? threeBytes(code) : Buffer.from(character));
  }
  return Buffer.concat(parts);
}

function isSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdfff;
}

function threeBytes(code: number): Buffer {
  return Buffer.from([0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]);
}

const BYTES_AREA = 0xf000;
const LONGEST_CHARACTER = 4;

function textOfBytes(bytes: Buffer): string {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const { character, length } = characterAt(bytes, at);
    text += character;
    at += length;
  }
  return text;
}

function characterAt(bytes: Buffer, at: number): { character: string; length: number } {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return { character: String.fromCharCode(first), length: 1 };
  for (let length = 2; length <= LONGEST_CHARACTER && at + length <= bytes.length; length++) {
    const character = bytes.toString("utf8", at, at + length);
    if (!character.includes("\ufffd")) return { character, length };
  }
  const replacement = bytes.subarray(at, at + 3);
  if (replacement.equals(Buffer.from("\ufffd"))) return { character: "\ufffd", length: 3 };
  const [, second = 0, third = 0] = replacement;
  if (first === 0xed && second >= 0xa0 && second < 0xc0 && third >= 0x80 && third < 0xc0) {
    const code = 0xd000 | ((second & 0x3f) << 6) | (third & 0x3f);
    return { character: String.fromCharCode(code), length: 3 };
  }
  return { character: String.fromCharCode(BYTES_AREA + first), length: 1 };
}
