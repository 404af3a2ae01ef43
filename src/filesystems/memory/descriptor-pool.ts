import { DESCRIPTOR_COST } from "./limits.js";
import type { Space } from "./space.js";

/** A security descriptor, and how many files have it. */
export interface SharedDescriptor {
  /** Self-relative. [MS-DTYP] 2.4.6 */
  readonly bytes: Uint8Array;
  readonly key: string;
  useCount: number;
}

/**
 * The security descriptors of a volume: equal ones are kept once. Most files of a directory have what it
 * hands down, and the kernel remembers by the array what it worked out.
 */
export class DescriptorPool {
  readonly #space: Space;
  readonly #descriptors = new Map<string, SharedDescriptor>();
  /** What was acquired last: what is made in one directory has all the same, and to compare it costs less than a key. */
  #last: SharedDescriptor | undefined;

  constructor(space: Space) {
    this.#space = space;
  }

  /** The shared copy of a descriptor; DISK_FULL where there is no space for it. */
  acquire(bytes: Uint8Array): SharedDescriptor {
    const last = this.#last;
    const descriptor = last !== undefined && areEqual(last.bytes, bytes) ? last : this.#find(bytes);
    descriptor.useCount++;
    this.#last = descriptor;
    return descriptor;
  }

  /** One file fewer has it. */
  release(descriptor: SharedDescriptor): void {
    descriptor.useCount--;
    if (descriptor.useCount > 0) return;
    if (this.#last === descriptor) this.#last = undefined;
    this.#descriptors.delete(descriptor.key);
    this.#space.charge(-costOf(descriptor.bytes));
  }

  #find(bytes: Uint8Array): SharedDescriptor {
    const key = keyOf(bytes);
    return this.#descriptors.get(key) ?? this.#add(key, bytes);
  }

  #add(key: string, bytes: Uint8Array): SharedDescriptor {
    this.#space.charge(costOf(bytes));
    const descriptor = { bytes: Uint8Array.from(bytes), key, useCount: 0 };
    this.#descriptors.set(key, descriptor);
    return descriptor;
  }
}

function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  const { length } = one;
  if (length !== other.length) return false;
  for (let i = 0; i < length; i++) if (one[i] !== other[i]) return false;
  return true;
}

function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** Its bytes are there twice: as themselves and as the key. */
function costOf(bytes: Uint8Array): number {
  return DESCRIPTOR_COST + 2 * bytes.length;
}
