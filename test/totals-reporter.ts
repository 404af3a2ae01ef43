import type { SerializedError } from "vitest";
import type { Reporter, TestModule } from "vitest/node";

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

/** Tells the seed first and the totals last: `N passed, N failed, N skipped`. */
export class TotalsReporter implements Reporter {
  onInit(): void {
    console.log(`ANYMOUNT_SEED=${process.env["ANYMOUNT_SEED"] ?? ""}`);
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    // What was thrown outside of a test fails the run too, so it is counted.
    const totals: Totals = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) add(totals, module);
    const line = `${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`;
    process.once("exit", () => {
      console.log(line);
    });
  }
}

function add(totals: Totals, module: TestModule): void {
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    totals[state === "pending" ? "skipped" : state]++;
  }
  totals.failed += failuresOutsideTests(module);
}

/** A file that does not load, and a hook that throws, have no failed test to be counted by. */
function failuresOutsideTests(module: TestModule): number {
  let failures = module.errors().length;
  for (const suite of module.children.allSuites()) failures += suite.errors().length;
  return failures;
}

// Vitest loads a reporter that is named by its path as the default export.
export default TotalsReporter;
