import { type DeviceMemory, deviceMemory } from "./fuse-device.js";
import { DEVICE_MEMORY_SIZE, MAX_SPARE_MEMORY } from "./limits.js";

/** Memory for requests and answers that outlive their turn. */
export class MemoryPool {
  readonly #spare: DeviceMemory[] = [];

  take(): DeviceMemory {
    return this.#spare.pop() ?? deviceMemory(DEVICE_MEMORY_SIZE);
  }

  giveBack(memory: DeviceMemory): void {
    if (this.#spare.length < MAX_SPARE_MEMORY) this.#spare.push(memory);
  }
}
