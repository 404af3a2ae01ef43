import { EventEmitter } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { stopOnSignal } from "./stop.js";

class Program extends EventEmitter {
  readonly exits: number[] = [];
  readonly env: NodeJS.ProcessEnv = {};
  ppid = 100;
  exit(status: number): void {
    this.exits.push(status);
  }
}

describe("stopOnSignal", () => {
  let program: Program;
  beforeEach(() => {
    program = new Program();
    vi.useFakeTimers();
    vi.spyOn(console, "error").mockReturnValue();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"])(
    "closes the server on %s, then ends with 0",
    async (signal) => {
      const close = vi.fn(() => Promise.resolve());
      stopOnSignal({ close }, program);
      expect(close).not.toHaveBeenCalled();
      program.emit(signal);
      await vi.runAllTimersAsync();
      expect(close).toHaveBeenCalledOnce();
      expect(program.exits).toEqual([0]);
    },
  );

  it.each([
    { signal: "SIGINT", status: 130 },
    { signal: "SIGTERM", status: 143 },
  ])("does not wait when a second signal comes: $signal", ({ signal, status }) => {
    stopOnSignal({ close: never }, program);
    program.emit("SIGINT");
    expect(program.exits).toEqual([]);
    program.emit(signal);
    expect(program.exits).toEqual([status]);
  });

  it("gives up after 5 s, says so, and ends with 1", async () => {
    stopOnSignal({ close: never }, program);
    program.emit("SIGINT");
    await vi.advanceTimersByTimeAsync(4999);
    expect(program.exits).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(program.exits).toEqual([1]);
    expect(console.error).toHaveBeenCalledWith("anymount: not all sessions ended within 5 s");
  });

  it("ends when npm, which started it, was ended", async () => {
    program.env["npm_lifecycle_event"] = "start";
    stopOnSignal({ close: () => Promise.resolve() }, program);
    await vi.advanceTimersByTimeAsync(2000);
    expect(program.exits).toEqual([]);
    program.ppid = 1;
    await vi.advanceTimersByTimeAsync(2000);
    expect(program.exits).toEqual([0]);
  });

  it("runs on without its parent when npm has not started it, as nohup wants", async () => {
    stopOnSignal({ close: () => Promise.resolve() }, program);
    program.ppid = 1;
    await vi.advanceTimersByTimeAsync(2000);
    expect(program.exits).toEqual([]);
  });
});

/** A session that does not end. */
async function never(): Promise<void> {
  return new Promise(() => undefined);
}
