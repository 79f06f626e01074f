/** Rows as columns of equal width, numbers to the right; the first row is the heading. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  const isNumber = (column: number): boolean =>
    rows.slice(1).every((row) => /^[−-]?[\d.,]*[kM]?$|^–$/.test(row[column]))
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          isNumber(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column]),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
