// Script and style of a page as two strings, with all they import, minified: `page`, the report, from
// page/main.tsx; `view`, the live page, from page/view.tsx. Both have page/page.css.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

const ENTRIES = { page: 'page/main.tsx', view: 'page/view.tsx' }

export async function bundlePage(name) {
  const { outputFiles } = await build({
    entryPoints: [join(root, ENTRIES[name]), join(root, 'page/page.css')],
    bundle: true,
    minify: true,
    write: false,
    outdir: join(root, 'dist'),
    format: 'iife',
    target: ['es2022', 'chrome123', 'firefox128', 'safari17.5'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'warning',
  })
  const text = (end) => outputFiles.find(({ path }) => path.endsWith(end)).text.trim()
  return { script: `/*\n${notices()}\n*/\n${text('.js')}`, style: text('.css') }
}

/** What the licenses of the two libraries inside ask to be kept with them. */
function notices() {
  return ['uplot', 'preact']
    .map((name) => {
      const folder = join(root, 'node_modules', name)
      const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      return `Contains ${name} ${version}:\n\n${readFileSync(join(folder, 'LICENSE'), 'utf8').trim()}`
    })
    .join('\n\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of Object.keys(ENTRIES)) {
    const { script, style } = await bundlePage(name)
    writeFileSync(join(root, `dist/${name}.js`), script)
    writeFileSync(join(root, 'dist/page.css'), style)
  }
}
