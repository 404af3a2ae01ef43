/**
 * Which file system a path leads to.
 *
 * @packageDocumentation
 */
import { MAX_PARTS } from "../../delegation/index.js";
import { DEFAULT_VOLUME_PARAMS, type FileSystem } from "../../fs/index.js";
import { foldName, isLegalName, joinPath, splitPath, splitStreamPath } from "../../nt/index.js";

/** One of the file systems, and where it is. */
export interface Part {
  readonly index: number;
  readonly fileSystem: FileSystem;
  /** The root, or the directory that the file system is mounted on. */
  readonly place: Place;
  readonly isReadOnly: boolean;
}

/** A directory that is there because something is mounted on it or below it. */
export interface Place {
  /** As it was given; empty for the root. */
  readonly name: string;
  /** From the root of the volume. */
  readonly path: string;
  /** By what their names are compared by. */
  readonly children: Map<string, Place>;
  /** Counted from 1, in the order in which they were given. */
  readonly serial: number;
  /** Undefined where nothing is mounted on it: only below. */
  part: Part | undefined;
}

/** What a path leads to. */
export interface Location {
  /** The file system it lies in; undefined where there is none. */
  readonly part: Part | undefined;
  /** The path in that file system, the name of a stream included. */
  readonly path: string;
  /** The place, where the path leads to one: then `part` is what is mounted on it, or what is around it. */
  readonly place: Place | undefined;
  /**
   * The path lies in a place that nothing is mounted on: that is there, also where `part` does not have it.
   */
  readonly isInBarePlace: boolean;
}

/** Every place of a volume. */
export class MountTable {
  readonly parts: readonly Part[];
  readonly root: Place;
  readonly isCaseSensitive: boolean;
  readonly places: readonly Place[];

  /**
   * @param mounts - file systems by the paths of their directories
   * @throws Error whose message says what to do
   */
  constructor(mounts: Readonly<Record<string, FileSystem>>) {
    const given = Object.entries(mounts).map(([path, fileSystem]) => ({
      names: namesOf(path),
      fileSystem,
    }));
    checkCount(given.length);
    this.isCaseSensitive = given.some(
      ({ fileSystem }) => fileSystem.volumeParams?.isCaseSensitive === true,
    );
    const places: Place[] = [];
    this.places = places;
    this.root = makePlace(places, "", "\\");
    // The root comes first whatever the order: its file ids stay as they are.
    given.sort((a, b) => Number(a.names.length > 0) - Number(b.names.length > 0));
    const isRootGiven = given[0]?.names.length === 0;
    this.parts = given.map(({ names, fileSystem }, i) =>
      this.#mount(places, names, fileSystem, isRootGiven ? i : i + 1),
    );
    if (new Set(given.map(({ fileSystem }) => fileSystem)).size < given.length) {
      throw new Error("one file system is mounted twice: make one of its own for each directory");
    }
  }

  #mount(places: Place[], names: readonly string[], fileSystem: FileSystem, index: number): Part {
    let place = this.root;
    for (const name of names) {
      const key = this.keyOf(name);
      let child = place.children.get(key);
      if (child === undefined) {
        child = makePlace(places, name, joinPath(place.path, name));
        place.children.set(key, child);
      }
      place = child;
    }
    if (place.part !== undefined) {
      throw new Error(`two file systems are mounted on ${place.path}: choose another directory`);
    }
    const isReadOnly = fileSystem.volumeParams?.isReadOnly === true;
    place.part = { index, fileSystem, place, isReadOnly };
    return place.part;
  }

  /** What a name is compared by. */
  keyOf(name: string): string {
    return this.isCaseSensitive ? name : foldName(name);
  }

  /** What a path leads to. */
  find(path: string): Location {
    const { filePath, stream } = splitStreamPath(path);
    const names = splitPath(filePath);
    let at = this.root;
    let { part } = at;
    let partDepth = 0;
    let depth = 0;
    for (const name of names) {
      const child = at.children.get(this.keyOf(name));
      if (child === undefined) break;
      at = child;
      depth++;
      if (at.part !== undefined) {
        ({ part } = at);
        partDepth = depth;
      }
    }
    const inPart = `\\${names.slice(partDepth).join("\\")}`;
    return {
      part,
      path: stream === undefined ? inPart : `${inPart}:${stream}`,
      place: stream === undefined && depth === names.length ? at : undefined,
      isInBarePlace: depth === names.length - 1 && at.part === undefined,
    };
  }

  /** The path from the root of the volume of one in a part. */
  pathOf({ place }: Part, path: string): string {
    if (place === this.root) return path;
    if (path === "\\") return place.path;
    return path.startsWith("\\:") ? place.path + path.slice(1) : place.path + path;
  }
}

function makePlace(places: Place[], name: string, path: string): Place {
  const serial = places.length + 1;
  const place = { name, path, serial, children: new Map<string, Place>(), part: undefined };
  places.push(place);
  return place;
}

function namesOf(path: string): string[] {
  const names = path.split(/[\\/]/).filter((name) => name !== "");
  for (const name of names) {
    if (!isLegalName(name, DEFAULT_VOLUME_PARAMS.maxComponentUnits)) {
      throw new Error(`nothing can be mounted on "${path}": "${name}" is no name for a directory`);
    }
  }
  return names;
}

function checkCount(count: number): void {
  if (count === 0) throw new Error("there is nothing to mount: name at least one file system");
  if (count >= MAX_PARTS) {
    throw new Error(
      `${count} file systems are too many for one volume: mount ${MAX_PARTS - 1} at most`,
    );
  }
}
