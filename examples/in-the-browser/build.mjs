// Bundles the page into a folder: its script, its worker, TensorFlow.js's WebAssembly and the model.
// node build.mjs [FOLDER] [--serve]: into dist unless a folder is given; and shows it.
import { copyFileSync, createReadStream, existsSync, mkdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = dirname(fileURLToPath(import.meta.url))
const WASM = 'tfjs-backend-wasm-simd.wasm'
const MODEL = ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json']

/** Writes all that the page needs into a folder; returns what went into its scripts. */
export async function buildPage(folder) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'model'), { recursive: true })
  const { metafile } = await build({
    entryPoints: ['page.ts', 'worker.ts', 'page.css'].map((name) => join(here, 'page', name)),
    bundle: true,
    minify: true,
    outdir: folder,
    format: 'esm',
    platform: 'browser',
    target: ['es2022', 'chrome123', 'firefox128', 'safari17.5'],
    // Of the repository's packages their sources, so that nothing needs to be built before.
    conditions: ['@icrl/source'],
    metafile: true,
    logLevel: 'warning',
  })
  copyFileSync(join(here, 'page/index.html'), join(folder, 'index.html'))
  const tfjs = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))
  copyFileSync(join(tfjs, WASM), join(folder, WASM))
  for (const name of MODEL)
    copyFileSync(join(here, '../quickstart/model', name), join(folder, 'model', name))
  return metafile
}

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
}

function serve(folder) {
  const server = createServer(({ url }, response) => {
    const path = normalize(new URL(url, 'http://localhost').pathname)
    const file = join(folder, path === '/' ? 'index.html' : path)
    if (!file.startsWith(folder) || !existsSync(file)) return response.writeHead(404).end()
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' })
    createReadStream(file).pipe(response)
  })
  server.listen(0, '127.0.0.1', () =>
    console.log(`http://127.0.0.1:${server.address().port}/ (Ctrl-C ends it)`),
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder = join(here, 'dist')] = process.argv.slice(2).filter((arg) => arg !== '--serve')
  await buildPage(folder)
  if (process.argv.includes('--serve')) serve(folder)
  else console.log(`${folder} holds the page; any server of files shows it.`)
}
