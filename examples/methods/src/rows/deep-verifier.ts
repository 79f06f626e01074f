import { randomStream, textOf, type TextGenerator } from '@icrl/core'
import type { QuizTask } from '@icrl/core/testing'
import { deepVerifier, singleTurn } from '@icrl/rollout'
import type { Arm, MethodExperiment } from '../method-experiment.ts'
import { gatheredArm } from './gathered-arm.ts'
import { quizModel, speaks, splitQuiz } from './quiz-model.ts'
import { knownWords, scripted } from './scripted-critics.ts'

const { world, heldOut } = splitQuiz({ seed: 4 })
const attempt = singleTurn<QuizTask>({
  prompt: (task, guidance) => world.prompt(task, guidance),
  verifier: world.verifier,
})
/** The answer that a request shows, the last of those there. */
const answerIn = (shown: string): string | undefined => shown.match(/\ba\d\b/g)?.at(-1)
/**
 * Asks one question of an answer, and goes by what was looked up; without that, its verdict is right
 * 65 times in a hundred. Of what it finds wrong it says so, and half the time what is right.
 */
const critic = (seed: number): TextGenerator => ({
  complete: async ([message], { about } = {}) => {
    const task = about!.task as QuizTask
    const shown = textOf(message)
    const [done, found = ''] = shown.split('# What was found out')
    const answer = answerIn(done.split('# What was done')[1])
    if (!shown.includes('Verdict')) return { text: `1. is ${answer}`, finish: 'stop' }
    const draws = randomStream(seed, 'verdict', task.id, answer ?? '')
    const holistic = (answer === task.answer) === draws.uniform(0) < 0.65
    const isFine =
      /yes|no/.test(found) && !found.includes('nothing') ? found.includes('yes') : holistic
    const advice = draws.uniform(1) < 0.5 ? world.hint(task.answer) : 'again'
    return { text: isFine ? 'Verdict: 4' : `${advice} Verdict: 1`, finish: 'stop' }
  },
})
/** Looks up whether an answer is right, and errs once in twenty. */
const reader = (seed: number): TextGenerator => ({
  complete: async ([message], { about } = {}) => {
    const task = about!.task as QuizTask
    const answer = answerIn(textOf(message))
    const isRight = randomStream(seed, 'look', task.id, answer ?? '').uniform(0) < 0.95
    return { text: (answer === task.answer) === isRight ? 'yes' : 'no', finish: 'stop' }
  },
})
const roles = (seed: number): MethodExperiment['roles'] => ({
  solver: { ...speaks(world), renderer: knownWords(world.renderer) },
  critic: scripted(world.renderer, critic(seed)),
  reader: scripted(world.renderer, reader(seed)),
})
const arm =
  (questions: number, rounds: number): Arm =>
  (setting) =>
    gatheredArm({
      tasks: heldOut,
      protocol: deepVerifier({ attempt, questions, rounds }),
      roles: roles(setting.lab.seed),
    })(setting)

/** DeepVerifier, the loop without search. */
export const deepVerifierRow: MethodExperiment = {
  name: 'deep-verifier',
  question:
    'A verifier asks one follow-up question, which is looked up rightly 95 times in a hundred; a verdict without it is right 65 times. Both are scripted. How much better is the last answer, by the number of retries?',
  model: quizModel(world),
  roles: roles(0),
  rates: [],
  arms: {
    'follow-up questions, 3 retries': arm(1, 3),
    'follow-up questions, 1 retry': arm(1, 1),
    'verdict alone, 3 retries': arm(0, 3),
  },
  figures: [
    { name: 'last', label: 'last answer right' },
    { name: 'first', label: 'first answer right' },
    { name: 'harmed', label: 'right, then wrong' },
  ],
  finding:
    'Follow-up questions lift the last answer to .905, at about the tokens of a verdict alone, which reaches .717. That it works is built in, by the reliabilities; how much is left after one retry is what the toy shows.',
}
