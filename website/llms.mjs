// llms.txt, an index of the site for language models, and llms-full.txt, all of its texts but the
// reference (https://llmstxt.org).
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sections } from './contents.mjs'
import { pageOf } from './gather.mjs'
import { pages } from './root.mjs'

/** @param gathered what `readPages` answered */
export function writeLlmsTxt(gathered) {
  const byFile = new Map(gathered.map((page) => [page.file, page]))
  const line = (file) => {
    const { title, text } = byFile.get(file)
    return `- [${title}](/${pageOf(file)}.html): ${summaryOf(text)}`
  }
  const index = sections.map(
    ({ title, pages: files }) => `## ${title}\n\n${files.map(line).join('\n')}`,
  )
  write('llms.txt', [HEAD, ...index].join('\n\n'))
  const texts = gathered.map(({ page, text }) => `<!-- /${page}.html -->\n\n${text.trim()}`)
  write('llms-full.txt', [HEAD, ...texts].join('\n\n'))
}

const HEAD = `# ICRL

> Post-train language models by reinforcement learning with critique, in TypeScript. One model learns
> to solve and to criticize; what it first gets right only after a critique, it later gets right alone.`

const write = (name, text) => writeFileSync(join(pages, 'public', name), `${text}\n`)

/** First sentence below the heading. */
function summaryOf(text) {
  const paragraph = text
    .replace(/^---\n[^]*?\n---\n/, '')
    .split(/\n\s*\n/)
    .find((part) => /^[A-Z*`[]/.test(part.trim()) && !part.startsWith('```'))
  const [sentence] = /^.*?[.:?!](?=\s|$)/.exec((paragraph ?? '').replace(/\s+/g, ' ')) ?? ['']
  return sentence.replace(/:$/, '.').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
}
