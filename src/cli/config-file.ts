import { readFile, stat } from "node:fs/promises";
import { MAX_CONFIG_BYTES } from "./limits.js";
import { type Outcome, problem } from "./outcome.js";
import { readSettings, type Settings } from "./settings.js";

/** Reads a configuration file: a JSON object whose keys are the options without their dashes. */
export async function readConfigFile(path: string): Promise<Outcome<Settings>> {
  let text: string;
  try {
    if ((await stat(path)).size > MAX_CONFIG_BYTES) {
      return invalid(path, `it has more than ${MAX_CONFIG_BYTES} bytes`);
    }
    text = await readFile(path, "utf8");
  } catch (error) {
    return problem(
      `the configuration file ${path} cannot be read: ${messageOf(error)}; check the path given with --config`,
    );
  }

  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (error) {
    return invalid(path, `it is no JSON: ${messageOf(error)}`);
  }
  if (typeof root !== "object" || root === null || Array.isArray(root)) {
    return invalid(path, 'it has to be an object, such as {"share": "ram"}');
  }
  const settings = readSettings(Object.entries(root), (name) => `"${name}"`);
  return settings.ok ? settings : invalid(path, settings.problem);
}

function invalid(path: string, why: string): Outcome<never> {
  return problem(`the configuration file ${path} is not valid: ${why}`);
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  throw error;
}
