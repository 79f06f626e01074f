import {
  type AttemptProtocol,
  type Message,
  type QuestionTask,
  type Recipe,
  type Renderer,
  textOf,
} from '@icrl/core'
import { singleTurn, type CriticOptions } from '@icrl/rollout'
import { train, type TrainOptions, type TrainResult } from '@icrl/trainer'
import { tablePolicy, type Bias, type TablePolicy, type TextFiles } from '@icrl/core/testing'

const KINDS = 4
const numbered = (letter: string): string[] =>
  Array.from({ length: KINDS }, (_, k) => `${letter}${k}`)
const WORDS = [
  '<end>',
  '<user>',
  '<assistant>',
  'advice',
  ...numbered('q'),
  ...numbered('c'),
  ...numbered('a'),
]
const id = (word: string): number => WORDS.indexOf(word)

/** Four questions. A solver sees `q2` and answers one word; `a2` is right. A critic sees `c2`. */
export const tasks: QuestionTask[] = Array.from({ length: KINDS }, (_, k) => ({
  id: `q${k}`,
  question: `q${k}`,
  answer: `a${k}`,
}))

export const renderer: Renderer = {
  start: (messages) =>
    Int32Array.from(
      ['<user>', ...messages.flatMap((message) => textOf(message).split(' ')), '<assistant>'],
      id,
    ),
  continue: () => Int32Array.of(id('<user>'), id('<assistant>')),
  answer: (text) => Int32Array.from([...text.split(' '), '<end>'], id),
  text: (tokens) =>
    Array.from(tokens, (token) => WORDS[token])
      .filter((word) => !word.startsWith('<'))
      .join(' '),
  stop: [id('<end>')],
  vocabularySize: WORDS.length,
}

const user = (content: string): Message[] => [{ role: 'user', content }]

export const attempt: AttemptProtocol<QuestionTask> = singleTurn({
  prompt: (task, guidance) =>
    user(guidance ? `${task.question} advice ${guidance}` : task.question),
  verifier: ({ text, task }) => ({ reward: text === task.answer ? 1 : 0, valid: text !== '' }),
})

export const critic: CriticOptions<QuestionTask> = {
  criticPrompt: (task) => user(task.question.replace('q', 'c')),
  parseCritique: (text) => ({ critique: text, valid: text !== '' }),
}

/**
 * Answers wrongly with about 0.95 by itself, follows advice with about 0.7; its critic knows better
 * with about 0.9.
 */
export function novice({
  skill = 0,
  files,
}: { readonly skill?: number; readonly files?: TextFiles } = {}): TablePolicy {
  const biases = Array.from({ length: KINDS }, (_, k): Bias[] => [
    { prompt: id('<user>'), at: 0, token: id(`a${k}`), value: 3 },
    { prompt: id(`q${k}`), at: 0, token: id(`a${(k + 1) % KINDS}`), value: 3 },
    { prompt: id(`q${k}`), at: 0, token: id(`a${k}`), value: skill },
    { prompt: id(`a${k}`), at: 0, token: id(`a${k}`), value: 4 },
    { prompt: id(`c${k}`), at: 0, token: id(`a${k}`), value: 4 },
  ]).flat()
  const known: Bias[] = [...biases, { prompt: id('<user>'), at: 1, token: id('<end>'), value: 9 }]
  return tablePolicy({ vocabularySize: WORDS.length, biases: known, files })
}

export interface Trained extends TrainResult {
  readonly policy: TablePolicy
}

/** Trains a novice with the trainer itself. */
export async function trained(
  recipe: Recipe<QuestionTask>,
  options: Partial<TrainOptions<QuestionTask>> & { readonly policy?: TablePolicy } = {},
): Promise<Trained> {
  const { policy = novice(), ...rest } = options
  const role = { renderer, sampling: { maxTokens: 3, temperature: 1 }, policy: 'shared' }
  const result = await train({
    recipe,
    policies: { shared: policy },
    roles: { solver: role, critic: role },
    tasks,
    seed: 0,
    stop: { steps: 1 },
    optimizer: { learningRate: 0.1 },
    ...rest,
  })
  return { ...result, policy }
}

/**
 * Everything the policy would say at a first token, as log-probabilities: equal bits for equal
 * weights.
 */
export async function opinions(policy: TablePolicy): Promise<number[]> {
  const prompts = [
    ...numbered('q'),
    ...numbered('c'),
    ...numbered('q').flatMap((q) => numbered('a').map((a) => `${q} advice ${a}`)),
  ].map((content) => renderer.start(user(content)))
  const items = prompts.flatMap((prompt) =>
    numbered('a').map((word) => ({
      prompt,
      response: Int32Array.of(id(word), id('<end>')),
      temperature: 1,
    })),
  )
  return (await policy.score(items)).flatMap(({ logprobs }) => Array.from(logprobs))
}

/** Probability of the right first word, averaged over the questions. */
export async function skillOf(policy: TablePolicy): Promise<number> {
  const scores = await policy.score(
    tasks.map((task) => ({
      prompt: renderer.start(user(task.question)),
      response: Int32Array.of(id(task.answer)),
      temperature: 1,
    })),
  )
  return scores.reduce((sum, { logprobs }) => sum + Math.exp(logprobs[0]), 0) / scores.length
}

/** The ids a demonstration of a task is made of. */
export function demonstration(task: QuestionTask): { prompt: Int32Array; response: Int32Array } {
  return {
    prompt: renderer.start(user(task.question)),
    response: Int32Array.of(id(task.answer), id('<end>')),
  }
}
