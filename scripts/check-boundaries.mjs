// Which package may import which (docs/architecture.md), checked on every import of every source
// file.
import { readFileSync, readdirSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Read each line as "may import", of this workspace. */
const ARROWS = {
  core: [],
  advantage: ['core'],
  objective: ['core'],
  calibration: ['core'],
  critic: ['core'],
  verify: ['core'],
  renderer: ['core'],
  environments: ['core', 'verify'],
  rollout: ['core'],
  trainer: ['core', 'rollout'],
  report: ['core'],
  recipes: ['core', 'advantage', 'objective', 'calibration', 'critic', 'rollout'],
  'tfjs-ops': [],
  'tfjs-native': ['tfjs-ops'],
  backbone: ['core', 'tfjs-ops', 'tfjs-native'],
}
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
]

const problems = []
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

function checkImport(specifier, file, name, manifest) {
  const where = relative(root, file)
  const isTest = file.endsWith('.test.ts') || /\/(test|bench|scripts)\//.test(file)
  const folder = join(root, 'packages', name)
  if (specifier.startsWith('.')) {
    if (!isTest && relative(folder, resolve(dirname(file), specifier)).startsWith('..'))
      problems.push(`${where}: "${specifier}" leaves the package`)
    return
  }
  if (isBuiltin(specifier)) {
    if (PURE.includes(name) && !isTest)
      problems.push(`${where}: "${specifier}", but ${name} must run in a browser`)
    return
  }
  const dependency = scopeOf(specifier)
  if (dependency === manifest.name) return
  if (
    dependency.startsWith('@icrl/') &&
    !isTest &&
    ARROWS[name] &&
    !ARROWS[name].includes(dependency.slice('@icrl/'.length))
  ) {
    problems.push(`${where}: ${name} may not import ${dependency}`)
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
    for (const { fileName } of ts.preProcessFile(readFileSync(file, 'utf8'), true, true)
      .importedFiles)
      checkImport(fileName, file, name, manifest)
  }
}
cycle(graph)
for (const problem of problems) console.error(problem)
console.log(
  problems.length === 0
    ? `${graph.size} packages, every import along an arrow, no cycles`
    : `${problems.length} problems`,
)
process.exitCode = problems.length === 0 ? 0 : 1
