// Tables as CSV files, and queries too: the name of a file that is not listed is the query.
//   anymount serve tree sql-csv.js
//   type "queries\SELECT name, born FROM people WHERE born below 1930 ORDER BY name.csv"
// No name has `<`, `>` or `*`: they are said in words. The table below stands for a database: put your driver's call into `query`.
import { dir, file, NtError, NtStatus } from "anymount";

type Row = Readonly<Record<string, string | number>>;

const tables: Readonly<Record<string, readonly Row[]>> = {
  people: [
    { name: "Ann", born: 1912, city: "Ulm, Old Town" },
    { name: "Ben", born: 1931, city: "Bonn" },
    { name: "Cleo", born: 1925, city: "Cologne" },
  ],
};

const SELECT =
  /^select (.+?) from (\w+)(?: where (\w+) ?(=|below|above) ?'?([^']*?)'?)?(?: order by (\w+))?$/i;

const TESTS: Readonly<Record<string, (a: string | number, b: string) => boolean>> = {
  "=": (a, b) => String(a) === b,
  below: (a, b) => Number(a) < Number(b),
  above: (a, b) => Number(a) > Number(b),
};

function query(sql: string): readonly Row[] {
  const [, columns = "", table = "", column = "", operator = "", value = "", order] =
    SELECT.exec(sql) ?? [];
  const rows = tables[table.toLowerCase()];
  if (rows === undefined) throw new NtError(NtStatus.OBJECT_NAME_NOT_FOUND);
  const test = TESTS[operator.toLowerCase()] ?? (() => true);
  const wanted = /^(\*|all)$/i.test(columns) ? Object.keys(rows[0] ?? {}) : columns.split(/, ?/);
  const found = rows.filter((row) => test(row[column] ?? "", value));
  if (order !== undefined) found.sort((a, b) => ((a[order] ?? "") < (b[order] ?? "") ? -1 : 1));
  return found.map((row) => Object.fromEntries(wanted.map((name) => [name, row[name] ?? ""])));
}

function csv(rows: readonly Row[]): string {
  const quoted = (cell: string | number) =>
    /[",\n]/.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : String(cell);
  const lines = [Object.keys(rows[0] ?? {}), ...rows.map((row) => Object.values(row))];
  return lines.map((cells) => `${cells.map(quoted).join(",")}\r\n`).join("");
}

const all = (table: string) => file(() => csv(query(`select * from ${table}`)));

export default dir({
  tables: dir(Object.keys(tables).map((table) => [`${table}.csv`, all(table)])),
  queries: dir(
    () => [["Write a query as the name of a file.txt", "SELECT name FROM people.csv\r\n"]],
    {
      find: (name) => (/^select .*\.csv$/i.test(name) ? csv(query(name.slice(0, -4))) : undefined),
    },
  ),
});
