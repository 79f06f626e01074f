import type { MatrixNode, Node } from '../syntax/node.ts'

/** `[[1,2],[3,4]]`, as programs write a matrix. */
export function matrixOfLists(node: Node): MatrixNode | undefined {
  if (node.type !== 'group' || node.open !== '[') return undefined
  const rows = node.of.map((row) =>
    row.type === 'group' && row.open === '[' && row.close === ']' ? row.of : undefined,
  )
  return rows.every((row) => row !== undefined && row.length === rows[0]?.length)
    ? { type: 'matrix', rows: rows as readonly (readonly Node[])[] }
    : undefined
}
