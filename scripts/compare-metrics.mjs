// Holds a commit that touches training to what it says it does: the same three short runs before
// and after it, compared bit by bit (CONTRIBUTING.md, "A commit that touches training").
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const USAGE = `node scripts/compare-metrics.mjs record OUT [--checkout FOLDER]
  trains the three smoke configurations of this checkout, or of FOLDER, into OUT/NAME
node scripts/compare-metrics.mjs compare BEFORE AFTER [--names old=new,…|FILE.json] [--mode MODE]
  compares two recordings; exit code 1 where they differ in more than the mode allows
  names     the same keys under --names, every value bit-equal (default)
  add       the keys of BEFORE bit-equal; new ones are listed
  reorder   step 0's old log-probabilities, advantages and w_t bit-equal, its gradient norm within
            1e-6 (where step 0 trains nothing: the first step that does); everything else is listed
            with its largest difference`
const RUNS = ['smoke', 'smoke-grpo', 'smoke-icrl-shuffled']
const MODES = ['names', 'add', 'reorder']
const GRADIENT_NORM = 'policy/grad_norm'
const GRADIENT_NORM_TOLERANCE = 1e-6
/** What an optimizer step starts from, by its name in a sample. */
const STEP_INPUTS = [
  ['old log-probabilities', 'oldLogprobs'],
  ['advantages', 'advantages'],
  ['w_t', 'weights'],
]

/** A mistake of the caller or a file that is not as it should be: one line, exit code 2. */
class UsageError extends Error {}

function record(out, checkout) {
  for (const run of RUNS) {
    const folder = join(out, run)
    const start = Date.now()
    const { status, stderr, error } = spawnSync(
      process.execPath,
      [
        join(checkout, 'packages/cli/bin/icrl.js'),
        'train',
        `--config=${join(checkout, 'examples/quickstart', `${run}.config.ts`)}`,
        `--out=${folder}`,
      ],
      { cwd: checkout, encoding: 'utf8', maxBuffer: 1 << 26 },
    )
    if (status !== 0) throw new UsageError(`${run}: training failed. ${error?.message ?? stderr}`)
    const { backend, isa } = readSummary(folder)
    const seconds = ((Date.now() - start) / 1000).toFixed(0)
    console.log(`${run}: ${seconds} s on ${backend}${isa ? `, ${isa}` : ''}, in ${folder}`)
  }
}

function readSummary(folder) {
  const file = join(folder, 'summary.json')
  if (!existsSync(file)) throw new UsageError(`${file} is not there: record the run again.`)
  return JSON.parse(readFileSync(file, 'utf8'))
}

function readLines(file) {
  if (!existsSync(file)) throw new UsageError(`${file} is not there: record the run again.`)
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line, i) => {
      try {
        return JSON.parse(line)
      } catch (error) {
        throw new UsageError(`${file}, line ${i + 1}: ${error.message}`)
      }
    })
}

/** From `old=new,old=new`, or from a file `{ "old": "new" }`. */
function readNames(text = '') {
  const pairs = text.endsWith('.json')
    ? Object.entries(JSON.parse(readFileSync(text, 'utf8')))
    : text
        .split(',')
        .filter(Boolean)
        .map((pair) => pair.split('='))
  const wrong = pairs.find((pair) => pair.length !== 2 || pair.some((name) => !name))
  if (wrong) throw new UsageError(`--names: "${wrong.join('=')}" is not old=new.`)
  const twice = pairs.find(([, name], i) => pairs.findIndex((pair) => pair[1] === name) !== i)
  if (twice) throw new UsageError(`--names: two keys become "${twice[1]}".`)
  return new Map(pairs)
}

/** |a − b| relative to the larger; 0 for equal bits, infinite where one is absent. */
function relativeDifference(a, b) {
  if (Object.is(a, b)) return 0
  if (typeof a !== 'number' || typeof b !== 'number') return Infinity
  return a === b ? 0 : Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b))
}

/** Each key once: what became of it over all steps. */
function compareKeys(before, after, names) {
  const rows = []
  const keysOf = (lines) => new Set(lines.flatMap((line) => Object.keys(line)))
  const left = keysOf(after)
  const there = new Set(left)
  for (const old of keysOf(before)) {
    const key = names.get(old) ?? old
    left.delete(key)
    const differing = before.flatMap((line, i) => {
      const [a, b] = [line[old], after[i]?.[key]]
      return Object.is(a, b) ? [] : [{ step: line.step, a, b, by: relativeDifference(a, b) }]
    })
    const [worst] = differing.toSorted((x, y) => y.by - x.by)
    const verdict = !there.has(key) ? 'missing' : worst ? 'differs' : 'bit-equal'
    rows.push({
      key: key === old ? key : `${old} → ${key}`,
      verdict,
      steps: differing.length,
      worst,
    })
  }
  return [...rows, ...[...left].map((key) => ({ key, verdict: 'new' }))]
}

/** Violations of a mode, as sentences, among a run's rows. */
function violationsOf(rows, mode) {
  const bad = { names: ['differs', 'missing', 'new'], add: ['differs', 'missing'] }
  const forbidden = bad[mode] ?? ['missing', 'new']
  return rows.flatMap(({ key, verdict }) =>
    forbidden.includes(verdict) ? `${key}: ${verdict}` : [],
  )
}

/** What `reorder` asks of the first step that trains: until then both runs have the same weights. */
function compareFirstStep(before, after, folders, names) {
  const norm = names.get(GRADIENT_NORM) ?? GRADIENT_NORM
  const line = before.find((metrics) => GRADIENT_NORM in metrics)
  if (!line) return [{ key: 'gradient norm', verdict: 'in no step', bad: true }]
  const { step, [GRADIENT_NORM]: a } = line
  const b = after.find((metrics) => metrics.step === step)?.[norm]
  const file = `samples/step-${String(step).padStart(5, '0')}.jsonl`
  const [old, now] = folders.map(
    (folder) => new Map(readLines(join(folder, file)).map((sample) => [sample.id, sample])),
  )
  const by = relativeDifference(a, b)
  return [
    ...compareIds(old, now),
    ...STEP_INPUTS.map(([title, field]) => ({
      key: `step ${step}: ${title}`,
      ...compareField(old, now, field, names.get(field) ?? field),
    })),
    {
      key: `step ${step}: gradient norm`,
      verdict: `${a} → ${b}, by ${by.toExponential(1)}`,
      bad: !(by <= GRADIENT_NORM_TOLERANCE),
    },
  ]
}

function compareIds(old, now) {
  const lone = [...old.keys(), ...now.keys()].find((id) => !old.has(id) || !now.has(id))
  return lone === undefined ? [] : [{ key: 'samples', verdict: `only one has ${lone}`, bad: true }]
}

function compareField(old, now, field, renamed) {
  const both = [...old.keys()].filter((id) => now.has(id))
  const valuesOf = (id) => [old.get(id)[field] ?? [], now.get(id)[renamed] ?? []]
  const differing = both.find((id) => {
    const [a, b] = valuesOf(id)
    return a.length !== b.length || a.some((value, i) => !Object.is(value, b[i]))
  })
  if (differing !== undefined) return { verdict: `differ in ${differing}`, bad: true }
  const count = both.reduce((sum, id) => sum + valuesOf(id)[0].length, 0)
  // Only w_t may be absent: a method without revisions has none.
  if (count === 0) return { verdict: 'none', bad: field !== 'weights' }
  return { verdict: `${count} bit-equal` }
}

function compareRun(run, beforeRoot, afterRoot, names, mode) {
  const folders = [join(beforeRoot, run), join(afterRoot, run)]
  const [before, after] = folders.map((folder) => readLines(join(folder, 'metrics.jsonl')))
  const violations = []
  const paths = folders.map(readSummary).map(({ backend, isa }) => `${backend}, ${isa}`)
  if (paths[0] !== paths[1])
    violations.push(`computed on ${paths[0]} before and ${paths[1]} after: record on one machine`)
  const steps = [before, after].map((lines) => lines.map(({ step }) => step).join(' '))
  if (steps[0] !== steps[1]) violations.push(`steps ${steps[0]} before, ${steps[1]} after`)
  const rows = compareKeys(before, after, names)
  violations.push(...violationsOf(rows, mode))
  const first = mode === 'reorder' ? compareFirstStep(before, after, folders, names) : []
  violations.push(...first.flatMap(({ key, verdict, bad }) => (bad ? `${key}: ${verdict}` : [])))
  return { run, steps: before.length, rows, first, violations }
}

function printRun({ run, steps, rows, first, violations }) {
  const equal = rows.filter(({ verdict }) => verdict === 'bit-equal')
  console.log(`\n${run}: ${steps} steps, ${equal.length} of ${rows.length} keys bit-equal`)
  const shown = rows.filter(({ key, verdict }) => verdict !== 'bit-equal' || key.includes(' → '))
  const lines = [
    ...first.map(({ key, verdict }) => [key, verdict, '']),
    ...shown.map(({ key, verdict, steps: count, worst }) => [key, verdict, detail(count, worst)]),
  ]
  const width = Math.max(0, ...lines.map(([key]) => key.length))
  for (const [key, verdict, more] of lines)
    console.log(`  ${key.padEnd(width)}  ${verdict.padEnd(9)}  ${more}`.trimEnd())
  for (const violation of violations) console.log(`  VIOLATION ${violation}`)
}

function detail(count, worst) {
  if (!worst) return ''
  const { step, a = 'absent', b = 'absent', by } = worst
  const most = `in ${count} ${count === 1 ? 'step' : 'steps'}, most in step ${step}: ${a} → ${b}`
  return Number.isFinite(by) ? `${most}, by ${by.toExponential(1)}` : most
}

function compare(before, after, { names, mode = 'names' }) {
  if (!MODES.includes(mode))
    throw new UsageError(`--mode: "${mode}" is none of ${MODES.join(', ')}.`)
  const map = readNames(names)
  const results = RUNS.map((run) => compareRun(run, before, after, map, mode))
  for (const result of results) printRun(result)
  const violations = results.reduce((sum, result) => sum + result.violations.length, 0)
  console.log(
    `\n${mode}: ${violations === 0 ? 'holds' : `${violations} violation${violations === 1 ? '' : 's'}`}`,
  )
  process.exitCode = violations === 0 ? 0 : 1
}

try {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      names: { type: 'string' },
      mode: { type: 'string' },
      checkout: { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  const [command, ...folders] = positionals
  const root = join(dirname(fileURLToPath(import.meta.url)), '..')
  if (values.help) console.log(USAGE)
  else if (command === 'record' && folders.length === 1)
    record(resolve(folders[0]), resolve(values.checkout ?? root))
  else if (command === 'compare' && folders.length === 2)
    compare(resolve(folders[0]), resolve(folders[1]), values)
  else throw new UsageError(`what to do?\n${USAGE}`)
} catch (error) {
  if (!(error instanceof UsageError) && !error.code?.startsWith('ERR_PARSE_ARGS')) throw error
  console.error(`compare-metrics: ${error.message}`)
  process.exitCode = 2
}
