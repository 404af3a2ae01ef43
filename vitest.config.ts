import { randomInt } from "node:crypto";
import { defineConfig } from "vitest/config";

// One seed for all that is random in a run; the reporter prints it, so that a run can be repeated.
process.env["ANYMOUNT_SEED"] ??= String(randomInt(2 ** 31));

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    globalSetup: ["test/install-packages.mjs"],
    setupFiles: ["test/seed.ts"],
    reporters: ["default", "./test/totals-reporter.ts"],
    env: { ANYMOUNT_SEED: process.env["ANYMOUNT_SEED"] },
    coverage: { provider: "v8", include: ["src/**/*.ts"] },
  },
});
