import tsdoc from "eslint-plugin-tsdoc";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist", "docs", "coverage", "temp", "**/*.config.*"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    plugins: { tsdoc },
    rules: {
      "tsdoc/syntax": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/return-await": ["error", "error-handling-correctness-only"],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
    },
  },
  {
    files: ["**/*.test.ts", "src/testing/**"],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
  {
    // What a test of Node's gives need not be waited for.
    files: ["examples/**"],
    rules: {
      "@typescript-eslint/no-floating-promises": [
        "error",
        { allowForKnownSafeCalls: [{ from: "package", name: "test", package: "node:test" }] },
      ],
    },
  },
  {
    files: ["test/fixtures/**", "test/packages/**"],
    rules: { "@typescript-eslint/no-require-imports": "off" },
  },
  {
    // Scripts run before anything is built or installed: plain JavaScript, without types. So are fixtures: programs
    // of others as they are.
    files: ["**/*.mjs", "test/fixtures/**", "test/packages/**"],
    ...tseslint.configs.disableTypeChecked,
  },
);
