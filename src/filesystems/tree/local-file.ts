import { type FileHandle, open, stat } from "node:fs/promises";
import type { ByteRanges } from "./content.js";

/** A file of this machine, read where it lies; opened when it is first read, closed with the last open. */
export function localFile(url: URL): ByteRanges {
  let handle: Promise<FileHandle> | undefined;
  return {
    size: async () => (await stat(url)).size,
    read: async (offset, length) => {
      handle ??= open(url, "r");
      const { buffer, bytesRead } = await (await handle).read(
        new Uint8Array(length),
        0,
        length,
        offset,
      );
      return buffer.subarray(0, bytesRead);
    },
    close: async () => {
      const opened = handle;
      handle = undefined;
      await (await opened)?.close();
    },
  };
}
