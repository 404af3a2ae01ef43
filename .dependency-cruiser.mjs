// The architecture, as a rule: each layer, and the layers it may import.
const layers = {
  bytes: [],
  crypto: ["bytes"],
  nt: ["bytes"],
  fs: ["nt"],
  wire: ["nt", "bytes"],
  kernel: ["fs", "nt"],
  adapters: ["fs", "nt"],
  delegation: ["fs", "nt"],
  filesystems: ["adapters", "delegation", "fs", "nt"],
  smb: ["kernel", "wire", "fs", "nt", "crypto", "bytes"],
  fuse: ["kernel", "wire", "fs", "nt", "bytes"],
  serve: ["smb", "fuse", "kernel", "fs", "nt"],
  testing: [
    "serve",
    "filesystems",
    "adapters",
    "delegation",
    "smb",
    "fuse",
    "kernel",
    "wire",
    "fs",
    "nt",
    "crypto",
    "bytes",
  ],
  index: ["serve", "smb", "fuse", "kernel", "filesystems", "adapters", "fs", "nt"],
  service: ["index"],
  cli: ["service", "index"],
  dashboard: ["service", "index"],
};
const folder = (name) => `^src/${name}(/|\\.ts$)`;
const test = "\\.test\\.ts$";
const testing = "^src/testing/";
// A folder below a layer may be a door too: wire/smb2/index.ts, filesystems/memory/index.ts.
const doors = ["^src/[^/]+/index\\.ts$", "^src/[^/]+/[^/]+/index\\.ts$"];

export default {
  forbidden: [
    ...Object.entries(layers).map(([layer, below]) => ({
      name: `${layer}-imports-only-${below.join("-") || "nothing"}`,
      severity: "error",
      from: { path: folder(layer), pathNot: test },
      to: { path: "^src/", pathNot: [layer, ...below].map(folder) },
    })),
    {
      name: "every-file-has-a-layer",
      severity: "error",
      from: {},
      to: { path: "^src/", pathNot: Object.keys(layers).map(folder) },
    },
    {
      name: "layers-are-entered-by-their-door",
      severity: "error",
      from: { path: "^src/([^/]+)/", pathNot: [test, testing] },
      to: { path: "^src/[^/]+/", pathNot: ["^src/$1/", ...doors] },
    },
    {
      name: "the-public-face-uses-doors",
      severity: "error",
      from: { path: "^src/[^/]+\\.ts$", pathNot: test },
      to: { path: "^src/[^/]+/", pathNot: doors },
    },
    {
      name: "only-the-command-line-has-commander",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/cli/program\\.ts$" },
      to: { path: "node_modules/commander/" },
    },
    {
      // A class and its parts may name each other's types: that leaves nothing behind when it runs.
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "no-orphans",
      severity: "error",
      from: { orphan: true, pathNot: [test, "^src/index\\.ts$", "main\\.ts$"] },
      to: {},
    },
    {
      name: "no-test-code-in-product",
      severity: "error",
      from: { pathNot: [test, testing] },
      to: { path: [test, testing] },
    },
    {
      name: "siblings-stay-apart",
      severity: "error",
      from: { path: "^src/filesystems/([^/]+)/", pathNot: test },
      to: { path: "^src/filesystems/([^/]+)/", pathNot: "^src/filesystems/$1/" },
    },
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
  },
};
