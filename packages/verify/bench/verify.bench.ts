// Checks per second, and Math-Verify beside them where a Python that has it is named:
// MATH_VERIFY_PYTHON=…/bin/python node --conditions=@icrl/source --import tsx
// packages/verify/bench/verify.bench.ts
import { spawnSync } from 'node:child_process'
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { verifyMath } from '../src/index.ts'

type Pair = readonly [prediction: string, gold: string]

interface Group {
  readonly name: string
  /** The i-th pair; no two alike, so that no memo of answers helps. */
  readonly pair: (i: number) => Pair
  /** Pairs given to Math-Verify. */
  readonly few: number
}

const SECONDS = 1.5
const MATH_VERIFY = `
import json, sys, time
from math_verify import parse, verify
for name, pairs in json.load(open(sys.argv[1])).items():
    start = time.process_time()
    right = sum(verify(parse(gold if '$' in gold else '\\\\boxed{' + gold + '}'), parse(prediction)) for prediction, gold in pairs)
    print(json.dumps({'name': name, 'rate': len(pairs) / (time.process_time() - start), 'right': right / len(pairs)}))
`

const respond = (answer: string, i: number): string =>
  `First, set up the quantities in the question.\n\nFrom the first condition we have $a + b = ${i}$ and $ab = 64$, so $a^2 + b^2 = ${i}^2 - 2 \\cdot 64$.\n\nSubstituting gives \\[ 38k + 86 = m, \\] which simplifies nicely.\n\nThe final answer is $\\boxed{${answer}}$.`

const GROUPS: readonly Group[] = [
  { name: 'integers in boxes', pair: (i) => [`\\boxed{${i}}`, `${i}`], few: 300 },
  {
    name: 'integers at the end of a response',
    pair: (i) => [respond(`${i}`, i), `${i}`],
    few: 300,
  },
  { name: 'wrong integers', pair: (i) => [`\\boxed{${i}1}`, `${i}`], few: 300 },
  { name: 'decimals', pair: (i) => [`\\boxed{${i}.50}`, `${i}.5`], few: 300 },
  {
    name: 'fractions',
    pair: (i) => [`\\boxed{\\frac{${2 * i}}{14}}`, `\\frac{${i}}{7}`],
    few: 200,
  },
  {
    name: 'tuples',
    pair: (i) => [`\\boxed{(${i}, -3, 0.5)}`, `\\left(${i},-3,\\frac{1}{2}\\right)`],
    few: 100,
  },
  { name: 'roots', pair: (i) => [`\\boxed{${i}\\sqrt{8}}`, `\\sqrt{${8 * i * i}}`], few: 100 },
  {
    name: 'polynomials, expanded against factored',
    pair: (i) => [`\\boxed{x^2 + ${i + 3}x + ${3 * i}}`, `(x+${i})(x+3)`],
    few: 60,
  },
  {
    name: 'wrong polynomials',
    pair: (i) => [`\\boxed{x^2 + ${i + 3}x + ${3 * i + 1}}`, `(x+${i})(x+3)`],
    few: 40,
  },
  {
    name: 'trigonometric identities',
    pair: (i) => [`\\boxed{2\\sin ${i}x\\cos ${i}x}`, `\\sin ${2 * i}x`],
    few: 20,
  },
]

/** Checks per second of processor time, and the share judged right. */
function measure({ pair }: Group): { rate: number; right: number } {
  for (let i = 1; i < 300; i++) verifyMath(...pair(1_000_000 + i))
  const start = process.cpuUsage()
  let [count, right, spent] = [0, 0, 0]
  while (spent < SECONDS) {
    for (let k = 0; k < 50; k++) if (verifyMath(...pair(++count)).correct) right++
    const { user, system } = process.cpuUsage(start)
    spent = (user + system) / 1e6
  }
  return { rate: count / spent, right: right / count }
}

/** Math-Verify's rates by group; empty where no Python is named. */
function measureMathVerify(): Map<string, number> {
  const python = process.env.MATH_VERIFY_PYTHON
  if (!python) return new Map()
  const folder = mkdtempSync(join(tmpdir(), 'verify-bench-'))
  writeFileSync(join(folder, 'bench.py'), MATH_VERIFY)
  writeFileSync(
    join(folder, 'pairs.json'),
    JSON.stringify(
      Object.fromEntries(
        GROUPS.map(({ name, pair, few }) => [
          name,
          Array.from({ length: few }, (_, i) => pair(i + 1)),
        ]),
      ),
    ),
  )
  const { stdout, stderr, status } = spawnSync(
    python,
    [join(folder, 'bench.py'), join(folder, 'pairs.json')],
    { encoding: 'utf8' },
  )
  rmSync(folder, { recursive: true })
  if (status !== 0) throw new Error(`Math-Verify did not run: ${stderr.slice(-500)}`)
  return new Map(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { name: string; rate: number })
      .map(({ name, rate }) => [name, rate]),
  )
}

const theirs = measureMathVerify()
console.log(
  `Node ${process.versions.node}, ${cpus()[0].model.trim()}; checks per second of processor time, one process, every pair a new one`,
)
console.log(`| pairs | @icrl/verify | judged right | Math-Verify |\n|---|---|---|---|`)
for (const group of GROUPS) {
  const { rate, right } = measure(group)
  const other = theirs.get(group.name)
  console.log(
    `| ${group.name} | ${Math.round(rate).toLocaleString('en')} | ${(100 * (group.name.startsWith('wrong') ? 1 - right : right)).toFixed(0)}% | ${other === undefined ? 'not run' : Math.round(other).toLocaleString('en')} |`,
  )
}
