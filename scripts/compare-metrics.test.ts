import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

const SCRIPT = fileURLToPath(new URL('compare-metrics.mjs', import.meta.url))
const RUNS = ['smoke', 'smoke-grpo', 'smoke-icrl-shuffled']
const scratch = mkdtempSync(join(tmpdir(), 'icrl-compare-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

type Line = Record<string, unknown>
interface Run {
  metrics: Line[]
  samples: Line[]
  summary: Line
}
type Change = (run: Run) => void

/** Two steps; the first trains nothing, as in the smoke runs of GRPO. */
const run = (): Run => ({
  metrics: [
    { step: 0, 'reward/solver': 0.1, 'groups/flat': 1 },
    { step: 1, 'reward/solver': 0.3, 'groups/flat': 0.5, 'policy/grad_norm': 0.25 },
  ],
  samples: [
    { id: 'a', oldLogprobs: [-0.1, -0.2], advantages: [1, 1] },
    { id: 'b', oldLogprobs: [-0.3], advantages: [-1], weights: [0.7] },
  ],
  summary: { backend: 'native-cpu', isa: 'avx2' },
})

/** The next double away from 0. */
function nextUp(value: number): number {
  const bits = new BigInt64Array(Float64Array.of(value).buffer)
  bits[0]++
  return new Float64Array(bits.buffer)[0]
}

let recordings = 0

/** A recording: `each` changes its three runs, `last` the last of them alone. */
function recording({ each, last }: { each?: Change; last?: Change } = {}): string {
  const folder = join(scratch, `${recordings++}`)
  const lines = (values: Line[]): string => values.map((line) => JSON.stringify(line)).join('\n')
  for (const name of RUNS) {
    const made = run()
    each?.(made)
    if (name === RUNS.at(-1)) last?.(made)
    mkdirSync(join(folder, name, 'samples'), { recursive: true })
    writeFileSync(join(folder, name, 'metrics.jsonl'), lines(made.metrics))
    writeFileSync(join(folder, name, 'samples/step-00001.jsonl'), lines(made.samples))
    writeFileSync(join(folder, name, 'summary.json'), JSON.stringify(made.summary))
  }
  return folder
}

function compare(after: string, ...options: string[]): { status: number | null; output: string } {
  const args = [SCRIPT, 'compare', recording(), after, ...options]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

const rename =
  (old: string, name: string): Change =>
  ({ metrics }) => {
    for (const line of metrics) {
      const value = line[old]
      delete line[old]
      line[name] = value
    }
  }
const setMetric =
  (key: string, value: number): Change =>
  ({ metrics }) =>
    void (metrics[1][key] = value)
const setSample =
  (key: string, ...values: number[]): Change =>
  ({ samples }) =>
    void (samples[1][key] = values)

describe('names', () => {
  const map = ['--names=groups/flat=groups/zero_variance']

  it('holds for equal recordings and keys in another order', () => {
    const reordered = recording({ each: rename('reward/solver', 'reward/solver') })
    expect(compare(recording())).toMatchObject({ status: 0 })
    expect(compare(reordered)).toMatchObject({ status: 0 })
  })

  it('holds for a key under its new name, and shows both', () => {
    const { status, output } = compare(
      recording({ each: rename('groups/flat', 'groups/zero_variance') }),
      ...map,
    )
    expect(output).toMatch(/groups\/flat → groups\/zero_variance +bit-equal/)
    expect(status).toBe(0)
  })

  it('takes the names from a file', () => {
    const file = join(scratch, 'names.json')
    writeFileSync(file, '{ "groups/flat": "groups/zero_variance" }')
    const renamed = recording({ each: rename('groups/flat', 'groups/zero_variance') })
    expect(compare(renamed, `--names=${file}`)).toMatchObject({ status: 0 })
  })

  it.each<[string, Change, string, string[]?]>([
    [
      'one bit of a value',
      setMetric('reward/solver', nextUp(0.3)),
      'in 1 step, most in step 1: 0.3 → 0.30000000000000004',
    ],
    ['a key that is gone', rename('groups/flat', 'x'), 'groups/flat: missing'],
    ['a key too many', setMetric('policy/kl', 0), 'policy/kl: new'],
    [
      'a key that only one step lost',
      ({ metrics }) => void delete metrics[1]['groups/flat'],
      'absent',
    ],
    ['a step that is gone', ({ metrics }) => void metrics.pop(), 'steps 0 1 before, 0 after'],
    ['a name the map does not give', () => {}, 'groups/zero_variance: missing', map],
    [
      'another code path',
      ({ summary }) => void (summary.isa = 'avx512'),
      'native-cpu, avx2 before and native-cpu, avx512 after',
    ],
  ])('refuses %s', (_, last, message, options = []) => {
    const { status, output } = compare(recording({ last }), ...options)
    expect(output).toContain('VIOLATION')
    expect(output).toContain(message)
    expect(status).toBe(1)
  })

  it.each([
    ['--names=a', 'a" is not old=new'],
    ['--names=a=c,b=c', 'two keys become "c"'],
    ['--mode=other', 'none of names, add, reorder'],
    ['--moode=add', '--moode'],
  ])('refuses the option %s', (option, message) => {
    const { status, output } = compare(recording(), option)
    expect(output).toContain(message)
    expect(status).toBe(2)
  })

  it('names a file that is not there', () => {
    const { status, output } = compare(join(scratch, 'nowhere'))
    expect(output).toContain(join('nowhere', 'smoke', 'metrics.jsonl'))
    expect(status).toBe(2)
  })
})

describe('add', () => {
  it('holds for a new key, and lists it', () => {
    const { status, output } = compare(recording({ last: setMetric('policy/kl', 0) }), '--mode=add')
    expect(output).toMatch(/policy\/kl +new/)
    expect(status).toBe(0)
  })

  it.each<[string, Change, string]>([
    ['one bit of an old key', setMetric('reward/solver', nextUp(0.3)), 'reward/solver: differs'],
    ['an old key that is gone', rename('groups/flat', 'x'), 'groups/flat: missing'],
  ])('refuses %s', (_, last, message) => {
    const { status, output } = compare(recording({ last }), '--mode=add')
    expect(output).toContain(`VIOLATION ${message}`)
    expect(status).toBe(1)
  })
})

describe('reorder', () => {
  const within = setMetric('policy/grad_norm', 0.25 * (1 + 9e-7))

  it('holds for a gradient norm within 1e-6 and other values that moved, and lists them', () => {
    const { status, output } = compare(
      recording({
        last: (made) => {
          within(made)
          setMetric('reward/solver', 0.6)(made)
        },
      }),
      '--mode=reorder',
    )
    expect(output).toMatch(/step 1: gradient norm .*by 9.0e-7/)
    expect(output).toMatch(/reward\/solver +differs +in 1 step, .*: 0.3 → 0.6, by 5.0e-1/)
    expect(status).toBe(0)
  })

  it.each<[string, Change, string]>([
    ['a gradient norm beyond 1e-6', setMetric('policy/grad_norm', 0.25 * (1 + 2e-6)), 'by 2.0e-6'],
    ['no gradient norm', rename('policy/grad_norm', 'x'), 'gradient norm: 0.25 → undefined'],
    ['one bit of an old log-probability', setSample('oldLogprobs', nextUp(-0.3)), 'differ in b'],
    ['one bit of an advantage', setSample('advantages', nextUp(-1)), 'advantages: differ in b'],
    ['one bit of w_t', setSample('weights', nextUp(0.7)), 'w_t: differ in b'],
    ['w_t that is gone', ({ samples }) => void delete samples[1].weights, 'w_t: differ in b'],
    ['another sample', ({ samples }) => void (samples[1].id = 'c'), 'only one has b'],
    ['a key too many', setMetric('policy/kl', 0), 'policy/kl: new'],
  ])('refuses %s', (_, last, message) => {
    const { status, output } = compare(recording({ last }), '--mode=reorder')
    expect(output).toContain('VIOLATION')
    expect(output).toContain(message)
    expect(status).toBe(1)
  })
})
