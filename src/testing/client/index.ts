export { SmbClient } from "./client.js";
export type {
  ClientConnection,
  ClientConnectionOptions,
  RequestContext,
  SendOptions,
} from "./client-connection.js";
export type { ProtectionMode } from "./client-protection.js";
export type { ClientSession } from "./client-session.js";
export {
  type ClientTransport,
  connectInMemory,
  connectTcp,
  type ServerAddress,
  type TransportListener,
} from "./client-transport.js";
export { ClientTree } from "./client-tree.js";
export * from "./file-requests.js";
export * from "./lease-requests.js";
export { type ListedFile, readListing } from "./listing.js";
export type { LogOnOptions } from "./log-on.js";
export type { Negotiated, NegotiateOptions } from "./negotiation.js";
export {
  type Answer,
  type InFlight,
  must,
  type Reply,
  type ReplyOf,
  type SmbRequest,
} from "./request.js";
export * from "./session-requests.js";
