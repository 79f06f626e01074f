// A Mermaid block becomes a picture when the site is built, in the page's own colors; nothing is
// fetched to read it.
import { renderMermaidSVG } from 'beautiful-mermaid'

const COLORS = {
  bg: 'var(--vp-c-bg)',
  fg: 'var(--vp-c-text-1)',
  transparent: true,
  font: 'system-ui',
}

/** Makes a markdown-it parser draw them. */
export function drawDiagrams(markdown) {
  const { fence } = markdown.renderer.rules
  markdown.renderer.rules.fence = (tokens, index, ...rest) =>
    tokens[index].info.trim() === 'mermaid'
      ? picture(tokens[index].content)
      : fence(tokens, index, ...rest)
}

function picture(source) {
  // The font would come from a server.
  const svg = renderMermaidSVG(source, COLORS)
    .replace(/@import url\([^)]*\);/, '')
    .replace('<svg ', '<svg role="img" aria-label="Diagram; its source in words follows" ')
  // Vue compiles no style inside a page; v-html takes the picture as it is.
  return `<figure class="diagram"><div v-html="${attribute(JSON.stringify(svg))}"></div>
<details><summary>As text</summary><pre v-pre>${escaped(source)}</pre></details></figure>\n`
}

const escaped = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const attribute = (text) => escaped(text).replaceAll('"', '&quot;')
