import { randomStream, textOf, type TextGenerator } from '@icrl/core'
import { realCritic, type RealCriticItem } from '@icrl/evaluators'
import type { Arm, MethodExperiment } from '../method-experiment.ts'
import { benchmarkArms } from './benchmark-arms.ts'
import { quizModel, splitQuiz } from './quiz-model.ts'
import { shopProblem } from './shop-problems.ts'

/** About half of the solutions are off by one in their last step. */
const items = Array.from({ length: 256 }, (_, i): RealCriticItem => {
  const { question, answer, solution } = shopProblem(i)
  const said = answer + randomStream(0, 'solutions', i).integer(0, 2)
  return {
    id: `solution-${i}`,
    question,
    gt: String(answer),
    reasoning: `${solution[0]} So the answer is \\boxed{${said}}.`,
    wasRight: said === answer,
  }
})

/**
 * Alone it is right six times in ten. Of a solution it finds out whether it is right with the given
 * probability; what it finds right it repeats, what it finds wrong it solves anew. It believes every
 * critique that it is shown.
 */
const critic = (reliability: number): TextGenerator => ({
  complete: async (messages, { about, seed = 0 } = {}) => {
    const { gt, wasRight, reasoning } = about!.task as RealCriticItem
    const shown = textOf(messages.at(-1)!)
    const draws = randomStream(seed, 'critic')
    const anew = draws.uniform(0) < 0.6 ? gt : String(Number(gt) + 2)
    const [, told] = /# Critique\n(.*)/.exec(shown) ?? []
    const found = wasRight === draws.uniform(1) < reliability
    const looksRight = told ? !/wrong/.test(told) : found
    if (!shown.includes('# Solution')) return { text: `\\boxed{${anew}}`, finish: 'stop' }
    const [, said] = /boxed\{(\d+)/.exec(reasoning)!
    const [verdict, answer] = looksRight ? ['correct', said] : ['wrong', anew]
    return { text: `It is ${verdict}. \\boxed{${answer}}`, finish: 'stop' }
  },
})
const by = (reliability: number): ((condition?: string) => Arm) =>
  benchmarkArms({ benchmark: realCritic(), items, roles: { critic: critic(reliability) } })
const arm = by(0.8)

/** RealCritic: a critique is worth the correction it leads to. */
export const realCriticRow: MethodExperiment = {
  name: 'real-critic',
  question:
    'About half of 256 solutions are wrong. A scripted critic finds out whether one is right eight times in ten, and solves anew what it finds wrong, rightly six times in ten. Does the table give that back, and what do the controls get?',
  model: quizModel(splitQuiz({ seed: 4 }).world),
  roles: {},
  rates: [],
  arms: {
    'critique, right .8': arm(),
    'critique, at chance': by(0.5)(),
    direct: arm('direct'),
    'votes, equal tokens': arm('votes, equal tokens'),
    'says "wrong"': arm('says "wrong"'),
    'critiques shuffled': arm('critiques shuffled'),
    copies: arm('copies'),
  },
  figures: [
    { name: 'right', label: 'corrections right' },
    { name: 'right ones kept', label: 'right ones kept' },
    { name: 'wrong ones repaired', label: 'wrong ones repaired' },
    { name: 'tokens', label: 'characters said of an item' },
  ],
  finding:
    'The critic that is right eight times in ten has .70 of the corrections right, a vote that costs as much .63, and answers without a solution in sight .60. At chance, or with its critiques shuffled, it has .55, less than without a solution: the table puts it under `direct`, where it belongs. That it believes critiques is built in.',
}
