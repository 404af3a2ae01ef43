import type { LeaseName, OplockName } from "../conformance/index.js";
import type { ModelFile, StatusName } from "./volume-model.js";

/** What is kept, as letters: R for what was read, W for what is written, H for the handle. */
export type Letters = "" | "R" | "RH" | "RW" | "RWH";

const OPLOCKS: Readonly<Record<OplockName, Letters>> = {
  none: "",
  II: "R",
  exclusive: "RW",
  batch: "RWH",
};

/** Somebody was told what it may still keep. */
export interface Told {
  readonly keeping: Keeping;
  readonly from: Letters;
  readonly to: Letters;
  readonly needsAcknowledgment: boolean;
}

/** What a client keeps to itself of a file: by an oplock of one open, or by a lease of several. */
export class Keeping {
  readonly client: number;
  readonly file: ModelFile;
  /** The client's name for its lease; undefined: an oplock. */
  readonly key: number | undefined;
  letters: Letters;
  /** What it may keep at most, as long as it has not said so. */
  asked: Letters | undefined;
  /** What will be left when it has been asked for everything that it is to let go. */
  #goal: Letters = "";
  readonly #tell: (told: Told) => void;

  constructor(
    whose: { readonly client: number; readonly file: ModelFile; readonly key: number | undefined },
    letters: Letters,
    tell: (told: Told) => void,
  ) {
    this.client = whose.client;
    this.file = whose.file;
    this.key = whose.key;
    this.letters = letters;
    this.#tell = tell;
  }

  get isLease(): boolean {
    return this.key !== undefined;
  }

  keeps(letter: "R" | "W" | "H"): boolean {
    return this.letters.includes(letter);
  }

  /** It is to let go of these. Who is asked already hears of the rest when it has answered. */
  lose(lost: string): void {
    if (this.asked !== undefined) {
      this.#goal = this.#without(this.#goal, lost);
      return;
    }
    const left = this.#without(this.letters, lost);
    if (left === this.letters) return;
    this.#goal = left;
    this.#ask(left);
  }

  /** Nothing is kept without reads; and of an oplock what is left is level II. [MS-FSA] 2.1.4.12 */
  #without(letters: Letters, lost: string): Letters {
    const left = only(letters, (letter) => !lost.includes(letter));
    if (!left.startsWith("R")) return "";
    return this.isLease || left === letters ? left : "R";
  }

  /** Who keeps nothing but reads has lost them at once; others must say that they let go. */
  #ask(to: Letters): void {
    const from = this.letters;
    const needsAcknowledgment = this.keeps("W") || (this.isLease && this.keeps("H"));
    if (needsAcknowledgment) this.asked = to;
    else this.letters = to;
    this.#tell({ keeping: this, from, to, needsAcknowledgment });
  }

  acknowledgeOplock(name: OplockName): StatusName {
    const kept = OPLOCKS[name];
    if (this.asked === undefined) return "INVALID_OPLOCK_PROTOCOL";
    if (kept.length > this.asked.length) {
      this.giveUp();
      return "INVALID_OPLOCK_PROTOCOL";
    }
    this.#keep(kept);
    return "SUCCESS";
  }

  acknowledgeLease(name: LeaseName): StatusName {
    const kept = lettersOfLease(name);
    if (this.asked === undefined) return "UNSUCCESSFUL";
    if (!isWithin(kept, this.asked)) return "REQUEST_NOT_ACCEPTED";
    this.#keep(kept);
    return "SUCCESS";
  }

  /** Where more is to go it is asked again: who is to lose everything first for the handle, then for the reads. */
  #keep(kept: Letters): void {
    this.letters = kept;
    this.asked = undefined;
    const goal = only(kept, (letter) => this.#goal.includes(letter));
    if (goal !== kept) this.#ask(goal === "" && kept.includes("H") ? "R" : goal);
  }

  /** Its time is up. */
  giveUp(): void {
    this.letters = "";
    this.asked = undefined;
  }
}

/** Whether a client that may keep the one may keep the other. */
export function isWithin(some: Letters, all: Letters): boolean {
  return only(some, (letter) => all.includes(letter)) === some;
}

/** Those of the letters that are so. */
function only(letters: Letters, isSo: (letter: string) => boolean): Letters {
  return letters.split("").filter(isSo).join("") as Letters;
}

export function lettersOfOplock(name: OplockName): Letters {
  return OPLOCKS[name];
}

export function lettersOfLease(name: LeaseName): Letters {
  return name === "none" ? "" : name;
}

/** As a lease is called. */
export function leaseOf(letters: Letters): LeaseName {
  return letters === "" ? "none" : letters;
}

/** As an oplock is called. */
export function oplockOf(letters: Letters): OplockName {
  for (const name of ["II", "exclusive", "batch"] as const) {
    if (OPLOCKS[name] === letters) return name;
  }
  return "none";
}
