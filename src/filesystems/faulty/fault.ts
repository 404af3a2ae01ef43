import type { FileSystemOperation } from "../../delegation/index.js";
import type { NtStatus } from "../../nt/index.js";
import type { FaultyCall, RuleTest } from "./rule.js";

/** Something that goes wrong, from when it was asked for until {@link Fault.end}. */
export interface Fault {
  /** Operations that it has happened to. */
  readonly hits: number;
  /** The same, for each operation that it has happened to. */
  readonly hitsOf: ReadonlyMap<FileSystemOperation, number>;
  /** It happens to nobody any more; what it has paused goes on. */
  end(): void;
}

/** How often something goes wrong. All that is said must hold; what is left out always does. */
export interface FaultChance {
  /** So many operations that fit pass unharmed before the first is hit. */
  readonly after?: number | undefined;
  /** Of those that come then, each with this probability, 0 to 1, by the seed. */
  readonly probability?: number | undefined;
  /** So many are hit, then it is over. */
  readonly times?: number | undefined;
}

/** What is done to an operation. */
export type FaultEffect =
  | { readonly kind: "delay"; readonly ms: number }
  | { readonly kind: "pause" }
  | { readonly kind: "fail" | "failAfter"; readonly error: () => Error }
  | { readonly kind: "shorten"; readonly maxBytes: number };

/** A fault in force. */
export class ActiveFault implements Fault {
  readonly effect: FaultEffect;
  readonly #test: RuleTest;
  readonly #chance: FaultChance;
  readonly #random: () => number;
  readonly #onEnd: (fault: ActiveFault) => void;
  readonly #hitsOf = new Map<FileSystemOperation, number>();
  #seen = 0;
  #hits = 0;

  constructor(parts: {
    readonly effect: FaultEffect;
    readonly test: RuleTest;
    readonly chance: FaultChance;
    readonly random: () => number;
    readonly onEnd: (fault: ActiveFault) => void;
  }) {
    this.effect = parts.effect;
    this.#test = parts.test;
    this.#chance = parts.chance;
    this.#random = parts.random;
    this.#onEnd = parts.onEnd;
  }

  get hits(): number {
    return this.#hits;
  }

  get hitsOf(): ReadonlyMap<FileSystemOperation, number> {
    return this.#hitsOf;
  }

  end(): void {
    this.#onEnd(this);
  }

  /** Whether it happens to an operation; if so, that is counted. */
  hit(call: FaultyCall): boolean {
    const { after = 0, probability = 1, times = Number.POSITIVE_INFINITY } = this.#chance;
    if (this.#hits >= times || !this.#test(call)) return false;
    if (this.#seen++ < after) return false;
    if (probability < 1 && this.#random() >= probability) return false;
    this.#hits++;
    this.#hitsOf.set(call.operation, (this.#hitsOf.get(call.operation) ?? 0) + 1);
    return true;
  }
}

/** What is thrown where something fails: a status by its name or number, or any error at all. */
export type FaultError = keyof typeof NtStatus | NtStatus | Error;
