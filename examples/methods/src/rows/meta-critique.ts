import { randomStream, textOf, type TextGenerator } from '@icrl/core'
import { steps, type StepsTask } from '@icrl/core/testing'
import { metaCritique, type MetaItem } from '@icrl/evaluators'
import type { Arm, MethodExperiment } from '../method-experiment.ts'
import { benchmarkArms } from './benchmark-arms.ts'
import { quizModel, splitQuiz } from './quiz-model.ts'

const world = steps({ seed: 3 })
const FINE = 'every step is right'
const isWrong = (at: number): string => `step ${at} is wrong`

interface StepsItem extends MetaItem {
  readonly solution: StepsTask
  /** `[steps]` */
  readonly holds: readonly boolean[]
}

const items = world.tasks('test', 256).map((solution): StepsItem => {
  const holds = world.labels(solution)
  const wrong = holds.flatMap((isRight, at) => (isRight ? [] : [isWrong(at)]))
  return {
    id: solution.id,
    question: solution.operations.join(' '),
    response: solution.written.join(' '),
    referenceAnswer: world.plain(solution).written.join(' '),
    referenceUnits: wrong.length > 0 ? wrong : [FINE],
    solution,
    holds,
  }
})

/** Names the steps in which it sees a rewrite of a kind that it knows, harmless ones too. */
const critic = (kinds: readonly string[]): TextGenerator => ({
  complete: async (_, { about } = {}) => {
    const { tells } = (about!.task as StepsItem).solution
    const seen = tells.filter((tell) => kinds.includes(tell.split('!')[1]))
    const units = seen.map((tell) => isWrong(Number(tell[0])))
    return { text: (units.length > 0 ? units : [FINE]).join('\n'), finish: 'stop' }
  },
})
/** Cuts a critique into its lines; its verdicts on units are right nineteen times in twenty. */
const judge: TextGenerator = {
  complete: async ([message], { about, seed = 0 } = {}) => {
    const asked = textOf(message)
    const item = about!.task as StepsItem
    if (asked.startsWith('Cut')) return { text: asked.split('\n\n')[1], finish: 'stop' }
    const [, critique, unit] =
      /# Critique of an answer\n([^]*)\n\n# Claim\n(.*)/.exec(asked) ??
      /()# Claim about the answer\n(.*)/.exec(asked)!
    const holds = critique ? critique.split('\n').includes(unit) : isTrue(item, unit)
    const errs = randomStream(seed, 'judge').uniform(0) < 0.05
    return { text: String(holds !== errs), finish: 'stop' }
  },
}
function isTrue({ holds }: StepsItem, unit: string): boolean {
  const at = /step (\d)/.exec(unit)?.[1]
  if (at !== undefined) return holds[Number(at)] === false
  return holds.every(Boolean) === !unit.includes('wrong')
}
const FIRST = ['sign', 'carry', 'rename']
const SECOND = ['carry', 'unit', 'skip', 'premise']
const by = (kinds: readonly string[]): ((condition?: string) => Arm) =>
  benchmarkArms({ benchmark: metaCritique(), items, roles: { critic: critic(kinds), judge } })
const both = by([...FIRST, ...SECOND])

/** MetaCritique: precision and recall of a critique's units. */
export const metaCritiqueRow: MethodExperiment = {
  name: 'meta-critique',
  question:
    'Two scripted critics each know some kinds of error; the first also takes one harmless rewrite for an error. What are the critiques of both together worth, by a scripted judge that is right nineteen times in twenty?',
  model: quizModel(splitQuiz({ seed: 4 }).world),
  roles: {},
  rates: [],
  arms: {
    'both critics': both(),
    'the first alone': by(FIRST)(),
    'the second alone': by(SECOND)(),
    'critiques shuffled': both('critiques shuffled'),
    'says "wrong"': both('says "wrong"'),
    'says "right"': both('says "right"'),
    'empty critique': both('empty critique'),
    'reference critique': both('reference critique'),
  },
  figures: [
    { name: 'F1', label: 'F1 of units' },
    { name: 'precision', label: 'precision' },
    { name: 'recall', label: 'recall' },
  ],
  finding:
    'The second critic alone has .68, both together .57: the first one’s false alarms cost more precision and recall than its own kinds of error add. The reference critique has .90, what a judge of this reliability leaves of 1; shuffled critiques have .29, and one that says “wrong” of everything .03.',
}
