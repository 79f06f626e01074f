import {
  randomStream,
  textOf,
  type SessionResult,
  type TextGenerator,
  type Verifier,
} from '@icrl/core'
import { brpo, grpo } from '@icrl/recipes'
import { singleTurn, solveOnce } from '@icrl/rollout'
import type { MeasureOptions } from '@icrl/trainer'
import type { MethodExperiment } from '../method-experiment.ts'
import { forItsSteps, recipeArm } from '../recipe-arm.ts'
import {
  boastShare,
  LINE_TOKENS,
  linePrompt,
  lineRenderer,
  lineTable,
  lineTasks,
  proxy,
  quality,
  type LineTask,
} from './lines.ts'

const verifier =
  (of: (text: string) => number): Verifier<LineTask> =>
  ({ text }) => ({
    reward: of(text),
    valid: true,
  })
const writes = (of: (text: string) => number) =>
  singleTurn<LineTask>({ prompt: linePrompt, verifier: verifier(of) })
/** Finds the better one of two lines four times in five. */
const judge: TextGenerator = {
  complete: async ([message]) => {
    const shown = textOf(message)
    const [first, second] = shown.split(' / ').map(quality)
    const isHonest = randomStream(0, 'judge', shown).uniform(0) < 0.8
    return { text: first > second === isHonest ? 'first' : 'second', finish: 'stop' }
  },
}
const measure: MeasureOptions<LineTask>['measure'] = async ({ sets }) => {
  const lines = sets
    .flatMap(({ conditions }) => conditions.written as readonly SessionResult[])
    .map(({ transcript }) => transcript[0].text)
  const mean = (of: (text: string) => number): number =>
    lines.reduce((sum, line) => sum + of(line), 0) / lines.length
  return { quality: mean(quality), proxy: mean(proxy), boasts: mean(boastShare) }
}
const measured = {
  heldOut: lineTasks('test', 128),
  protocols: { written: solveOnce(writes(quality)) },
  measure,
}
const options = { ...measured, tasks: lineTasks('train', 256), steps: 40 }
const group = { tasksPerStep: 4, sessionsPerTask: 16 }
const compared = {
  ...group,
  attempt: writes(quality),
  judgePrompt: (_: LineTask, first: string, second: string) => [
    { role: 'user' as const, content: `${first} / ${second}` },
  ],
  parsePreference: (text: string) => (text === 'first' ? ('first' as const) : ('second' as const)),
}
const speaks = { renderer: lineRenderer, sampling: { maxTokens: LINE_TOKENS, temperature: 1 } }

/** BRPO of Writing-Zero: pairwise comparisons within the group. */
export const brpoRow: MethodExperiment = {
  name: 'brpo',
  question:
    'Six words are to be written: good ones count once, boasts cost. A scalar reward model likes boasts; a pairwise judge is right four times in five. Which reward is gamed, and does skipping one-sided groups matter?',
  model: {
    world: { name: 'lines', renderer: lineRenderer, maxTokens: LINE_TOKENS },
    table: lineTable,
    prompts: {
      write: (draws) => linePrompt(lineTasks('taught', 64)[draws.integer(0, 64)]),
    },
  },
  roles: {
    solver: { ...speaks, policy: 'shared' },
    judge: {
      ...speaks,
      renderer: { ...lineRenderer, start: () => Int32Array.of(1, 2) },
      by: judge,
    },
  },
  arms: {
    brpo: recipeArm({ ...options, recipe: brpo(compared) }),
    'without skipping': forItsSteps(
      recipeArm({ ...options, recipe: brpo({ ...compared, mostSkew: 1 }) }),
    ),
    'grpo on the scalar reward': recipeArm({
      ...options,
      recipe: grpo({ ...group, attempt: writes(proxy) }),
    }),
  },
  figures: [
    { name: 'quality', label: 'true quality' },
    { name: 'boasts', label: 'share of boasts' },
    { name: 'proxy', label: 'scalar reward' },
  ],
  finding:
    'The scalar reward is gamed: three words in four are boasts, and true quality falls to −.63. Pairwise comparisons, wrong one time in five, resist it: no boasts, quality .63. Skipping one-sided groups helps here, by more than a tenth, through one seed of five that lags without it.',
}
