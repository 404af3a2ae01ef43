import { fileURLToPath } from "node:url";
import { install } from "../scripts/install.mjs";

const PACKAGES = fileURLToPath(new URL("packages", import.meta.url));

/**
 * Before all tests: packages of others that they try anymount with. The options are those of `packages/.npmrc`, which
 * npm would not heed when it is started by npm.
 */
export default function setup() {
  install(PACKAGES, "--ignore-scripts", "--no-engine-strict");
}
