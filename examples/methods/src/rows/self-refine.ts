import type { QuizTask } from '@icrl/core/testing'
import { byVotes, sampleAndChoose, selfRefine, singleTurn } from '@icrl/rollout'
import type { Arm, MethodExperiment } from '../method-experiment.ts'
import { gatheredArm } from './gathered-arm.ts'
import { quizModel, speaks, splitQuiz } from './quiz-model.ts'
import { criticOf, knownWords, scripted } from './scripted-critics.ts'

const { world, heldOut } = splitQuiz({ seed: 4 })
const attempt = singleTurn<QuizTask>({
  prompt: (task, guidance) => world.prompt(task, guidance),
  verifier: world.verifier,
})
const roles = (reliability: number): MethodExperiment['roles'] => ({
  solver: { ...speaks(world), renderer: knownWords(world.renderer) },
  // Finds an answer wrong or right; of a wrong one it knows the right one half the time.
  critic: scripted(
    world.renderer,
    criticOf(reliability, (task, looksRight, shown) => {
      if (looksRight) return '[done]'
      return shown.length % 2 === 0 ? world.hint(task.answer) : 'wrong'
    }),
  ),
})
const refining = (rounds: number, reliability: number): Arm =>
  gatheredArm({
    tasks: heldOut,
    sessions: 4,
    roles: roles(reliability),
    protocol: selfRefine({ attempt, rounds, memory: 1 }),
  })

/** The untargeted refinement of PeRFICS. */
export const selfRefineRow: MethodExperiment = {
  name: 'self-refine',
  question:
    'One generic critique and one rewrite. Does it pay against voting with as many answers, and what does a critic at chance break? The critic is scripted: right seven times in ten, or at chance.',
  model: quizModel(world),
  roles: roles(0.7),
  rates: [],
  arms: {
    'one rewrite': refining(1, 0.7),
    'three rewrites': refining(3, 0.7),
    'one rewrite, critic at chance': refining(1, 0.5),
    'vote of 3': gatheredArm({
      tasks: heldOut,
      sessions: 4,
      protocol: sampleAndChoose({
        attempt,
        n: 3,
        choose: byVotes({ answerOf: (text) => text.split(' ').at(0) }),
      }),
    }),
  },
  figures: [
    { name: 'last', label: 'last answer right' },
    { name: 'first', label: 'first answer right' },
    { name: 'harmed', label: 'right, then wrong' },
  ],
  finding:
    'One rewrite is worse than none: it spoils one right answer in seven and a half. A vote of three, for a fifth more tokens, is better. Three rewrites, whose critic may end the loop, draw level with the vote. A critic at chance costs .17 of the accuracy.',
}
