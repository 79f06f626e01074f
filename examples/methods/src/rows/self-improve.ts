import { sampleAndChoose, byVotes, singleTurn, solveOnce } from '@icrl/rollout'
import type { QuizTask } from '@icrl/core/testing'
import { selfImprove, type SelfImproveOptions } from '@icrl/methods'
import type { Arm, MethodExperiment } from '../method-experiment.ts'
import { quizModel, speaks, splitQuiz } from './quiz-model.ts'

const { world, train, heldOut } = splitQuiz({ seed: 4 })
const attempt = singleTurn<QuizTask>({
  prompt: (task) => world.prompt(task),
  verifier: world.verifier,
})
const answerOf = (text: string): string | undefined =>
  text.split(' ').find((word) => world.answers.includes(word))
const protocols = {
  single: solveOnce(attempt),
  vote: sampleAndChoose({ attempt, n: 8, choose: byVotes({ answerOf }) }),
}
const trained =
  (more: Partial<SelfImproveOptions<QuizTask>>): Arm =>
  async ({ lab, learningRate }) => {
    const optimizer = { learningRate, clipNorm: 1 }
    const options = { attempt, answerOf, tasks: train.slice(0, 64), steps: 40, tasksPerStep: 8 }
    await selfImprove({ ...options, optimizer, ...more })(lab)
    return lab.measure('held out', { tasks: heldOut, protocols })
  }

/** Self-Consistency and Self-Improve, two loops of the self-feedback frame. */
export const selfImproveRow: MethodExperiment = {
  name: 'self-improve',
  question:
    'Is a vote of eight answers better than one, and does fine-tuning on the answers that agree with the vote, with no label read, bring single answers there? On a third of the topics the likeliest answer is wrong.',
  model: quizModel(world),
  roles: { solver: speaks(world) },
  arms: {
    'self-improve': trained({}),
    'agreement of three quarters': trained({ leastAgreement: 0.75 }),
    start: ({ lab }) => lab.measure('held out', { tasks: heldOut, protocols }),
  },
  figures: [
    { name: 'eval/single', label: 'single answers right' },
    { name: 'eval/vote', label: 'vote of 8' },
  ],
  finding:
    'A vote of eight is better than one answer by .036. Fine-tuning on what agrees brings single answers there (.611) if three quarters must agree, .594 without that, and no further: on a third of the topics the likeliest answer is wrong.',
}
