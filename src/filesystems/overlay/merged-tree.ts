import { refuse } from "../../delegation/index.js";
import type { Caller, DirectoryEntry, SecurityByName } from "../../fs/index.js";
import { foldName, joinPath, NtStatus, parentPath, splitPath } from "../../nt/index.js";
import { entriesOf, isDirectory, isReparsePoint, type Layer, lookUp } from "./layer.js";
import { hasReserved, isReserved, whiteoutName, whiteoutPath } from "./reserved-names.js";

/** What a path leads to in all layers together. */
export interface Place {
  /** The layers that have it, the topmost first: of what is no directory, that one alone. */
  readonly layers: readonly [Layer, ...Layer[]];
  /** What it is in the topmost layer. */
  readonly security: SecurityByName;
}

/** Where a path ends that leads nowhere. */
export interface Missing {
  readonly status: NtStatus;
}

/** An entry, and the layer that it shows. */
export interface MergedEntry {
  readonly layer: Layer;
  readonly entry: DirectoryEntry;
}

/** The layers as one tree, as they are at the moment. */
export class MergedTree {
  readonly upper: Layer;
  readonly #layers: readonly [Layer, ...Layer[]];
  readonly #isCaseSensitive: boolean;
  readonly #maxUnits: number;

  constructor(
    layers: readonly [Layer, ...Layer[]],
    names: { readonly isCaseSensitive: boolean; readonly maxUnits: number },
  ) {
    this.#layers = layers;
    this.upper = layers[0];
    this.#isCaseSensitive = names.isCaseSensitive;
    this.#maxUnits = names.maxUnits;
  }

  /** What a path, or a name, is compared by. */
  fold(path: string): string {
    return this.#isCaseSensitive ? path : foldName(path);
  }

  /** The path of what hides a path. */
  whiteoutOf(path: string): string {
    return whiteoutPath(path, this.#maxUnits);
  }

  /**
   * What a path leads to. Where it goes through a reparse point, `security.reparseAt` tells, and nothing else counts.
   *
   * @param path - of a file, without a stream
   */
  async find(path: string, caller: Caller): Promise<Place | Missing> {
    if (hasReserved(path)) return missing(NtStatus.OBJECT_NAME_NOT_FOUND);
    const inUpper = await lookUp(this.upper, path, caller);
    if (inUpper !== undefined && (!isDirectory(inUpper) || inUpper.reparseAt !== undefined)) {
      return { layers: [this.upper], security: inUpper };
    }
    return this.#walk(path, caller);
  }

  /** The same; refused where it leads nowhere. */
  async must(path: string, caller: Caller): Promise<Place> {
    const found = await this.find(path, caller);
    return "layers" in found ? found : refuse(found.status);
  }

  async #walk(path: string, caller: Caller): Promise<Place | Missing> {
    const names = splitPath(path);
    let at = "\\";
    const root = await lookUp(this.upper, at, caller);
    let place: Place = {
      layers: this.#layers,
      security: root ?? refuse(NtStatus.DEVICE_NOT_READY),
    };
    for (const [i, name] of names.entries()) {
      if (isReparsePoint(place.security)) {
        return { layers: place.layers, security: { fileAttributes: 0, reparseAt: i } };
      }
      if (!isDirectory(place.security)) return missing(NtStatus.OBJECT_PATH_NOT_FOUND);
      at = joinPath(at, name);
      const next: Place | undefined = await this.#step(place.layers, at, caller);
      if (next === undefined) {
        const isLast = i === names.length - 1;
        return missing(isLast ? NtStatus.OBJECT_NAME_NOT_FOUND : NtStatus.OBJECT_PATH_NOT_FOUND);
      }
      place = next;
    }
    return place;
  }

  /** What a name leads to, of a directory that these layers have. */
  async #step(layers: readonly Layer[], path: string, caller: Caller): Promise<Place | undefined> {
    const having: Layer[] = [];
    let security: SecurityByName | undefined;
    for (const layer of layers) {
      const found = await lookUp(layer, path, caller);
      if (found !== undefined) {
        if (security !== undefined && !isDirectory(found)) break;
        security ??= found;
        having.push(layer);
        if (!isDirectory(found)) break;
      }
      if (layer === this.upper && layers.length > 1 && (await this.#isHidden(path, caller))) break;
    }
    const [first, ...others] = having;
    return first && security && { layers: [first, ...others], security };
  }

  async #isHidden(path: string, caller: Caller): Promise<boolean> {
    return (await lookUp(this.upper, this.whiteoutOf(path), caller)) !== undefined;
  }

  /** Whether the lower layers have something by a path that would show if the upper layer had nothing there. */
  async shinesThrough(path: string, caller: Caller): Promise<boolean> {
    const directory = await this.find(parentPath(path), caller);
    if (!("layers" in directory)) return false;
    const lowers = directory.layers.filter((layer) => layer !== this.upper);
    if (lowers.length === 0 || (await this.#isHidden(path, caller))) return false;
    return (await this.#step(lowers, path, caller)) !== undefined;
  }

  /**
   * The entries of a directory: those of the upper layer first, then of each layer below what is not hidden. Names
   * that were told are remembered as long as there is a layer below that may have them, too.
   */
  async *list(path: string, caller: Caller): AsyncGenerator<MergedEntry> {
    const place = await this.find(path, caller);
    if (!("layers" in place) || !isDirectory(place.security)) return;
    const told = new Set<string>();
    const hidden = new Set<string>();
    for (const layer of place.layers) {
      const isLast = layer === place.layers.at(-1);
      for await (const entry of entriesOf(layer, path, caller)) {
        const key = this.fold(entry.name);
        if (isReserved(entry.name)) {
          if (layer === this.upper) hidden.add(key);
          continue;
        }
        if (told.has(key) || this.#hides(hidden, entry.name, layer)) continue;
        if (!isLast) told.add(key);
        yield { layer, entry };
      }
    }
  }

  #hides(hidden: ReadonlySet<string>, name: string, layer: Layer): boolean {
    if (layer === this.upper || hidden.size === 0) return false;
    return hidden.has(this.fold(whiteoutName(name, this.#maxUnits)));
  }

  /** Whether clients see nothing in a directory. */
  async isEmpty(path: string, caller: Caller): Promise<boolean> {
    for await (const _entry of this.list(path, caller)) return false;
    return true;
  }
}

function missing(status: NtStatus): Missing {
  return { status };
}
