// npm run docs: the site, into docs/site. --serve: and shows it on a port of this machine.
import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build, serve } from 'vitepress'
import { buildPage } from '../examples/in-the-browser/build.mjs'
import { writeApi } from './api.mjs'
import { readPages, writePages } from './gather.mjs'
import { writeLlmsTxt } from './llms.mjs'
import { pages, root } from './root.mjs'

const website = join(root, 'website')

rmSync(pages, { recursive: true, force: true })
mkdirSync(join(pages, 'public'), { recursive: true })
copyFileSync(join(website, 'icon.svg'), join(pages, 'public/icon.svg'))
await buildPage(join(pages, 'public/live'))
const texts = readPages()
writePages(texts)
writeLlmsTxt(texts)
await writeApi()
await build(website)
if (process.argv.includes('--serve')) await serve({ base: '/', root: website })
