export { openPipe } from "./open-pipe.js";
export type { PipeEndpoint, PipeRead } from "./pipe-endpoint.js";
export type { PipeHost, PipeShare } from "./pipe-host.js";
