import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
// @ts-expect-error a module in JavaScript, without declarations
import { sections, home } from '../website/contents.mjs'
// @ts-expect-error a module in JavaScript, without declarations
import { readPages } from '../website/gather.mjs'
// @ts-expect-error a module in JavaScript, without declarations
import { summaryOf } from '../website/llms.mjs'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const under = (path: string) =>
  readdirSync(new URL(`../${path}`, import.meta.url), { recursive: true }) as string[]

const listed = new Set<string>([
  home,
  ...(sections as { pages: string[] }[]).flatMap(({ pages }) => pages),
])

describe('the site', () => {
  it('has a place for every page of docs', () => {
    const pages = under('docs').filter((file) => file.endsWith('.md') && !file.startsWith('site'))
    expect(pages.map((file) => join('docs', file)).filter((file) => !listed.has(file))).toEqual([])
  })

  it('has no link in its texts that leads nowhere', () => {
    expect(readPages().length).toBe(listed.size)
  })

  it('has no link to a heading that is not there', () => {
    const pages = readPages() as { file: string; page: string; text: string }[]
    const prose = ({ text }: { text: string }) => text.replace(/^(```|~~~)[^]*?^\1.*$/gm, '')
    const headings = new Map(
      pages.map((it) => [
        it.page,
        new Set([...prose(it).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => slugOf(heading))),
      ]),
    )
    const links = pages.flatMap((it) =>
      [...prose(it).matchAll(/\]\((\/[^)#]*)?#([^)]+)\)/g)].map(([link, to, hash]) => ({
        link: `${it.file}: ${link}`,
        isThere: headings.get(to?.slice(1) ?? it.page)?.has(hash) ?? false,
      })),
    )
    expect(links.length).toBeGreaterThan(80)
    expect(links.filter(({ isThere }) => !isThere)).toEqual([])
  })

  it('says in llms.txt what each page is about', () => {
    const pages = (readPages() as { file: string; text: string }[]).filter(
      ({ file }) => file !== home,
    )
    const bad = pages
      .map(({ file, text }) => [file, (summaryOf as (text: string) => string)(text)])
      .filter(([, summary]) => !/^[^*]{40,}[.?]$/.test(summary) || / al\.$|\]\(/.test(summary))
    expect(bad).toEqual([])
  })

  it('names a folder of runs in one page only: who follows two pages finds each folder free', () => {
    const examples = readdirSync(new URL('../examples', import.meta.url))
      .map((name) => join('examples', name, 'README.md'))
      .filter((file) => existsSync(new URL(`../${file}`, import.meta.url)))
    const pages = ['README.md', ...listed, ...examples]
    const named = new Map<string, Set<string>>()
    for (const page of new Set(pages))
      for (const [, folder] of read(page).matchAll(/--out (runs\/[\w/-]+)/g))
        named.set(folder, (named.get(folder) ?? new Set()).add(page))
    const shared = [...named].filter(([, own]) => own.size > 1)
    expect(shared.map(([folder, own]) => [folder, ...own])).toEqual([])
  })

  it('shows commands as they are typed: icrl is no program outside npx', () => {
    const bare = [...new Set(['README.md', ...listed])].flatMap((page) =>
      [...read(page).matchAll(/^ *```sh\n([^]*?)```/gm)]
        .flatMap(([, block]) => block.split('\n'))
        .filter((line) => /^\s*icrl /.test(line))
        .map((line) => `${page}: ${line}`),
    )
    expect(bare).toEqual([])
  })

  it('explains every error code', () => {
    const [, union] = /type ErrorCode =([^]*?)\n\n/.exec(read('packages/core/src/errors.ts'))!
    const codes = [...union.matchAll(/'([a-z-]+)'/g)].map(([, code]) => code)
    expect(codes.length).toBeGreaterThan(10)
    expect(under('docs/errors').sort()).toEqual(codes.map((code) => `${code}.md`).sort())
    const index = read('docs/errors.md')
    for (const code of codes) expect(index).toContain(`(errors/${code}.md)`)
  })

  it('explains every metric that a run writes', () => {
    const page = read('docs/metrics.md')
    const written = ['trainer', 'recipes']
      .flatMap((name) =>
        under(`packages/${name}/src`).map((file) => `packages/${name}/src/${file}`),
      )
      .filter((file) => file.endsWith('.ts') && !file.includes('test'))
      .flatMap((file) => [...read(file).matchAll(METRIC)].map(([, key]) => key))
    expect(new Set(written).size).toBeGreaterThan(40)
    expect([...new Set(written)].filter((key) => !page.includes(`\`${key}\``))).toEqual([])
  })
})

/** A metric's name as a string of its own, first in an entry or as a key. */
const METRIC =
  /(?:\[|^\s+)'((?:accuracy|calibration|correction|critic|eval|ledger|memory|perf|policy|sessions|tokens)\/[a-z_/]+)'(?:,|:)/gm

/** A heading's anchor, as VitePress makes it. */
const slugOf = (heading: string): string =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[\s~`!@#$%^&*()\-_+=[\]{}|\\;:"'“”‘’<>,.?/]+/g, '-')
    .replace(/^-|-$/g, '')
    .toLowerCase()
