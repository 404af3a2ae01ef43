export type { OverlayFile } from "./open-files.js";
export { overlay } from "./overlay.js";
