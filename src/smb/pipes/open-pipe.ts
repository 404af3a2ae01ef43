import type { Caller } from "../../fs/index.js";
import { foldName } from "../../nt/index.js";
import { lsarpc } from "./lsarpc.js";
import type { PipeEndpoint } from "./pipe-endpoint.js";
import type { PipeHost } from "./pipe-host.js";
import { PolicyHandles } from "./policy-handles.js";
import type { RpcInterface } from "./rpc-interface.js";
import { RpcPipe } from "./rpc-pipe.js";
import { srvsvc } from "./srvsvc.js";
import { wkssvc } from "./wkssvc.js";

/** The pipes of the server, by folded name. */
const pipes: ReadonlyMap<string, { readonly address: string; readonly served: RpcInterface }> =
  new Map([
    ["LSARPC", { address: "\\PIPE\\lsarpc", served: lsarpc }],
    ["SRVSVC", { address: "\\PIPE\\srvsvc", served: srvsvc }],
    ["WKSSVC", { address: "\\PIPE\\wkssvc", served: wkssvc }],
  ]);

/**
 * A named pipe of the server, for one open of it.
 *
 * @param name - as a client gives it: in any case, and impacket begins it with a backslash
 * @returns undefined when there is no such pipe
 */
export function openPipe(name: string, host: PipeHost, caller: Caller): PipeEndpoint | undefined {
  const pipe = pipes.get(foldName(name.startsWith("\\") ? name.slice(1) : name));
  if (pipe === undefined) return undefined;
  return new RpcPipe({ ...pipe, scene: { host, caller, handles: new PolicyHandles() } });
}
