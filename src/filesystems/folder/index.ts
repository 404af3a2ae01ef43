export { FolderError, folder } from "./folder.js";
export type { FolderFile } from "./folder-file.js";
export type { FolderFileSystem, FolderOptions } from "./folder-file-system.js";
