/**
 * Every property of a run has the same seed, told by the reporter: `ANYMOUNT_SEED=n npm test`
 * repeats the run.
 *
 * @packageDocumentation
 */
import fc from "fast-check";

const seed = Number(process.env["ANYMOUNT_SEED"]);
if (!Number.isInteger(seed)) throw new Error("ANYMOUNT_SEED must be a whole number");
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
