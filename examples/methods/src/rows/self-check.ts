import type { QuizTask } from '@icrl/core/testing'
import { byVotes, sampleAndChoose, saidIn, selfCheck, singleTurn } from '@icrl/rollout'
import type { Arm, MethodExperiment } from '../method-experiment.ts'
import { gatheredArm } from './gathered-arm.ts'
import { quizModel, speaks, splitQuiz } from './quiz-model.ts'
import { criticOf, scripted } from './scripted-critics.ts'

const { world, heldOut } = splitQuiz({ seed: 4 })
const attempt = singleTurn<QuizTask>({
  prompt: (task) => world.prompt(task),
  verifier: world.verifier,
})
const answerOf = (text: string): string | undefined =>
  text.split(' ').find((word) => world.answers.includes(word))
const critic = (reliability: number): MethodExperiment['roles'][string] =>
  scripted(
    world.renderer,
    criticOf(reliability, (_, looksRight) => (looksRight ? 'right' : 'wrong')),
  )
const arm = (n: number, reliability?: number): Arm =>
  gatheredArm({
    tasks: heldOut,
    sessions: 4,
    roles: { critic: critic(reliability ?? 0.5) },
    protocol: sampleAndChoose({
      attempt,
      n,
      choose:
        reliability === undefined
          ? byVotes({ answerOf })
          : selfCheck({
              answerOf,
              threshold: 2,
              prompt: (_, tried) => [{ role: 'user', content: saidIn(tried) }],
              read: (text) => text === 'right',
            }),
    }),
  })

/** Self-check of CriticBench: critiques where the vote is close. */
export const selfCheckRow: MethodExperiment = {
  name: 'self-check',
  question:
    'Four answers vote; where the top one has at most two votes, each is critiqued and those found wrong are dropped. Is that better than the vote, and what if the critic knows nothing? The critic is scripted: right seven times in ten, or at chance.',
  model: quizModel(world),
  roles: { solver: speaks(world), critic: critic(0.7) },
  rates: [],
  arms: {
    'self-check, critic right .7': arm(4, 0.7),
    'self-check, critic at chance': arm(4, 0.5),
    'vote of 4': arm(4),
    'vote of 6': arm(6),
  },
  figures: [
    { name: 'last', label: 'chosen answer right' },
    { name: 'first', label: 'first answer right' },
  ],
  finding:
    'The critic that is right seven times in ten adds .044 [.031, .059] to the vote, and .038 [.031, .045] to one of six answers, which takes more tokens. At chance it adds nothing and takes a little away.',
}
