import type * as Ssh2 from "ssh2";
import { SftpError } from "./errors.js";

/** The npm package `ssh2`, an optional peer. */
export type Ssh2Library = (typeof Ssh2)["default"];

/**
 * Loads it, when it is needed first.
 *
 * @throws SftpError LIBRARY_MISSING, with the command that installs it
 */
export async function loadSsh2(): Promise<Ssh2Library> {
  try {
    const { default: library } = await import("ssh2");
    return library;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND"))
      throw error;
    throw new SftpError(
      "LIBRARY_MISSING",
      "SFTP needs the package ssh2, which is not installed: install it with npm install ssh2",
      { cause: error },
    );
  }
}
