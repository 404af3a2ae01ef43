import { open } from "node:fs/promises";
import { SftpError } from "./errors.js";
import { MAX_SETTINGS_FILE_BYTES } from "./limits.js";

/**
 * The content of a file of settings or keys; undefined where there is none.
 *
 * @throws SftpError BAD_SETTINGS where it cannot be read
 */
export async function readSettingsFile(path: string): Promise<Buffer | undefined> {
  try {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      if (size > MAX_SETTINGS_FILE_BYTES) {
        throw new SftpError(
          "BAD_SETTINGS",
          `${path} has more than ${MAX_SETTINGS_FILE_BYTES} bytes`,
        );
      }
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof SftpError) throw error;
    if (
      error instanceof Error &&
      "code" in error &&
      (error.code === "ENOENT" || error.code === "ENOTDIR")
    ) {
      return undefined;
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new SftpError("BAD_SETTINGS", `${path} cannot be read: ${reason}`, { cause: error });
  }
}
