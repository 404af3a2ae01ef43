/**
 * The table: medians of all rounds, and how they compare.
 *
 * @packageDocumentation
 */
import type { ProtectionMode } from "../src/testing/client/index.js";
import type { ServerName } from "./bench-server.js";
import type { Sample } from "./measure.js";
import type { Figure } from "./memory-rows.js";
import type { Row } from "./rows.js";

/** All samples of one row, one protection and one server. */
export interface Measured {
  readonly row: string;
  readonly depth: number;
  readonly protection: ProtectionMode;
  readonly server: ServerName;
  readonly samples: readonly Sample[];
}

/** What the samples come to. */
export interface Summary {
  /** Operations in a second of time: the median. */
  readonly rate: number;
  /** Processor time of the server for one operation, in µs: the median. */
  readonly cpuMicroseconds: number;
}

export function summarize({ samples }: Measured): Summary {
  return {
    rate: median(samples.map(({ operations, seconds }) => operations / seconds)),
    cpuMicroseconds: median(samples.map((s) => (1e6 * s.cpuSeconds) / s.operations)),
  };
}

/** As it is shown and given to `--rows`. */
export function rowLabel({ name, depth }: Pick<Row, "name" | "depth">): string {
  return depth === 1 ? name : `${name} x${depth}`;
}

/** One table for each protection, as lines. */
export function tables(measured: readonly Measured[], servers: readonly ServerName[]): string[] {
  const protections = [...new Set(measured.map(({ protection }) => protection))];
  return protections.flatMap((protection) => [
    "",
    protection,
    ...table(
      measured.filter((each) => each.protection === protection),
      servers,
    ),
  ]);
}

/** Whether a figure is no more than was claimed. */
export function isMet({ value, limit }: Figure): boolean {
  return value <= limit;
}

/** What was measured, what was claimed, and whether it holds. */
export function memoryTable(figures: readonly Figure[]): string[] {
  const lines = figures.map((figure) => [
    figure.what,
    figure.shown,
    `<= ${figure.limit}`,
    isMet(figure) ? "yes" : "NO",
  ]);
  return aligned([["", "measured", "claimed", "holds"], ...lines]);
}

function table(measured: readonly Measured[], servers: readonly ServerName[]): string[] {
  const isCompared = servers.length === 2;
  const ratios = isCompared ? ["ratio", "CPU ratio"] : [];
  const head = [
    "",
    ...servers.map((server) => `${server}/s`),
    ...ratios.slice(0, 1),
    ...servers.map((server) => `${server} CPU µs`),
    ...ratios.slice(1),
  ];
  const labels = [...new Set(measured.map(({ row, depth }) => rowLabel({ name: row, depth })))];
  const lines = labels.map((label) => {
    const found = servers.map((server) => summaryOf(measured, label, server));
    const [samba, anymount] = found;
    const compare = (key: keyof Summary) =>
      isCompared ? [ratio(anymount?.[key], samba?.[key])] : [];
    return [
      label,
      ...found.map((summary) => number(summary?.rate)),
      ...compare("rate"),
      ...found.map((summary) => number(summary?.cpuMicroseconds)),
      ...compare("cpuMicroseconds"),
    ];
  });
  return aligned([head, ...lines]);
}

function summaryOf(
  measured: readonly Measured[],
  label: string,
  server: ServerName,
): Summary | undefined {
  const found = measured.find(
    (each) => each.server === server && rowLabel({ name: each.row, depth: each.depth }) === label,
  );
  return found && summarize(found);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function number(value: number | undefined): string {
  if (value === undefined) return "-";
  return value.toFixed(value < 100 ? 1 : 0);
}

function ratio(ours: number | undefined, theirs: number | undefined): string {
  return ours === undefined || theirs === undefined ? "-" : (ours / theirs).toFixed(2);
}

/** The first column to the left, all others to the right. */
export function aligned(lines: readonly (readonly string[])[]): string[] {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines.map((line) =>
    line
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  "),
  );
}
