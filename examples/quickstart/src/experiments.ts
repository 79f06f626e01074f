/**
 * The experiments behind docs/results.md: learning curves of every arm over seeds, and the
 * same learning-rate search for every arm. Each run is stored as it ends, so that a second call
 * goes on where the first was stopped.
 *
 *     npx tsx --conditions=@icrl/source examples/quickstart/src/experiments.ts                # all of them, about an hour of one core
 *     npx tsx --conditions=@icrl/source examples/quickstart/src/experiments.ts triple chain   # these
 *     npx tsx --conditions=@icrl/source examples/quickstart/src/experiments.ts --tokens 60000 chain   # none longer than this
 */
import { execFileSync } from 'node:child_process'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { IcrlError } from '@icrl/core'
import { areaUnderCurve, valueAt } from '@icrl/report'
import { bestRate } from './best-rate.ts'
import { EXPERIMENTS, plannedRuns, type Experiment } from './experiment-plan.ts'
import { loadArm, measureArm, rateOf } from './measure-arm.ts'
import { readCurves, storeCurve, type StoredCurve } from './stored-curves.ts'

const RESULTS = fileURLToPath(new URL('../results', import.meta.url))

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string', default: RESULTS },
    tokens: { type: 'string', default: 'Infinity' },
  },
})
const names = positionals.length > 0 ? positionals : Object.keys(EXPERIMENTS)
for (const name of names)
  if (!Object.hasOwn(EXPERIMENTS, name))
    throw new IcrlError(`There is no experiment "${name}".`, {
      code: 'invalid-option',
      remedy: `Name any of ${Object.keys(EXPERIMENTS).join(', ')}.`,
    })
const atMost = Number(values.tokens)
if (!(atMost >= 1))
  throw new IcrlError(`--tokens is "${values.tokens}".`, {
    code: 'invalid-option',
    remedy: 'Use a number of 1 or more.',
  })
const commit = currentCommit()
for (const name of names)
  await runExperiment(name, EXPERIMENTS[name], join(values.out, `${name}.jsonl`))

async function runExperiment(name: string, experiment: Experiment, file: string): Promise<void> {
  const { task, places, every, questions } = experiment
  const tokens = Math.min(experiment.tokens, atMost)
  const stored = await readCurves(file)
  console.log(
    `${name}: ${questions} held-out questions at sampled tokens ${places.join(', ')}; ${relative('.', file)}`,
  )
  for (const { arm, seed, learningRate: given } of plannedRuns(experiment)) {
    const learningRate = given ?? rateOf(await loadArm(task, arm))
    let curve = stored.find(
      (each) =>
        each.arm === arm &&
        each.seed === seed &&
        each.learningRate === learningRate &&
        each.tokens[each.tokens.length - 1] >= tokens,
    )
    if (!curve) {
      curve = {
        arm,
        seed,
        ...(await measureArm({ task, arm, seed, tokens, learningRate, every, questions })),
        ...(commit && { commit }),
      }
      await storeCurve(file, curve)
      stored.push(curve)
    }
    console.log(row(curve, { ...experiment, tokens }))
  }
  if (experiment.rates) printBest(stored, { ...experiment, tokens })
}

function row(curve: StoredCurve, { places, tokens }: Experiment): string {
  const { arm, seed, learningRate, guesses, weightMean, seconds } = curve
  const guessed = guesses.at(-1)
  return [
    arm.padEnd(15),
    learningRate.toExponential(0),
    `seed ${seed}`.padEnd(8),
    ...places.filter((place) => place <= tokens).map((place) => valueAt(curve, place).toFixed(3)),
    `area ${areaUnderCurve(curve, tokens).toFixed(3)}`,
    ...(guessed ? [`guesses ${guessed.toFixed(3)}`] : []),
    ...(weightMean === undefined ? [] : [`w̄ ${weightMean.toFixed(2)}`]),
    `${seconds.toFixed(0)} s`,
  ].join('  ')
}

function printBest(curves: readonly StoredCurve[], { arms, tokens }: Experiment): void {
  for (const arm of arms) {
    const { learningRate, area } = bestRate(
      curves
        .filter((curve) => curve.arm === arm)
        .map((curve) => ({
          learningRate: curve.learningRate,
          area: areaUnderCurve(curve, tokens),
        })),
    )
    console.log(
      `best of ${arm.padEnd(15)} ${learningRate.toExponential(0)}  mean area ${area.toFixed(3)}`,
    )
  }
}

/**
 * The short hash of the commit, with `-dirty` if files other than results differ from it; undefined
 * outside a repository.
 */
function currentCommit(): string | undefined {
  const git = (...args: string[]): string =>
    execFileSync('git', args, {
      cwd: dirname(RESULTS),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', ':/', ':!results')
    return `${git('rev-parse', '--short', 'HEAD')}${changed === '' ? '' : '-dirty'}`
  } catch {
    return undefined
  }
}
