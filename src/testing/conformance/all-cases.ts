import type { Case } from "./case.js";
import { contractCases } from "./contract-cases.js";
import { contractEaCases } from "./contract-ea-cases.js";
import { contractStreamCases } from "./contract-stream-cases.js";
import { createCases } from "./drive-cases/create-cases.js";

/** Every case there is; no two have the same name. */
export const allCases: readonly Case[] = [...contractCases, ...contractStreamCases, ...createCases];
