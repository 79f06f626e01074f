import { randomStream } from '@icrl/core'
import type { QuizTask } from '@icrl/core/testing'
import { critiqueRlMixture } from '@icrl/recipes'
import { singleTurn, solveOnce } from '@icrl/rollout'
import type { Arm, MethodExperiment } from '../method-experiment.ts'
import { recipeArm } from '../recipe-arm.ts'
import { quizModel, speaks, splitQuiz } from './quiz-model.ts'

const { world, train, heldOut } = splitQuiz({ seed: 4 })
/** A question with somebody's answer, which is right half the time. */
interface JudgedTask extends QuizTask {
  readonly given?: string
}
const judged = (tasks: readonly QuizTask[]): JudgedTask[] =>
  tasks.map((task) => {
    const draws = randomStream(0, 'given', task.id)
    const wrong = world.answers.filter((answer) => answer !== task.answer)
    const given = draws.uniform(0) < 0.5 ? task.answer : wrong[draws.integer(1, wrong.length)]
    return { ...task, id: `judge-${task.id}`, given }
  })
const attempt = singleTurn<JudgedTask>({
  prompt: (task) => world.prompt(task),
  verifier: world.verifier,
})
const judge = singleTurn<JudgedTask>({
  prompt: (task) => world.judgePrompt(task, task.given!, world.composite(task, task.given!)),
  verifier: ({ text, task }) => ({
    reward: Number(text === (task.given === task.answer ? 'right' : 'wrong')),
    valid: true,
  }),
})
const isJudged = ({ given }: JudgedTask): boolean => given !== undefined
const mixed = [...heldOut, ...judged(heldOut)]
/** Solves questions and judges answers, in one evaluation. */
const both = solveOnce<JudgedTask>((given) => (isJudged(given.task) ? judge : attempt)(given))
const arm = (judgedShare: number): Arm =>
  recipeArm({
    recipe: critiqueRlMixture({ attempt, judge, isJudged, judgedShare, tasksPerStep: 5 }),
    tasks: [...train, ...judged(train)],
    steps: 80,
    heldOut: mixed,
    protocols: { both },
    measure: async ({ sets }) => {
      const sessions = sets.flatMap(({ conditions }) => conditions.both)
      const share = (isJudgment: boolean): number => {
        const own = sessions.filter(({ task }) => task.startsWith('judge-') === isJudgment)
        return own.filter(({ outcomes }) => outcomes[0].success).length / own.length
      }
      return { solved: share(false), judged: share(true) }
    },
  })

/** CRL of Critique-Coder: some of the tasks are judged. */
export const critiqueRlMixtureRow: MethodExperiment = {
  name: 'critique-rl-mixture',
  question:
    'One policy solves questions and judges answers, all at equal tokens. Does judging teach solving?',
  model: quizModel(world),
  roles: { solver: speaks(world) },
  arms: {
    'crl, a fifth judged': arm(0.2),
    'half judged': arm(0.5),
    'all judged': arm(1),
    'grpo, none judged': arm(0),
  },
  finding:
    'Judging does not teach solving here. With a fifth or a half of the tasks judged, as many questions are solved as with none (.984, .983, .983); with all judged, .544 are. No arm comes to judge more than .609 of the answers rightly.',
  figures: [
    { name: 'solved', label: 'questions solved' },
    { name: 'judged', label: 'answers judged rightly' },
  ],
}
