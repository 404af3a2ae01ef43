// What this process and its machine are doing, as files that are made when they are opened.
//   anymount serve tree process-info.js
import { cpus, freemem, hostname, loadavg, networkInterfaces, totalmem } from "node:os";
import { dir, file, json } from "anymount";

const megabytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;

const started = new Date();

/** Names only: what is in them may be secret. */
const environment = dir(() => Object.keys(process.env).map((name) => [name, "(set)\n"]));

export default dir(
  {
    "process.json": json(() => ({
      pid: process.pid,
      node: process.version,
      command: process.argv,
      directory: process.cwd(),
      uptimeSeconds: Math.round(process.uptime()),
    })),
    "memory.csv": file(() => {
      const rows = Object.entries(process.memoryUsage());
      return `what,bytes\n${rows.map(([what, bytes]) => `${what},${bytes}\n`).join("")}`;
    }),
    "who is asking.txt": file(
      ({ userName, sessionId, clientAddress }) =>
        `${userName || "nobody"}, session ${sessionId}, from ${clientAddress}\n`,
    ),
    environment,
    machine: dir({
      "summary.txt": file(() =>
        [
          `${hostname()}: ${cpus().length} processors, load ${loadavg().join(" ")}`,
          `memory: ${megabytes(freemem())} of ${megabytes(totalmem())} free`,
          "",
        ].join("\n"),
      ),
      "network.json": json(() => networkInterfaces()),
    }),
  },
  { created: started, modified: started, volume: { label: hostname() } },
);
