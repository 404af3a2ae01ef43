import type { Opened, RenameParams } from "../fs/index.js";
import type { FileSystemOperation } from "./operations.js";

/** A path, and how many opens of its file there are. */
interface OpenPath {
  path: string;
  openCount: number;
}

/**
 * The paths of the files that are open, by what the file system knows each by: a log that tells of a
 * read should tell of what. As many as there are opens.
 */
export class OpenPaths {
  readonly #paths = new Map<unknown, OpenPath>();

  /** Whether an operation opens, closes or renames. */
  static isChangedBy(operation: FileSystemOperation): boolean {
    return NOTES[operation] !== undefined;
  }

  /** The path a file was opened by, or renamed to; undefined of one that is not open. */
  of(file: unknown): string | undefined {
    return this.#paths.get(file)?.path;
  }

  /** An operation was done. */
  note(operation: FileSystemOperation, args: readonly unknown[], answer: unknown): void {
    NOTES[operation]?.(this, args, answer);
  }

  /** One more open, by its stored path where the file system tells. */
  opened({ file, normalizedPath }: Opened<unknown>, asked: string): void {
    const path = normalizedPath ?? asked;
    const known = this.#paths.get(file);
    if (known === undefined) {
      this.#paths.set(file, { path, openCount: 1 });
    } else {
      known.path = path;
      known.openCount++;
    }
  }

  /** One open fewer. */
  closed(file: unknown): void {
    const known = this.#paths.get(file);
    if (known === undefined) return;
    known.openCount--;
    if (known.openCount === 0) this.#paths.delete(file);
  }

  renamed(file: unknown, newPath: string): void {
    const known = this.#paths.get(file);
    if (known !== undefined) known.path = newPath;
  }
}

type Note = (paths: OpenPaths, args: readonly unknown[], answer: unknown) => void;

function noteOpened(paths: OpenPaths, [path]: readonly unknown[], answer: unknown): void {
  paths.opened(answer as Opened<unknown>, path as string);
}

/** What those operations that matter are given and answer is what the contract says. */
const NOTES: Readonly<Partial<Record<FileSystemOperation, Note>>> = {
  open: noteOpened,
  create: noteOpened,
  openByFileId: (paths, [fileId], answer) => {
    paths.opened(answer as Opened<unknown>, `#${String(fileId)}`);
  },
  close: (paths, [file]) => {
    paths.closed(file);
  },
  rename: (paths, [file, , params]) => {
    paths.renamed(file, (params as RenameParams).newPath);
  },
};
