/**
 * Each cell of a table's body knows its column's title, as `data-label`: where there is no room for
 * columns, a style sheet puts a row's cells below each other.
 */
export function labelCells(md) {
  md.core.ruler.push('label-cells', ({ tokens }) => {
    let titles = []
    let column = 0
    tokens.forEach((token, index) => {
      if (token.type === 'table_open') titles = []
      if (token.type === 'tr_open') column = 0
      if (token.type === 'th_open') titles.push(tokens[index + 1].content)
      if (token.type === 'td_open') token.attrSet('data-label', titles[column++].toLowerCase())
    })
  })
}
