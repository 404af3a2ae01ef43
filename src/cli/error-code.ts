/** The name that Node gives an error of the system, such as `ENOENT`; errors without one are bugs, and thrown on. */
export function codeOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    return error.code;
  }
  throw error;
}
