export { Accounts } from "./auth/index.js";
export type { Clock } from "./clock.js";
export type { RequestRecord, SessionEvent, SmbConfig, SmbObserver } from "./config.js";
export { Connection } from "./connection.js";
export { type OpenFile, SmbServer, type TableSizes } from "./server.js";
export { type Share, STYPE_DISKTREE } from "./share.js";
export { type ListenAddress, TcpListener } from "./tcp.js";
export type { Transport } from "./transport.js";
