// Holds every import of every source file against the picture in docs/architecture.md, and the
// picture against the imports: an arrow is there if and only if a file imports along it.
// node scripts/check-boundaries.mjs [FOLDER]: of this workspace, or of the one in FOLDER.
import { readFileSync, readdirSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { printHelp } from './print-help.mjs'

printHelp(import.meta.url)

const here = join(dirname(fileURLToPath(import.meta.url)), '..')
const root = resolve(process.argv[2] ?? here)
const PICTURE = 'docs/architecture.md'

/** Run in a browser too: no Node built-ins, no tensors. */
const PURE = [
  'core',
  'advantage',
  'objective',
  'calibration',
  'critic',
  'verify',
  'recipes',
  'rollout',
  'evaluators',
]

const OWN_PACKAGE = /^@icrl\/[\w./-]+$/

const problems = []
/** Arrows along which a file imports, as `a --> b`. */
const found = new Set()
const scopeOf = (specifier) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
const isBuiltin = (specifier) =>
  specifier.startsWith('node:') || builtinModules.includes(scopeOf(specifier))

function sources(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) =>
        entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.includes('node_modules'),
    )
    .map((entry) => join(entry.parentPath, entry.name))
}

/** The arrows `a --> b & c` of the picture, as package → packages it may import. */
function readPicture() {
  const block = /```mermaid\n([^]*?)```/.exec(readFileSync(join(root, PICTURE), 'utf8'))?.[1]
  if (block === undefined) problems.push(`${PICTURE}: there is no mermaid block`)
  const arrows = new Map()
  for (const line of (block ?? '').split('\n').map((text) => text.trim())) {
    if (line === '' || line === 'end' || /^(flowchart|subgraph) /.test(line)) continue
    const [from, to, ...more] = line.replace(/\[.*?\]/g, '').split(/\s*-->\s*/)
    if (!to || more.length > 0) problems.push(`${PICTURE}: "${line}" is no arrow a --> b & c`)
    const targets = (to ?? '').split(/\s*&\s*/).filter(Boolean)
    for (const name of [from, ...targets]) if (!arrows.has(name)) arrows.set(name, new Set())
    for (const name of targets) arrows.get(from).add(name)
  }
  return arrows
}

/** What a source file imports: statically, as a type, or with `import()`. */
function importsOf(text, file) {
  const { importedFiles } = ts.preProcessFile(text, true, true)
  return [...importedFiles.map(({ fileName }) => fileName), ...computedImports(text, file)]
}

/**
 * A file with `import(expression)` may import any of our packages that one of its strings names:
 * what the expression is need not be known.
 */
function computedImports(text, file) {
  if (!/\bimport\s*\(/.test(text)) return []
  const strings = new Set()
  let isComputed = false
  const visit = (node) => {
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      isComputed ||= !ts.isStringLiteral(node.arguments[0])
    if (ts.isStringLiteralLike(node) && OWN_PACKAGE.test(node.text)) strings.add(node.text)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.ES2022))
  return isComputed ? [...strings] : []
}

function checkImport(specifier, file, name, manifest) {
  const where = relative(root, file)
  // Of the path within the workspace: a clone may lie in a folder of any name.
  const isTest = where.endsWith('.test.ts') || /[\\/](test|bench|scripts)[\\/]/.test(where)
  const folder = join(root, 'packages', name)
  if (specifier.startsWith('.')) {
    if (!isTest && relative(folder, resolve(dirname(file), specifier)).startsWith('..'))
      problems.push(`${where}: "${specifier}" leaves the package`)
    return
  }
  // One of the package's own files, by a condition of its package.json.
  if (specifier.startsWith('#')) {
    if (!(specifier in (manifest.imports ?? {})))
      problems.push(`${where}: "${specifier}" is not among the package's imports`)
    return
  }
  if (isBuiltin(specifier)) {
    if (PURE.includes(name) && !isTest)
      problems.push(`${where}: "${specifier}", but ${name} must run in a browser`)
    return
  }
  const dependency = scopeOf(specifier)
  if (dependency === manifest.name) return
  if (dependency.startsWith('@icrl/') && !isTest) {
    const target = dependency.slice('@icrl/'.length)
    found.add(`${name} --> ${target}`)
    if (!arrows.get(name)?.has(target))
      problems.push(`${where}: ${name} may not import ${dependency}; ${PICTURE} has no such arrow`)
  }
  const declared = {
    ...manifest.dependencies,
    ...manifest.peerDependencies,
    ...(isTest ? { ...manifest.devDependencies, vitest: '', 'fast-check': '' } : {}),
  }
  if (!isTest && !(dependency in declared))
    problems.push(`${where}: "${dependency}" is not among the package's dependencies`)
}

function cycle(graph) {
  const state = new Map()
  const visit = (name, path) => {
    if (state.get(name) === 'done') return
    if (path.includes(name))
      return problems.push(`cycle: ${[...path.slice(path.indexOf(name)), name].join(' → ')}`)
    for (const next of graph.get(name) ?? []) visit(next, [...path, name])
    state.set(name, 'done')
  }
  for (const name of graph.keys()) visit(name, [])
}

const arrows = readPicture()
const graph = new Map()
for (const name of readdirSync(join(root, 'packages'))) {
  const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'))
  graph.set(
    manifest.name,
    Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).filter((dependency) =>
      dependency.startsWith('@icrl/'),
    ),
  )
  for (const file of sources(join(root, 'packages', name, 'src'))) {
    for (const specifier of importsOf(readFileSync(file, 'utf8'), file))
      checkImport(specifier, file, name, manifest)
  }
  if (!arrows.has(name)) problems.push(`${PICTURE}: ${name} is not in the picture`)
}
for (const [name, targets] of arrows)
  for (const target of targets)
    if (!found.has(`${name} --> ${target}`))
      problems.push(`${PICTURE}: ${name} --> ${target}, but no file imports along it`)
cycle(graph)
for (const problem of problems) console.error(problem)
console.log(
  problems.length === 0
    ? `${graph.size} packages, every import along an arrow, every arrow imported along, no cycles`
    : `${problems.length} problem${problems.length === 1 ? '' : 's'}`,
)
process.exitCode = problems.length === 0 ? 0 : 1
