// Packs every package, installs the tarballs in an empty project with compilers and runtimes from
// npm, and tries them as strangers do: types under NodeNext and Bundler without skipLibCheck, the
// formats of every export (attw), the first example of every README in other Nodes, Deno and Bun,
// and those that need no Node in Chromium, bundled by Vite. Ends with a table of what was seen.
// [--project FOLDER]: the project, kept; an installed one is used as it is. [--only WORD]: some.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { firstExample, installPacked, packages, run, specifiersOf } from './packed-project.mjs'
import { printHelp } from './print-help.mjs'

printHelp(import.meta.url)

const { values } = parseArgs({ options: { project: { type: 'string' }, only: { type: 'string' } } })
const kept = values.project && resolve(values.project)
const project = kept ?? mkdtempSync(join(tmpdir(), 'icrl-runtimes-'))
const bin = (name) => join(project, 'node_modules/.bin', name)

/** The versions that were tried are in the table of docs/platforms.md. */
const TOOLS = [
  'typescript@6',
  'typescript-5.8@npm:typescript@5.8',
  '@types/node@20',
  'tsx',
  'vite',
  '@arethetypeswrong/cli',
  'deno',
  'bun',
  'node-22@npm:node@22',
  'node-24@npm:node@24',
]

/** They import nothing of Node, by scripts/check-boundaries.mjs. */
const IN_BROWSERS = [
  'advantage',
  'calibration',
  'core',
  'critic',
  'evaluators',
  'objective',
  'recipes',
  'rollout',
  'verify',
]

/** Their types are made of TensorFlow.js's, which TypeScript 6 refuses: @webgpu/types and lib.dom. */
const WITH_TENSORS = ['backbone', 'cli', 'engines', 'methods', 'tfjs-native', 'tfjs-ops']

/**
 * Runtimes print objects each in their own way, and a browser prints none: what is compared is
 * without spaces, quotes and last commas.
 */
const bare = (text) => text.replace(/[\s"'`]/g, '').replace(/,(?=[}\]])/g, '')

const compile = (compiler, resolution, names) => () => {
  const specifiers = packages
    .filter(({ folder }) => names(folder))
    .flatMap(({ manifest }) => specifiersOf(manifest))
  const lines = specifiers.map((specifier, i) => `export * as module${i} from '${specifier}'`)
  const file = `types-${compiler}-${resolution}.ts`
  writeFileSync(join(project, file), `${lines.join('\n')}\n`)
  const options =
    `--noEmit --strict --skipLibCheck false --target es2022 --types node ` +
    `--module ${resolution === 'bundler' ? 'esnext' : resolution} --moduleResolution ${resolution}`
  const tsc = join(project, 'node_modules', compiler, 'bin/tsc')
  run(process.execPath, [tsc, ...options.split(' '), file], project)
  return `${specifiers.length} entry points compile`
}

function attw() {
  for (const { manifest } of packages) {
    const folder = join(project, 'node_modules', manifest.name)
    run(bin('attw'), ['--pack', folder, '--profile', 'esm-only', '--no-emoji'], project)
  }
  return `${packages.length} packages without a fault`
}

/** Each example's file in the project, with what it must print. */
function writeExamples() {
  mkdirSync(join(project, 'examples'), { recursive: true })
  return packages.map(({ folder, readme }) => {
    const { code, printed } = firstExample(readme)
    const file = join('examples', `${folder}.ts`)
    writeFileSync(join(project, file), code)
    return { folder, file, printed }
  })
}

const readmes = (command, args) => () => {
  const examples = writeExamples()
  const wrong = examples.flatMap(({ folder, file, printed }) => {
    const output = run(command, [...args, file], project)
    return bare(output) === bare(printed) ? [] : [`${folder} prints\n${output}`]
  })
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
  return `${examples.length} READMEs print what they say`
}

/** A page that runs every example in turn and shows, as text, what each has printed. */
function writePage(examples) {
  const folder = join(project, 'page')
  mkdirSync(folder, { recursive: true })
  const page = '<!doctype html><pre id="out"></pre><script type="module" src="/main.ts"></script>'
  writeFileSync(join(folder, 'index.html'), page)
  const runs = examples.map(
    ({ folder: name }) => `await example('${name}', () => import('../examples/${name}.ts'))`,
  )
  writeFileSync(
    join(folder, 'main.ts'),
    `const printed: Record<string, string> = {}
const text = (value: unknown) => typeof value === 'string' ? value : shown(value)
/** As Node writes it, but for spaces and quotes: undefined and typed arrays are not JSON. */
function shown(value: any): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (ArrayBuffer.isView(value))
    return value.constructor.name + '(' + (value as any).length + ')[' + Array.from(value as any).join() + ']'
  if (Array.isArray(value)) return '[' + value.map(shown).join() + ']'
  if (value instanceof Map) return 'Map(' + value.size + '){' + [...value].map(([k, v]) => shown(k) + '=>' + shown(v)).join() + '}'
  if (typeof value === 'object' && value !== null)
    return '{' + Object.entries(value).map(([k, v]) => k + ':' + shown(v)).join() + '}'
  return String(value)
}
async function example(name: string, load: () => Promise<unknown>) {
  const lines: string[] = []
  console.log = (...values) => void lines.push(values.map(text).join(' '))
  try { await load() } catch (error) { lines.push(String((error as Error).stack)) }
  printed[name] = lines.join('\\n')
}
${runs.join('\n')}
document.getElementById('out')!.textContent = 'RESULT' + btoa(encodeURIComponent(JSON.stringify(printed))) + 'END'
`,
  )
  return folder
}

const TYPES = { '.html': 'text/html', '.js': 'text/javascript' }

function serve(folder) {
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://page').pathname
    const file = join(folder, path === '/' ? 'index.html' : path)
    if (!existsSync(file)) return response.writeHead(404).end()
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'text/plain' })
    response.end(readFileSync(file))
  })
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server)))
}

const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
)

async function browser() {
  if (!chromium) throw new Error('there is no Chromium in /usr/bin: install it (Debian: chromium)')
  const examples = writeExamples().filter(({ folder }) => IN_BROWSERS.includes(folder))
  const folder = writePage(examples)
  run(bin('vite'), ['build', '--target', 'es2022', '--logLevel', 'error'], folder)
  const server = await serve(join(folder, 'dist'))
  try {
    const printed = await resultOf(`http://127.0.0.1:${server.address().port}/`)
    const wrong = examples.filter(
      ({ folder: name, printed: wanted }) => bare(printed[name]) !== bare(wanted),
    )
    if (wrong.length > 0)
      throw new Error(
        wrong.map(({ folder: name }) => `${name} prints\n${printed[name]}`).join('\n'),
      )
    return `${examples.length} READMEs print what they say`
  } finally {
    server.close()
  }
}

/** The page's text once it is there: its own process, so that the server here can answer it. */
async function resultOf(address) {
  const { spawn } = await import('node:child_process')
  const profile = mkdtempSync(join(tmpdir(), 'icrl-chromium-'))
  const options = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${profile}`]
  const child = spawn(chromium, [...options, '--virtual-time-budget=60000', '--dump-dom', address])
  let page = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (page += text))
  await new Promise((done) => child.on('close', done))
  rmSync(profile, { recursive: true, force: true })
  const [, result] = /RESULT([\w+/=]+)END/.exec(page) ?? []
  if (!result) throw new Error(`the page has no result: ${page.slice(0, 500)}`)
  return JSON.parse(decodeURIComponent(atob(result)))
}

const withoutTensors = (name) => !WITH_TENSORS.includes(name)
const all = () => true
const checks = [
  ['types, TypeScript 5.8, NodeNext', compile('typescript-5.8', 'nodenext', all)],
  ['types, TypeScript 5.8, Bundler', compile('typescript-5.8', 'bundler', all)],
  [
    'types without tensors, TypeScript 6, NodeNext',
    compile('typescript', 'nodenext', withoutTensors),
  ],
  [
    'types without tensors, TypeScript 6, Bundler',
    compile('typescript', 'bundler', withoutTensors),
  ],
  ['attw --profile esm-only', attw],
  [`Node ${process.versions.node}`, readmes(process.execPath, ['--import', 'tsx'])],
  ['Node 22', readmes(join(project, 'node_modules/node-22/bin/node'), ['--import', 'tsx'])],
  ['Node 24', readmes(join(project, 'node_modules/node-24/bin/node'), ['--import', 'tsx'])],
  ['Deno', readmes(bin('deno'), ['run', '-A', '--no-lock', '--node-modules-dir=manual'])],
  ['Bun', readmes(bin('bun'), ['run'])],
  ['Vite and Chromium', browser],
].filter(([title]) => title.includes(values.only ?? ''))

let failed = 0
try {
  mkdirSync(project, { recursive: true })
  if (!existsSync(join(project, 'node_modules/icrl'))) installPacked(project, TOOLS)
  for (const [title, check] of checks) {
    try {
      console.log(`${title}: ${await check()}`)
    } catch (error) {
      failed++
      console.error(`${title}: FAILED\n${error.message}`)
    }
  }
} finally {
  if (!kept) rmSync(project, { recursive: true, force: true })
}
console.log(`${checks.length - failed} of ${checks.length} ways work`)
process.exitCode = failed === 0 ? 0 : 1
