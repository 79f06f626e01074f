import { isFormula, texOf } from './tex-of.mjs'

/**
 * Sets maths that texts write in Unicode. An indented block that is a formula is set as one; in running
 * text a letter with an index, `w_t`, has its index below. Both read well where nothing sets them: in
 * an editor's hints, on GitHub, in llms-full.txt.
 */
export function setFormulas(md) {
  md.renderer.rules.code_block = (tokens, index) => blockOf(md, tokens[index].content)
  md.core.ruler.push('set-indices', ({ tokens, Token }) => {
    for (const [index, token] of tokens.entries()) {
      // A page's title and its outline are made from the text of headings.
      if (token.type !== 'inline' || tokens[index - 1].type === 'heading_open') continue
      token.children = token.children.flatMap((child) =>
        child.type === 'text' ? withIndices(child.content, Token) : [child],
      )
    }
  })
}

/** A block that is only indented scrolls too: the keyboard must reach it. */
function blockOf(md, content) {
  if (!isFormula(content))
    return `<pre v-pre tabindex="0"><code>${md.utils.escapeHtml(content)}</code></pre>\n`
  const html = md.renderer.rules.math_block([{ content: texOf(content) }], 0)
  if (html.includes('data-mjx-error'))
    throw new Error(`The formula "${content.trim()}" cannot be set: ${texOf(content)}`)
  return `<div class="formula" tabindex="0">${html}</div>\n`
}

/** One letter, perhaps with a hat or a bar, and what stands below it. */
export const INDEXED =
  /(?:(?<![\p{L}\d_\\/.$@-])|(?<=\blog))(\p{L}[\u0302\u0304]?)_(\p{L}{1,8}|\d)(?![\p{L}\d_(]|\.\w)/gu

function withIndices(text, Token) {
  const made = (type, content) => Object.assign(new Token(type, '', 0), { content })
  let end = 0
  const parts = [...text.matchAll(INDEXED)].flatMap(({ 0: all, 1: letter, 2: below, index }) => {
    const before = text.slice(end, index)
    end = index + all.length
    return [made('text', before), made('html_inline', `<var>${letter}</var><sub>${below}</sub>`)]
  })
  return [...parts, made('text', text.slice(end))]
}
