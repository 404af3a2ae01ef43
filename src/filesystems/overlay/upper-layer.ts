import { callPart, PartIds, refuse } from "../../delegation/index.js";
import type { Caller, CreateParams, FileSystem, Opened } from "../../fs/index.js";
import {
  FILE_ALL_ACCESS,
  FILE_ATTRIBUTE_HIDDEN,
  joinPath,
  lastName,
  NtStatus,
  parentPath,
  statusOf,
} from "../../nt/index.js";
import { basicInfoOf, copyFile } from "./copy-file.js";
import { KeptIds } from "./kept-ids.js";
import { entriesOf, isDirectory, type Layer, LOOKING } from "./layer.js";
import { MAX_RENAME_BYTES, MAX_RENAME_ENTRIES } from "./limits.js";
import type { MergedTree, Place } from "./merged-tree.js";
import type { OpenFiles, OverlayFile, OverlayNode } from "./open-files.js";
import { isReserved, temporaryPath } from "./reserved-names.js";

/**
 * What is done to the upper layer so that something can be changed there. Everything in here is done by one caller at a
 * time, and in such an order that what clients see is right after each step: what ends in between leaves at most a name that is
 * reserved.
 */
export class UpperLayer {
  readonly fileSystem: FileSystem;
  readonly ids = new PartIds();
  readonly kept = new KeptIds();
  readonly #layer: Layer;
  readonly #tree: MergedTree;
  readonly #open: OpenFiles;
  #copies = 0;

  constructor(fileSystem: FileSystem, tree: MergedTree, open: OpenFiles) {
    this.fileSystem = fileSystem;
    this.#layer = tree.upper;
    this.#tree = tree;
    this.#open = open;
  }

  /** The id in the overlay of a file in a layer. */
  idOf({ index }: Layer, idInLayer: bigint): bigint {
    const kept = index === 0 ? this.kept.idOf(idInLayer) : undefined;
    return kept ?? this.ids.idOf(index, idInLayer);
  }

  /**
   * Makes sure that a file that is open can be changed: it, and all its opens, are in the upper layer from then on.
   *
   * @param hasData - false where its data is about to be replaced
   * @throws NtError FILE_DELETED where it has no name any more
   */
  async copyUpOpen(node: OverlayNode, caller: Caller, hasData = true): Promise<void> {
    if (node.isUpper) return;
    if (node.path === undefined) refuse(NtStatus.FILE_DELETED);
    await this.copyUp(node.path, await this.#tree.must(node.path, caller), caller, hasData);
    await this.#moveOpens(node.id);
  }

  /** Makes sure that what a path leads to is in the upper layer. */
  async copyUp(path: string, place: Place, caller: Caller, hasData = true): Promise<void> {
    const [from] = place.layers;
    if (from === this.#layer) return;
    await this.makeDirectory(parentPath(path), caller);
    const source = await from.fileSystem.open(path, LOOKING, caller);
    try {
      const descriptor = place.security.securityDescriptor;
      const stored = joinPath(parentPath(path), lastName(source.normalizedPath ?? path));
      await this.#keepingTimes(parentPath(path), caller, () =>
        this.#copy({ from, path: stored, source, descriptor, caller, hasData }),
      );
    } finally {
      await from.fileSystem.close?.(source.file);
    }
  }

  /** Copies to a name that nobody sees, and then gives the copy its own, in one step. */
  async #copy(what: {
    readonly from: Layer;
    readonly path: string;
    readonly source: Opened<unknown>;
    readonly descriptor: Uint8Array | undefined;
    readonly caller: Caller;
    readonly hasData: boolean;
  }): Promise<void> {
    const { from, path, source, caller } = what;
    const { fileSystem: upper } = this;
    const target = temporaryPath(path, `${Date.now().toString(36)}-${++this.#copies}`);
    const copy = await copyFile({ ...what, upper, target }, source);
    try {
      const params = { newPath: path, replaceIfExists: false, isPosix: false };
      await callPart(upper, "rename", copy.file, target, params, caller);
      const id = this.idOf(from, source.info.fileId);
      this.kept.keep(copy.info.fileId, id);
      if (source.info.hardLinks > 1) await this.#copyLinks(what, copy.file);
      const { changeTicks } = copy.info; // a new name moves it
      await upper.setBasicInfo?.(copy.file, { ...NOTHING_TO_SET, changeTicks }, caller);
      await this.#moveOpens(id);
      if (this.#open.find(id) === undefined) this.kept.forgetUnlessRoom(id);
    } finally {
      await upper.close?.(copy.file);
    }
  }

  /** The other names of a file lead to its copy, too, as far as they show. */
  async #copyLinks(
    what: {
      readonly from: Layer;
      readonly path: string;
      readonly source: Opened<unknown>;
      readonly caller: Caller;
    },
    copy: unknown,
  ): Promise<void> {
    const { from, path, source, caller } = what;
    const { fileSystem: upper } = this;
    for (const name of await namesOf(from, source.file, caller)) {
      if (this.#tree.fold(name) === this.#tree.fold(path)) continue;
      const place = await this.#tree.find(name, caller);
      if (!("layers" in place) || place.layers[0] !== from) continue; // hidden, or another file by now
      await this.makeDirectory(parentPath(name), caller);
      await this.#keepingTimes(parentPath(name), caller, async () => {
        await upper.link?.(copy, name, false, caller);
      });
    }
  }

  /** Opens of what was copied go over to the copy, all in one turn; also those that come meanwhile. */
  async #moveOpens(id: bigint): Promise<void> {
    const node = this.#open.find(id);
    if (node === undefined || node.isUpper) return;
    const copies = new Map<OverlayFile, unknown>();
    const isLeft = (file: OverlayFile) => file.at.layer !== this.#layer && !copies.has(file);
    try {
      for (let left = [...node.files].filter(isLeft); left.length > 0; ) {
        for (const file of left) {
          const path = file.stream === undefined ? node.path : `${node.path}:${file.stream}`;
          const opened = await this.fileSystem.open(path ?? "", file.params, file.caller);
          copies.set(file, opened.file);
        }
        left = [...node.files].filter(isLeft);
      }
    } catch (error) {
      for (const copy of copies.values()) await this.fileSystem.close?.(copy);
      throw error;
    }
    for (const [file, copy] of copies) file.moveTo({ layer: this.#layer, file: copy });
    node.isUpper = true;
    for (const file of copies.keys()) {
      if (!node.files.has(file)) await this.fileSystem.close?.(file.at.file); // closed meanwhile
    }
  }

  /** Makes sure that a directory, and all on the way to it, are in the upper layer. */
  async makeDirectory(path: string, caller: Caller): Promise<void> {
    const place = await this.#tree.find(path, caller);
    if (!("layers" in place)) refuse(NtStatus.OBJECT_PATH_NOT_FOUND);
    await this.copyUp(path, place, caller);
  }

  /**
   * Makes sure that a directory and all that shows in it are in the upper layer, so that it can be renamed.
   *
   * @throws NtError NOT_SAME_DEVICE where that is too much; then nothing was copied
   */
  async copyUpAll(path: string, place: Place, caller: Caller): Promise<void> {
    await this.#measure(path, place, caller, { entries: 0, bytes: 0 });
    await this.#copyUpBelow(path, place, caller);
  }

  async #measure(
    path: string,
    place: Place,
    caller: Caller,
    sum: { entries: number; bytes: number },
  ): Promise<void> {
    if (place.layers.length === 1 && place.layers[0] === this.#layer) return;
    for await (const { layer, entry } of this.#tree.list(path, caller)) {
      if (layer !== this.#layer) {
        sum.entries++;
        sum.bytes += entry.info.fileSize;
      }
      const isTooMuch = sum.entries > MAX_RENAME_ENTRIES || sum.bytes > MAX_RENAME_BYTES;
      if (isTooMuch) refuse(NtStatus.NOT_SAME_DEVICE);
      if (!isDirectory(entry.info)) continue;
      const below = joinPath(path, entry.name);
      await this.#measure(below, await this.#tree.must(below, caller), caller, sum);
    }
  }

  async #copyUpBelow(path: string, place: Place, caller: Caller): Promise<void> {
    await this.copyUp(path, place, caller);
    const isWhole = place.layers.length === 1 && place.layers[0] === this.#layer;
    if (isWhole || !isDirectory(place.security)) return;
    const names: string[] = [];
    for await (const { entry } of this.#tree.list(path, caller)) names.push(entry.name);
    for (const name of names) {
      const below = joinPath(path, name);
      await this.#copyUpBelow(below, await this.#tree.must(below, caller), caller);
    }
  }

  /** Hides what the lower layers have by a path, if they have something there. */
  async hide(path: string, caller: Caller): Promise<void> {
    if (!(await this.#tree.shinesThrough(path, caller))) return;
    await this.makeDirectory(parentPath(path), caller);
    try {
      const made = await callPart(
        this.fileSystem,
        "create",
        this.#tree.whiteoutOf(path),
        WHITEOUT,
        caller,
      );
      await this.fileSystem.close?.(made.file);
    } catch (error) {
      if (statusOf(error) !== NtStatus.OBJECT_NAME_COLLISION) throw error;
    }
  }

  /**
   * Makes a directory in which clients see nothing be really empty in the upper layer, and hides what the lower
   * layers have there for good.
   */
  async empty(path: string, caller: Caller): Promise<void> {
    await this.hide(path, caller);
    const place = await this.#tree.find(path, caller);
    if (!("layers" in place) || place.layers[0] !== this.#layer) return;
    const reserved: string[] = [];
    for await (const { name } of entriesOf(this.#layer, path, caller)) {
      if (isReserved(name)) reserved.push(joinPath(path, name));
    }
    for (const name of reserved) {
      const { file } = await this.fileSystem.open(name, LOOKING, caller);
      const params = { isDelete: true, isAllocationReset: false };
      await this.fileSystem.cleanup?.(file, name, params, caller);
      await this.fileSystem.close?.(file);
    }
  }

  /** What is done in a directory does not show in its times. */
  async #keepingTimes(path: string, caller: Caller, run: () => Promise<void>): Promise<void> {
    const { file, info } = await this.fileSystem.open(path, LOOKING, caller);
    try {
      await run();
      await this.fileSystem.setBasicInfo?.(file, basicInfoOf(info), caller);
    } finally {
      await this.fileSystem.close?.(file);
    }
  }
}

const NOTHING_TO_SET = {
  fileAttributes: undefined,
  creationTicks: undefined,
  lastAccessTicks: undefined,
  lastWriteTicks: undefined,
  changeTicks: undefined,
};

const WHITEOUT: CreateParams = {
  isDirectory: false,
  createOptions: 0,
  grantedAccess: FILE_ALL_ACCESS,
  fileAttributes: FILE_ATTRIBUTE_HIDDEN,
  securityDescriptor: undefined,
  allocationSize: 0,
  extendedAttributes: undefined,
};

/** All paths of a file in a layer that tells; none where it does not. */
async function namesOf(layer: Layer, file: unknown, caller: Caller): Promise<string[]> {
  const { fileSystem } = layer;
  const paths: string[] = [];
  for (const { directoryFileId, name } of (await fileSystem.getLinks?.(file, caller)) ?? []) {
    const directory = await fileSystem.openByFileId?.(directoryFileId, LOOKING, caller);
    if (directory === undefined) continue;
    await fileSystem.close?.(directory.file);
    if (directory.normalizedPath !== undefined)
      paths.push(joinPath(directory.normalizedPath, name));
  }
  return paths;
}
