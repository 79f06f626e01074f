/** A number, an interval or a dash, perhaps with its unit. */
const FIGURE =
  /^(?:[−+-]?[.\d][\d.,]*(?:e-?\d+)?(?: ?[%a-zA-Zµ/]{1,8})?(?: \[[^\]]+\])?|–|-|yes|no)$/

/**
 * Each cell of a table's body knows its column's title, as `data-label`: where there is no room for
 * columns, a style sheet puts a row's cells below each other. It does so in tables of the class
 * `words`, which are mostly read; of two columns, `pairs`, the second needs no title. A cell that is
 * a `figure` is not broken.
 */
export function labelCells(md) {
  // VitePress's own rule writes no class. A table that scrolls must be reached by the keyboard.
  md.renderer.rules.table_open = (tokens, index, options, _, self) => {
    tokens[index].attrSet('tabindex', '0')
    return self.renderToken(tokens, index, options)
  }
  md.core.ruler.push('label-cells', ({ tokens }) => {
    let table
    let titles = []
    let column = 0
    let cells = []
    tokens.forEach((token, index) => {
      const text = () => textOf(tokens[index + 1])
      if (token.type === 'table_open') [table, titles, cells] = [token, [], []]
      if (token.type === 'tr_open') column = 0
      if (token.type === 'th_open') titles.push(text())
      if (token.type === 'td_open') {
        token.attrSet('data-label', titles[column++])
        cells.push(text())
        if (FIGURE.test(text())) token.attrJoin('class', 'figure')
      }
      if (token.type === 'table_close' && areWords(cells))
        table.attrJoin('class', titles.length > 2 ? 'words' : 'words pairs')
    })
  })
}

const textOf = ({ children }) =>
  children.map(({ type, content }) => (type === 'html_inline' ? '' : content)).join('')

const areWords = (cells) =>
  cells.filter((cell) => FIGURE.test(cell)).length < cells.length / 2 &&
  cells.reduce((sum, { length }) => sum + length, 0) / cells.length > 14
