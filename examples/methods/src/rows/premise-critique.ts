import { randomStream, textOf, type TextGenerator } from '@icrl/core'
import { premiseCritique, type PremiseItem, type PremiseType } from '@icrl/evaluators'
import type { MethodExperiment } from '../method-experiment.ts'
import { benchmarkArms } from './benchmark-arms.ts'
import { quizModel, splitQuiz } from './quiz-model.ts'
import { shopProblem, type ShopProblem } from './shop-problems.ts'

/** The four ways in which PCBench breaks a premise. */
const FLAWS: Readonly<
  Record<PremiseType, (problem: ShopProblem) => { readonly flawed: string; readonly flaw: string }>
> = {
  contra_premise_insert: ({ question, given }) => ({
    flawed: question.replace('. How', `, and each box has ${given.each + 1}. How`),
    flaw: `A box cannot have both ${given.each} and ${given.each + 1} pens.`,
  }),
  contra_infer_insert: ({ question, total }) => ({
    flawed: question.replace('. How', `. So it had ${total + 5} pens. How`),
    flaw: `It had ${total} pens, not ${total + 5}.`,
  }),
  flawed_solution_completion: ({ question, total }) => ({
    flawed: `${question} Complete: there are ${total - 1} pens, so`,
    flaw: `The step "there are ${total - 1} pens" is wrong.`,
  }),
  irr_query_distraction: ({ question }) => ({
    flawed: question.replace('How many are left?', 'How many pencils are left?'),
    flaw: 'Nothing is said of pencils.',
  }),
}
const types = Object.keys(FLAWS) as PremiseType[]
const items = Array.from({ length: 256 }, (_, i): PremiseItem => {
  const problem = shopProblem(i)
  const type = types[i % types.length]
  return { id: `premise-${i}`, normal: problem.question, type, ...FLAWS[type](problem) }
})
const NAMED = 'A premise is wrong.'

/** Names a flaw three times in ten; told to check, eight times; in a sound question, once. */
const solver: TextGenerator = {
  complete: async ([message], { about, seed = 0 } = {}) => {
    const { normal } = about!.task as PremiseItem
    const asked = textOf(message)
    const chance = asked === normal ? 0.1 : asked.includes('check the premises') ? 0.8 : 0.3
    const names = randomStream(seed, 'solver').uniform(0) < chance
    return { text: names ? NAMED : 'Some are left, by all that is said.', finish: 'stop' }
  },
}
/** Sees whether an answer names a flaw, and errs once in twenty. */
const judge: TextGenerator = {
  complete: async ([message], { seed = 0 } = {}) => {
    const [, answer] = textOf(message).split('# The answer')
    const errs = randomStream(seed, 'judge').uniform(0) < 0.05
    return { text: String(/false premise|premise is wrong/.test(answer) !== errs), finish: 'stop' }
  },
}
const arm = benchmarkArms({ benchmark: premiseCritique(), items, roles: { solver, judge } })

/** PCBench: does a model say that a premise is false? */
export const premiseCritiqueRow: MethodExperiment = {
  name: 'premise-critique',
  question:
    'Word problems with one of four flaws in their premises. A scripted solver names a flaw three times in ten, eight times if told to check, and sees one in a tenth of the sound problems; a scripted judge is right nineteen times in twenty. Does the table give that back?',
  model: quizModel(splitQuiz({ seed: 4 }).world),
  roles: {},
  rates: [],
  arms: {
    'premise critique': arm(),
    'always flags': arm('always flags'),
    'never flags': arm('never flags'),
  },
  figures: [
    { name: 'active rate', label: 'named unasked' },
    { name: 'passive rate', label: 'named when told to check' },
    { name: 'false alarms', label: 'false alarms' },
    { name: 'tokens', label: 'characters said of an item' },
  ],
  finding:
    'The table gives back .34, .78 and .14 where .3, .8 and .1 were built in: the judge’s errors push every rate towards a half. Always flagging has .95, and as many false alarms; its figure means nothing without them.',
}
