import Module, { register } from "node:module";
import { resolve } from "node:path";
import {
  type FileSystem,
  type FuseMount,
  type FuseOperations,
  type FuseOptions,
  fromFuse,
  fuse4jsModule,
  fuseBindingsModule,
  fuseNativeModule,
  parseMountOptions,
} from "../index.js";
import { MAX_MOUNT_WAIT_MS } from "./limits.js";
import { importModule, isFileSystem } from "./load-module.js";
import { type Outcome, problem, success } from "./outcome.js";

/** Modules that file systems on npm are written for, and which face each of them has. */
const NATIVE_MODULES = [
  "fuse-native",
  "@cocalc/fuse-native",
  "@gcas/fuse",
  "fuse-napi",
  "neofuse",
] as const;
const BINDINGS_MODULES = ["fuse-bindings", "node-fuse-bindings"] as const;
const FUSE4JS_MODULES = ["fuse4js"] as const;

/** Where an ES module that is made up finds what it is to export. */
const KEY = "anymount.fuse-modules";

/**
 * The file system of a module: its default export, which is a table of FUSE operations, a function that makes one, or any
 * file system; or else what it mounts by `fuse-native`, `fuse-bindings` or `fuse4js`, which it is given by us instead.
 *
 * @param path - of the module, from the current directory
 * @param how - what is to follow the module's path in `process.argv`, and the `-o` options
 */
export async function loadFuseModule(
  path: string,
  how: { readonly args: readonly string[]; readonly options: readonly string[] },
): Promise<Outcome<FileSystem>> {
  let options: FuseOptions;
  try {
    options = parseMountOptions(how.options.join(","));
  } catch (error) {
    return problem(error instanceof Error ? error.message : String(error));
  }
  const firstMount = provideFuseModules();
  process.argv = [process.execPath, resolve(path), ...how.args];
  const loaded = await importModule(path);
  if (!loaded.ok) return loaded;
  const given = await valueOf(loaded.value, path);
  if (!given.ok) return given;
  const exported = given.value;
  if (isFileSystem(exported)) return success(exported);
  if (isOperations(exported)) return make(exported, options);
  const mount = await inTime(firstMount, MAX_MOUNT_WAIT_MS);
  if (mount !== undefined) return make(mount.operations, { ...mount.options, ...options });
  return problem(
    `the module ${path} exports no FUSE operations as default, and has mounted nothing by fuse-native, fuse-bindings or fuse4js in ${MAX_MOUNT_WAIT_MS / 1000} s: give one, such as ${EXAMPLE}`,
  );
}

const EXAMPLE = "export default { getattr(path) { ... }, readdir(path) { ... } }";

/** What a function makes that is exported; anything else as it is. */
async function valueOf(exported: unknown, path: string): Promise<Outcome<unknown>> {
  if (typeof exported !== "function") return success(exported);
  if (isClass(exported)) return success(undefined);
  try {
    return success(await Reflect.apply(exported, undefined, []));
  } catch (error) {
    const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return problem(
      `the function that ${path} exports has thrown ${what}; correct it, and try again`,
    );
  }
}

/** A class is not to be called: a package that exports one is used by somebody else. */
function isClass(value: object): boolean {
  return Object.getOwnPropertyDescriptor(value, "prototype")?.writable === false;
}

function make(operations: object, options: FuseOptions): Outcome<FileSystem> {
  try {
    return success(fromFuse(operations as FuseOperations, options)); // `getattr` was looked for
  } catch (error) {
    if (error instanceof Error && error.name === "Error") return problem(error.message);
    throw error;
  }
}

function isOperations(value: unknown): value is object {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof Reflect.get(value, "getattr") === "function"
  );
}

/** Node's own way of finding what `require` asks for; not in its types, and the same since 2010. */
interface Loader {
  _load: (request: string, ...more: readonly unknown[]) => unknown;
}

/**
 * Whoever asks for one of the modules is given ours, by `require` and by `import`.
 *
 * @returns the first mount that is made by one of them
 */
function provideFuseModules(): Promise<FuseMount> {
  let mounted: ((mount: FuseMount) => void) | undefined;
  const firstMount = new Promise<FuseMount>((settle) => {
    mounted = settle;
  });
  const events = {
    mounted: (mount: FuseMount) => mounted?.(mount),
    unmounted: () => {
      // the server ends by a signal, as the program does
    },
  };
  const native = fuseNativeModule(events);
  const bindings = fuseBindingsModule(events);
  const fuse4js = fuse4jsModule(events);
  const modules = new Map<string, object>([
    ...NATIVE_MODULES.map((name) => [name, native] as const),
    ...BINDINGS_MODULES.map((name) => [name, bindings] as const),
    ...FUSE4JS_MODULES.map((name) => [name, fuse4js] as const),
  ]);
  const loader = Module as unknown as Loader;
  const load = loader._load;
  loader._load = (request, ...more) => modules.get(request) ?? load(request, ...more);
  Object.defineProperty(globalThis, Symbol.for(KEY), { value: modules, configurable: true });
  register(moduleUrl(resolverSource([...modules.keys()])));
  return firstMount;
}

/** What runs on Node's loader thread, and makes up a module for each of the names. */
function resolverSource(names: readonly string[]): string {
  const source = (name: string) =>
    `export default globalThis[Symbol.for(${JSON.stringify(KEY)})].get(${JSON.stringify(name)})`;
  const urls = names.map((name) => [name, moduleUrl(source(name))]);
  return `
    const urls = new Map(${JSON.stringify(urls)});
    export function resolve(specifier, context, next) {
      const url = urls.get(specifier);
      return url === undefined ? next(specifier, context) : { url, shortCircuit: true };
    }`;
}

function moduleUrl(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}

/** What comes of a promise, if it does in time. */
async function inTime<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<undefined>((settle) => {
    timer = setTimeout(() => {
      settle(undefined);
    }, ms);
  });
  try {
    return await Promise.race([work, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}
