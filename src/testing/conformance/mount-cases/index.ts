import type { MountCase } from "../case.js";
import { mountDataCases } from "./data-cases.js";
import { mountInfoCases } from "./info-cases.js";
import { mountNameCases } from "./name-cases.js";

/** Every case on what programs see of a mount; no two cases have the same name. */
export const allMountCases: readonly MountCase[] = [
  ...mountDataCases,
  ...mountNameCases,
  ...mountInfoCases,
];
