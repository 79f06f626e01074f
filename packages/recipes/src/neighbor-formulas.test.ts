import type { QuestionTask, Recipe, Sample } from '@icrl/core'
import { expect, it } from 'vitest'
import { raggedBatch, recipeSlope, type RaggedBatch, type Turns } from '../test/ragged-sessions.ts'
import { attempt, critic } from '../test/tiny-world.ts'
import { echo, erl, luffy, rltfSd } from './index.ts'

const SEEDS = Array.from({ length: 200 }, (_, i) => i + 1)
const [LOW, HIGH, GAMMA, LENGTH, FACTOR, LEAST, LEFT] = [0.2, 0.3, 0.1, 16, 0.1, -5, 0.3]
const BRANCHES = 3

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)
const meanOf = (values: readonly number[]): number => total(values) / values.length
const standardized = (value: number, group: readonly number[]): number => {
  if (group.length === 1) return 0
  const squares = group.map((other) => (other - meanOf(group)) ** 2)
  return (value - meanOf(group)) / (Math.sqrt(total(squares) / (group.length - 1)) + 1e-6)
}
const clipped = (ratio: number, advantage: number): number =>
  Math.min(ratio * advantage, Math.min(Math.max(ratio, 1 - LOW), 1 + HIGH) * advantage)

/** A response as a formula has it: log-probabilities of its trained tokens, under what stands before it. */
type Under = (
  sample: Pick<Sample, 'id' | 'response' | 'mask'>,
  prompt: Int32Array,
) => readonly { readonly now: number; readonly old: number }[]

/** A method's loss of a batch, as its paper has it. */
type Formula = (batch: RaggedBatch, tokens: Under) => number

/** What a batch's sessions have, by what it is: first attempts, critiques, later attempts. */
function kindsOf({
  sessions,
}: RaggedBatch): Readonly<Record<'first' | 'critiques' | 'later', Sample[]>> {
  const samples = sessions.flatMap((session) => session.samples)
  const solved = samples.filter(({ keys }) => keys.role === 'solver')
  return {
    first: solved.filter(({ keys }) => keys.round === 1),
    critiques: samples.filter(({ keys }) => keys.role === 'critic'),
    later: solved.filter(({ keys }) => keys.round > 1),
  }
}
const rewardsOf = (samples: readonly Sample[], of: Sample): number[] =>
  samples.filter(({ keys }) => keys.task === of.keys.task).map(({ reward }) => reward)
const sameSession = (a: Sample, b: Sample): boolean =>
  a.keys.task === b.keys.task && a.keys.session === b.keys.session

const retry: Turns = [
  { role: 'critic', round: 1 },
  { role: 'solver', round: 2 },
]
const tree: Turns = Array.from({ length: BRANCHES }, (_, i) => [
  { role: 'critic' as const, round: i + 1 },
  { role: 'solver' as const, round: i + 2 },
]).flat()
const expertOf = ({ id }: QuestionTask): { prompt: Int32Array; response: Int32Array } => ({
  prompt: Int32Array.of(Number(id[1])),
  response: new Int32Array(2 + Number(id[1])),
})

/**
 * J = Σ A logπ(y|q) of first attempts + Σ A logπ(y|q,c) of retries + Σ .1 · 1[logπ_old ≥ −5] A logπ(y|q)
 * of retries, A = r − mean of the first attempts'; the loss is the mean over all these tokens.
 */
const rltfSdLoss: Formula = (batch, tokens) => {
  const { first, later } = kindsOf(batch)
  const question = (sample: Sample): Int32Array =>
    first.find((one) => sameSession(one, sample))!.sampledUnder
  const terms = [
    ...first.map((y) => [y, tokens(y, y.sampledUnder), () => 1] as const),
    ...later.map((y) => [y, tokens(y, y.sampledUnder), () => 1] as const),
    ...later.map(
      (y) => [y, tokens(y, question(y)), (old: number) => (old >= LEAST ? FACTOR : 0)] as const,
    ),
  ]
  const count = total(terms.map(([, said]) => said.length))
  const gain = terms.flatMap(([y, said, factor]) => {
    const advantage = y.reward - meanOf(rewardsOf(first, y))
    return said.map(({ now, old }) => factor(old) * advantage * now)
  })
  return -total(gain) / count
}

/** J = 1/(N L_max) (Σ ρ A of the policy's answers + Σ π/(π + γ) A of the expert's), A = r − group mean. */
const luffyLoss: Formula = (batch, tokens) => {
  const own = kindsOf(batch).first
  const gain = batch.tasks.flatMap((task) => {
    const answers = own.filter(({ keys }) => keys.task === task.id)
    const mean = meanOf([...answers.map(({ reward }) => reward), 1])
    const { prompt, response } = expertOf(task)
    const id = `demonstration0/${task.id}/0`
    const expert = { id, response, mask: Uint8Array.from(response, () => 1) }
    return [
      ...answers.flatMap((y) =>
        tokens(y, y.sampledUnder).map(({ now, old }) => Math.exp(now - old) * (y.reward - mean)),
      ),
      ...tokens(expert, prompt).map(
        ({ now }) => (Math.exp(now) / (Math.exp(now) + GAMMA)) * (1 - mean),
      ),
    ]
  })
  return -total(gain) / ((own.length + batch.tasks.length) * LENGTH)
}

/**
 * GRPO of first attempts, of reflections (r that of the second attempt) and of second attempts, each in
 * groups of their own, and −logπ(y₂|q) of second attempts that succeeded; the mean of sequences' sums.
 */
const erlLoss: Formula = (batch, tokens) => {
  const { first, critiques, later } = kindsOf(batch)
  const reflections = critiques.map((one) => ({
    ...one,
    reward: later.find((second) => sameSession(second, one))!.reward,
  }))
  const grpo = [first, reflections, later].flatMap((kind) =>
    kind.map((y) => {
      const advantage = standardized(y.reward, rewardsOf(kind, y))
      return total(
        tokens(y, y.sampledUnder).map(({ now, old }) => clipped(Math.exp(now - old), advantage)),
      )
    }),
  )
  const distilled = later
    .filter(({ success }) => success)
    .map((y) => {
      const { sampledUnder } = first.find((one) => sameSession(one, y))!
      return total(tokens(y, sampledUnder).map(({ now }) => now))
    })
  return -meanOf([...grpo, ...distilled])
}

/**
 * GRPO of one attempt's diagnoses, r = (s_r − s₀)/max(1 − s₀, least), and of their refinements, r = s_r;
 * the mean of sequences' means.
 */
const echoLoss: Formula = (batch, tokens) => {
  const { first, critiques, later } = kindsOf(batch)
  const gains = critiques.map((one) => {
    const before = first.find((start) => sameSession(start, one))!.reward
    const after = later.find(
      (refined) => sameSession(refined, one) && refined.keys.round === one.keys.round + 1,
    )!.reward
    return { ...one, reward: (after - before) / Math.max(1 - before, LEFT) }
  })
  const means = [gains, later].flatMap((kind) =>
    kind.map((y) => {
      const group = kind.filter((other) => sameSession(other, y)).map(({ reward }) => reward)
      const advantage = standardized(y.reward, group)
      return meanOf(
        tokens(y, y.sampledUnder).map(({ now, old }) => clipped(Math.exp(now - old), advantage)),
      )
    }),
  )
  return means.length === 0 ? 0 : -meanOf(means)
}

const group = { attempt, tasksPerStep: 2 }
const clip = { clipLow: LOW, clipHigh: HIGH }
const cases: readonly (readonly [Recipe<QuestionTask>, Turns, Formula])[] = [
  [rltfSd({ ...group, ...critic }), retry, rltfSdLoss],
  [
    luffy({ ...group, demonstrate: (task) => [expertOf(task)], responseTokens: LENGTH }),
    [],
    luffyLoss,
  ],
  [erl({ ...group, ...critic, ...clip, klCoefficient: 0 }), retry, erlLoss],
  [
    echo({ ...group, ...critic, ...clip, branches: BRANCHES, leastRemaining: LEFT }),
    tree,
    echoLoss,
  ],
]

it.each(cases.map(([recipe, turns, formula]) => [recipe.name, recipe, turns, formula] as const))(
  '%s: the gradient of its formula, written out, on 200 ragged batches',
  async (_, recipe, turns, formula) => {
    for (const seed of SEEDS) {
      const batch = raggedBatch(seed, turns)
      const at = (shift: number): number =>
        formula(batch, (sample, prompt) => {
          const { now, old, probe } = batch.score(sample, prompt)
          return now
            .map((value, t) => ({ now: value + shift * probe[t], old: old[t] }))
            .filter((_token, t) => sample.mask[t])
        })
      const published = (at(1e-6) - at(-1e-6)) / 2e-6
      expect(await recipeSlope(recipe, batch), `batch ${seed}`).toBeCloseTo(published, 4)
    }
  },
)
