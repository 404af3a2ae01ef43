#!/usr/bin/env node
import { run } from "./program.js";

process.on("uncaughtException", (error) => {
  console.error(
    `anymount: ${error.message || error.name}; this is a fault of anymount, please report it`,
  );
  console.error(error.stack);
  process.exit(1);
});

// Whoever read our output may stop reading, as `head` does: that is no reason to end a server.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

const exitStatus = await run(process.argv.slice(2));
if (exitStatus !== undefined) process.exitCode = exitStatus;
