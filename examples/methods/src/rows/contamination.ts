import { contamination, evaluateOn, type MembershipItem } from '@icrl/evaluators'
import type { QuizTask } from '@icrl/core/testing'
import { grpo } from '@icrl/recipes'
import { singleTurn } from '@icrl/rollout'
import type { Lab, Metrics } from '@icrl/trainer'
import type { Arm, MethodExperiment } from '../method-experiment.ts'
import { quizModel, speaks, splitQuiz } from './quiz-model.ts'
import { knownWords } from './scripted-critics.ts'

const { world, train, heldOut, otherTopics } = splitQuiz({ seed: 4 })
const attempt = singleTurn<QuizTask>({
  prompt: (task) => world.prompt(task),
  verifier: world.verifier,
})
const items: MembershipItem[] = [
  ...heldOut.map((task) => ({ task, member: true })),
  ...otherTopics.map((task) => ({ task, member: false })),
].map(({ task, member }) => ({ id: task.id, messages: world.prompt(task), member }))
const renderer = knownWords(world.renderer)

/** AUC of each detector, of the policy as it is. */
async function detected(lab: Lab): Promise<Metrics> {
  const by = await lab.frozen(await lab.keep('trained'))
  const { columns, rows } = await evaluateOn(contamination({ scorer: by }), {
    items,
    roles: { solver: { by, renderer, sampling: { maxTokens: 3, temperature: 0 } } },
    resamples: 0,
  })
  const [name, auc] = [columns.indexOf('detector'), columns.indexOf('AUC')]
  return Object.fromEntries(rows.map((row) => [String(row[name]), Number(row[auc])]))
}
const trained: Arm = async ({ lab, learningRate }) => {
  await lab.train('training', {
    recipe: grpo({ attempt, tasksPerStep: 4, sessionsPerTask: 8 }),
    tasks: train,
    stop: { steps: 80 },
    optimizer: { learningRate, clipNorm: 1 },
  })
  return detected(lab)
}

/** The Self-Critique detector of RL-MIA. */
export const contaminationRow: MethodExperiment = {
  name: 'contamination',
  question:
    'GRPO trains on five of ten topics. Does a second answer, told to take another way, give away which? Items are held-out questions of trained topics and of the others.',
  model: quizModel(world),
  roles: { solver: speaks(world) },
  arms: { 'after training': trained, 'before training': ({ lab }) => detected(lab) },
  rates: [1e-3],
  figures: [
    { name: 'self-critique', label: 'AUC, self-critique' },
    { name: 'perplexity', label: 'AUC, perplexity' },
    { name: 'min-k%', label: 'AUC, Min-K%' },
  ],
  finding:
    'After training the detector has an AUC of .605 [.574, .629], before it .496. Perplexity and Min-K% tell nothing, and differ from seed to seed.',
}
