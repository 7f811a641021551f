/** What the README of an export tells of. */
export type ExportContents = {
  clientCode: string
  clientId: string
  snapshotAt: Date
  parts: readonly { name: string; about: string }[]
  files: readonly { name: string; rows: number }[]
}

/** The README that lies in an export and explains every file of it. */
export function exportReadme({ clientCode, clientId, snapshotAt, parts, files }: ExportContents): string {
  const rows = new Map(files.map((file) => [file.name, file.rows]))
  return `# The data of ${clientCode}

Everything that the database holds of the client ${clientCode} (id ${clientId}), as it was at ${snapshotAt.toISOString()}.
All files are of that one moment.

Each part is here twice, with the same rows in the same order: as JSON (an array of objects, UTF-8) and as CSV (RFC 4180,
UTF-8, the first line names the columns; an empty field is null, "" is an empty text). Moments are ISO 8601 in UTC, ids
are UUIDs; in CSV lists are written as {a,b}, JSON stands as text, and bytes as \\x and hexadecimal digits.

To open a CSV in a spreadsheet, import it (Excel: Data, From Text/CSV; LibreOffice asks by itself) and take every column
as text. Opened by a double click, cells that begin with =, +, - or @ would be taken for formulas, and long numbers would
be rounded. Nothing was put in front of such cells: the values here are the values that the database has.

| part | rows | what it is |
| --- | --- | --- |
${parts.map(({ name, about }) => `| ${name} | ${rows.get(`${name}.csv`) ?? 0} | ${cell(about)} |`).join('\n')}

manifest.json lists each file with its rows and its SHA-256. Keys, salts and hashes are not in it: they would open or
prove something, and tell nothing.
`
}

/** Text that neither ends the cell of a table nor its line. */
function cell(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replace(/\s+/g, ' ')
}
