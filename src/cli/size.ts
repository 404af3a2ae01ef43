import { type Outcome, problem, success } from "./outcome.js";

/** Bytes for each unit: powers of 1024, as disks are shown. */
const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
  T: 2 ** 40,
};

/** `4G`, `512m`, `1.5T`, `1048576`: a number of bytes above 0. */
export function parseSize(text: string): Outcome<number> {
  const [, digits, unit] = /^(\d{1,15}(?:\.\d{1,6})?)([KMGT]?)B?$/i.exec(text) ?? [];
  const bytes = Math.floor(Number(digits) * (UNITS[unit?.toUpperCase() ?? ""] ?? Number.NaN));
  if (!Number.isSafeInteger(bytes) || bytes === 0) {
    return problem(`"${text}" is no size: give bytes, or a number with K, M, G or T, such as 4G`);
  }
  return success(bytes);
}

/** What a drive may take in all: a size; or `auto`, and `0` as memefs has it: what memory is free. */
export function parseMaxSize(text: string): Outcome<number | "auto"> {
  if (/^(auto|0)$/i.test(text)) return success("auto");
  const size = parseSize(text);
  return size.ok ? size : problem(`${size.problem}, or auto for what memory is free`);
}
