/** Why a file system cannot be mounted or unmounted, as a sentence that says what to do. */
export class MountError extends Error {
  override readonly name = "MountError";
  /** `EBUSY` where programs use the file system; Node's name of what went wrong where there is one. */
  readonly code: string | undefined;

  constructor(sentence: string, code?: string) {
    super(sentence);
    this.code = code;
  }
}
