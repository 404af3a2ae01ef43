import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { FileSystem } from "../index.js";
import { type Outcome, problem, success } from "./outcome.js";

const EXAMPLE = 'export default dir({ "hello.txt": "Hello" })';

/**
 * The file system that is the default export of an ES module, or what a promise there gives.
 *
 * @param path - of the module, from the current directory
 */
export async function loadModule(path: string): Promise<Outcome<FileSystem>> {
  const loaded = await importModule(path);
  if (!loaded.ok) return loaded;
  const exported = loaded.value;
  if (isFileSystem(exported)) return success(exported);
  const what =
    exported === undefined ? "has no default export" : "exports no file system as default";
  return problem(`the module ${path} ${what}: give one, such as ${EXAMPLE}`);
}

/** The default export of a module, or what a promise there gives. */
export async function importModule(path: string): Promise<Outcome<unknown>> {
  const url = pathToFileURL(resolve(path)).href;
  try {
    const loaded = (await import(url)) as Readonly<Record<string, unknown>>; // what a module is
    return success(await loaded["default"]);
  } catch (error) {
    return problem(loadProblem(path, url, error));
  }
}

/** The operations that every file system has. */
export function isFileSystem(value: unknown): value is FileSystem {
  if (typeof value !== "object" || value === null) return false;
  return ["open", "getFileInfo", "getVolumeInfo"].every(
    (operation) => operation in value && typeof Reflect.get(value, operation) === "function",
  );
}

function loadProblem(path: string, url: string, error: unknown): string {
  if (!(error instanceof Error)) return `the module ${path} has thrown ${String(error)}`;
  switch ("code" in error ? error.code : undefined) {
    case "ERR_MODULE_NOT_FOUND":
      return "url" in error && error.url === url
        ? `there is no module ${path}: check the path`
        : `the module ${path} cannot be loaded: ${error.message}; install what is missing beside it`;
    case "ERR_UNSUPPORTED_DIR_IMPORT":
      return `${path} is a directory: give the module in it, such as ${path}/tree.js`;
    case "ERR_UNKNOWN_FILE_EXTENSION":
      return `Node ${process.versions.node} cannot load ${path}: give a .js or .mjs file`;
    default:
      return `the module ${path} cannot be loaded: ${error.name}: ${error.message}; ${placeOf(error, url)}`;
  }
}

/** Where in the module it went wrong, as far as the stack tells. */
function placeOf({ stack = "" }: Error, url: string): string {
  const at = stack.indexOf(url);
  const line = /^:(\d+)/.exec(at < 0 ? "" : stack.slice(at + url.length))?.[1];
  return line === undefined ? "correct it, and try again" : `see its line ${line}`;
}
