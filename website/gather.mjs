// The repository's own texts as pages of the site: each where its readers look for it, its links to
// other texts leading to their pages, its pictures beside it, its links to anything else to the source.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { home, sections } from './contents.mjs'
import { pages, root, SOURCES } from './root.mjs'

/** Path of a file's page, without its ending: `packages/core/README.md` is `packages/core`. */
export function pageOf(file) {
  if (file === home) return 'index'
  return file
    .replace(/^docs\//, '')
    .replace(/\/README\.md$/, '')
    .replace(/\.md$/, '')
    .toLowerCase()
}

const files = [...new Set([home, ...sections.flatMap((section) => section.pages)])]
const pageByFile = new Map(files.map((file) => [file, pageOf(file)]))

/** First heading of a text. */
export function titleOf(file) {
  const text = readFileSync(join(root, file), 'utf8')
  return /^# (.+)$/m.exec(text)?.[1].replaceAll('`', '') ?? file
}

/**
 * Every page with its links as they are on the site, and the pictures that it shows.
 *
 * @throws where a link leads to no file of the repository
 */
export function readPages() {
  return files.map((file) => {
    const pictures = []
    const text = withLinks(readFileSync(join(root, file), 'utf8'), file, pictures)
    return { file, page: pageByFile.get(file), title: titleOf(file), text, pictures }
  })
}

const OPTIONS_TABLE = /^\| (option +\| type +\| default|key +\| meaning)/m

/** Pages of options and of figures take the room of the outline. */
function frontmatterOf(page, text) {
  const kind = OPTIONS_TABLE.test(text) ? 'reference' : page.startsWith('methods/') ? 'figures' : ''
  return kind === '' ? '' : `---\npageClass: ${kind}\naside: false\n---\n\n`
}

/** Writes what `readPages` answered to where VitePress reads it. */
export function writePages(gathered) {
  for (const { page, text, pictures } of gathered) {
    const target = join(pages, `${page}.md`)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, frontmatterOf(page, text) + text)
    for (const picture of pictures) {
      const copy = join(pages, 'public', picture)
      mkdirSync(dirname(copy), { recursive: true })
      copyFileSync(join(root, picture), copy)
    }
  }
}

const FENCE = /^(```|~~~)[^]*?^\1.*$/gm
const MARKDOWN_LINK = /(\]\()([^)\s]+)(\))/g
const HTML_LINK = /((?:src|href)=")([^"]+)(")/g
/** The picture of the first page, in what stands before its text. */
const HERO = /(^\s+src: )(\S+)($)/gm

/** Every link but those in blocks of code. */
function withLinks(text, file, pictures) {
  const blocks = []
  const replaced = (_, before, target, after) => before + linkFrom(file, target, pictures) + after
  return text
    .replace(FENCE, (block) => `\u0000${blocks.push(block) - 1}\u0000`)
    .replace(MARKDOWN_LINK, replaced)
    .replace(HTML_LINK, replaced)
    .replace(HERO, replaced)
    .replace(/\u0000(\d+)\u0000/g, (_, index) => blocks[index])
}

function linkFrom(file, target, pictures) {
  if (/^(\w+:|#|\/)/.test(target)) return target
  const [path, hash] = target.split('#')
  const found = posix.normalize(posix.join(posix.dirname(file), path)).replace(/\/$/, '')
  const page = pageByFile.get(found) ?? pageByFile.get(`${found}/README.md`)
  if (page !== undefined) return `/${page}${hash === undefined ? '' : `#${hash}`}`
  if (!existsSync(join(root, found)))
    throw new Error(`${file} links to ${target}, which does not exist. Correct the link.`)
  if (/\.(svg|png)$/.test(found)) {
    pictures.push(found)
    return `/${found}`
  }
  return `${SOURCES}/${found}${hash === undefined ? '' : `#${hash}`}`
}
