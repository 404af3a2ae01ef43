import type { FileSystem } from "../../fs/index.js";
import type { MountStage, Stage, WireStage } from "./stage.js";
import { Subject } from "./subject.js";

/** An operation that a file system may leave out. */
export type OptionalOperation = {
  [Name in keyof FileSystem]-?: undefined extends FileSystem[Name] ? Name : never;
}[keyof FileSystem];

/** What a case needs of a file system: an operation, or names that are the same in any case. */
export type Need = Exclude<OptionalOperation, "volumeParams"> | "caseInsensitiveNames";

interface CaseFacts {
  /** A sentence about behaviour; no two cases have the same. */
  readonly name: string;
  /** Where the rule is written; a test of WinFsp's by its name, as in `winfsp-tests delete_test`. */
  readonly source: string;
  /** A file system that has not all of it is not asked. */
  readonly needs: readonly Need[];
}

/** What the operations of a file system must do, called by nobody but the case. */
export interface ContractCase extends CaseFacts {
  readonly level: "contract";
  /** Throws where the file system, which is empty at first, does not do it. */
  run(fileSystem: FileSystem): Promise<void>;
}

/** What clients must see of a volume, whatever they reach it by. */
export interface DriveCase extends CaseFacts {
  readonly level: "drive";
  run(stage: Stage): Promise<void>;
}

/** What clients must see on the wire of SMB. */
export interface WireCase extends CaseFacts {
  readonly level: "wire";
  run(stage: WireStage): Promise<void>;
}

/** What programs must see of a mount, by POSIX rules. */
export interface MountCase extends CaseFacts {
  readonly level: "mount";
  run(stage: MountStage): Promise<void>;
}

/** Something that every file system must do, or that a host must do with it. */
export type Case = ContractCase | DriveCase | WireCase | MountCase;

/** Without these there is nothing to try anything on. */
const BASIC_NEEDS: readonly Need[] = ["create", "cleanup", "read", "write"];

/** A case on the operations of a file system. */
export function contractCase(
  name: string,
  source: string,
  run: (volume: Subject) => Promise<void>,
  needs: readonly Need[] = [],
): ContractCase {
  const all = [...BASIC_NEEDS, ...needs];
  return { level: "contract", name, source, needs: all, run: (fs) => run(new Subject(fs)) };
}

/** A case on what clients see. */
export function driveCase(
  name: string,
  source: string,
  run: (stage: Stage) => Promise<void>,
  needs: readonly Need[] = [],
): DriveCase {
  return { level: "drive", name, source, needs: [...BASIC_NEEDS, ...needs], run };
}

/** A case on what SMB clients see. */
export function wireCase(
  name: string,
  source: string,
  run: (stage: WireStage) => Promise<void>,
  needs: readonly Need[] = [],
): WireCase {
  return { level: "wire", name, source, needs: [...BASIC_NEEDS, ...needs], run };
}

/** A case on what programs see of a mount. */
export function mountCase(
  name: string,
  source: string,
  run: (stage: MountStage) => Promise<void>,
  needs: readonly Need[] = [],
): MountCase {
  return { level: "mount", name, source, needs: [...BASIC_NEEDS, ...needs], run };
}

/** The same cases, for file systems that have more. */
export function needing<C extends Case>(needs: readonly Need[], some: readonly C[]): readonly C[] {
  return some.map((each) => ({ ...each, needs: [...each.needs, ...needs] }));
}

/** Why a file system is not asked; undefined where it has what the case needs. */
export function reasonToSkip({ needs }: Case, fileSystem: FileSystem): string | undefined {
  for (const need of needs) {
    if (need === "caseInsensitiveNames") {
      if (fileSystem.volumeParams?.isCaseSensitive === true) {
        return "names that differ in case name different files";
      }
    } else if (fileSystem[need] === undefined) {
      return `the file system has no ${need}`;
    }
  }
  return undefined;
}
