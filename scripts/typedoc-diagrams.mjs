// A plugin of typedoc: a Mermaid block becomes a picture when the site is built, in the page's own
// colors; nothing is fetched to read it.
import { renderMermaidSVG } from 'beautiful-mermaid'
import { MarkdownEvent } from 'typedoc'

const BLOCK = /^```mermaid\n([^]*?)^```$/gm
const COLORS = {
  bg: 'var(--color-background)',
  fg: 'var(--color-text)',
  transparent: true,
  font: 'system-ui',
}
const BEFORE_MARKDOWN = 100

function picture(source) {
  const svg = renderMermaidSVG(source, COLORS)
  // Markdown ends a block of HTML at an empty line; the font would come from a server.
  const drawn = svg
    .replace(/@import url\([^)]*\);/, '')
    .replace(/^\s*\n/gm, '')
    .replace('<svg ', '<svg role="img" aria-label="Diagram; its source in words follows" ')
  return `<figure class="diagram">\n${drawn}\n<details><summary>As text</summary><pre>${escaped(source)}</pre></details>\n</figure>\n`
}

function escaped(text) {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/\n\s*\n/g, '\n')
}

export function load(app) {
  app.renderer.on(
    MarkdownEvent.PARSE,
    (event) =>
      void (event.parsedText = event.parsedText.replace(BLOCK, (_, source) => picture(source))),
    BEFORE_MARKDOWN,
  )
}
