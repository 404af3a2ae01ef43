/**
 * Names of POSIX systems as Windows can show them, and back. WinFsp 4.8
 *
 * @packageDocumentation
 */

/** Where the characters that Windows has no use for go: their code, in the private use area. */
const PRIVATE_AREA = 0xf000;

const ILLEGAL_ON_WINDOWS = /[\u0001-\u001f"*:<>?|\\]/;
const ALL_ILLEGAL_ON_WINDOWS = new RegExp(ILLEGAL_ON_WINDOWS, "g");
const MAPPED = /[\uf001-\uf01f\uf022\uf02a\uf03a\uf03c\uf03e\uf03f\uf07c\uf05c]/g;

/** A single name of a POSIX system, with the characters that are illegal on Windows replaced, reversibly. */
export function windowsNameOf(posixName: string): string {
  if (!ILLEGAL_ON_WINDOWS.test(posixName)) return posixName; // a search for all costs 5 times as much
  return posixName.replace(ALL_ILLEGAL_ON_WINDOWS, (character) =>
    String.fromCharCode(PRIVATE_AREA + character.charCodeAt(0)),
  );
}

/** The POSIX system's name for what {@link windowsNameOf} gave. */
export function posixNameOf(windowsName: string): string {
  return windowsName.replace(MAPPED, (character) =>
    String.fromCharCode(character.charCodeAt(0) - PRIVATE_AREA),
  );
}
