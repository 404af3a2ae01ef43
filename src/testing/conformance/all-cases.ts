import type { Case } from "./case.js";
import { contractCases } from "./contract-cases.js";
import { contractEaCases } from "./contract-ea-cases.js";
import { contractLinkCases } from "./contract-link-cases.js";
import { contractStreamCases } from "./contract-stream-cases.js";
import { createCases } from "./drive-cases/create-cases.js";
import { dataCases } from "./drive-cases/data-cases.js";
import { deleteCases } from "./drive-cases/delete-cases.js";
import { directoryCases } from "./drive-cases/directory-cases.js";
import { fileIdCases } from "./drive-cases/file-id-cases.js";
import { infoCases } from "./drive-cases/info-cases.js";
import { linkCases } from "./drive-cases/link-cases.js";
import { lockCases } from "./drive-cases/lock-cases.js";
import { oplockCases } from "./drive-cases/oplock-cases.js";
import { posixCases } from "./drive-cases/posix-cases.js";
import { renameCases } from "./drive-cases/rename-cases.js";
import { securityCases } from "./drive-cases/security-cases.js";
import { shareCases } from "./drive-cases/share-cases.js";
import { sparseCases } from "./drive-cases/sparse-cases.js";
import { streamCases } from "./drive-cases/stream-cases.js";
import { streamRenameCases } from "./drive-cases/stream-rename-cases.js";
import { eaCases } from "./wire-cases/ea-cases.js";
import { leaseCases } from "./wire-cases/lease-cases.js";
import { queryCases } from "./wire-cases/query-cases.js";
import { reparseCases } from "./wire-cases/reparse-cases.js";

/** Every case there is; no two have the same name. */
export const allCases: readonly Case[] = [
  ...contractEaCases,
  ...contractCases,
  ...contractLinkCases,
  ...contractStreamCases,
  ...createCases,
  ...shareCases,
  ...dataCases,
  ...infoCases,
  ...directoryCases,
  ...deleteCases,
  ...renameCases,
  ...posixCases,
  ...linkCases,
  ...fileIdCases,
  ...sparseCases,
  ...lockCases,
  ...oplockCases,
  ...securityCases,
  ...streamCases,
  ...streamRenameCases,
  ...queryCases,
  ...eaCases,
  ...leaseCases,
  ...reparseCases,
];
