/** A value, or a sentence that says what was wrong and what to do. */
export type Outcome<T> = Success<T> | Problem;

export interface Success<T> {
  readonly ok: true;
  readonly value: T;
}

export interface Problem {
  readonly ok: false;
  /** Without a full stop; a person reads it after `anymount: `. */
  readonly problem: string;
}

export function success<T>(value: T): Success<T> {
  return { ok: true, value };
}

export function problem(sentence: string): Problem {
  return { ok: false, problem: sentence };
}
