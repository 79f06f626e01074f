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
  write('llms.txt', [HEAD, ...index, API].join('\n\n'))
  const texts = gathered.map(({ page, text }) => `<!-- /${page}.html -->\n\n${text.trim()}`)
  write('llms-full.txt', [HEAD, ...texts].join('\n\n'))
}

const HEAD = `# ICRL

> Post-train language models by reinforcement learning with critique, in TypeScript. One model learns
> to solve and to criticize; what it first gets right only after a critique, it later gets right alone.`

const API = `## API reference

- [Reference](/api/): Every export of every package, with its options, their defaults and an example.
- [All of these texts in one file](/llms-full.txt): Without the reference.`

const write = (name, text) => writeFileSync(join(pages, 'public', name), `${text}\n`)

/** What a page says of itself: the first sentences below its heading, as many as say something. */
export function summaryOf(text) {
  const paragraph = text
    .replace(/^---\n[^]*?\n---\n/, '')
    .split(/\n\s*\n/)
    .find((part) => /^[A-Z*`[]/.test(part.trim()) && !/^(?:```|\[arXiv )/.test(part))
  const words = (paragraph ?? '')
    .replace(/\s+/g, ' ')
    .replace(/\[((?:\\.|[^\]])*)\]\([^)]*\)/g, '$1')
    .replace(/\*\*|\\(?=[[\]])/g, '')
  let summary = ''
  for (const sentence of words.match(/.+?(?:(?<! al)[.?!](?= |$)|$)\s*/g) ?? []) {
    if (summary.length >= LEAST) break
    summary += sentence
  }
  return summary.trim().replace(/(?<=.{60}):(?: .{80,})?$|:$/, '.')
}

/** Characters after which a summary ends with its sentence. */
const LEAST = 60
