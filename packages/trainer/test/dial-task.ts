import {
  type Attempt,
  type AttemptProtocol,
  type Message,
  type Renderer,
  type Role,
  type RoleBinding,
  type SessionProtocol,
  type Task,
  type Verifier,
  textOf,
} from '@icrl/core'
import { singleTurn, solveCritiqueRevise, type CriticOptions } from '@icrl/rollout'
import { tablePolicy, type Bias, type TablePolicy } from '@icrl/core/testing'
import { diskFiles } from './disk-files.ts'

/**
 * Four locks of three dials, each with one right digit of five. Untaught, every digit of a lock is
 * right with about 0.1, so a blind attempt opens it once in a thousand; a tip about a dial makes it
 * right, and the critic names the right digit half the time.
 */
const LOCKS = ['brass', 'copper', 'iron', 'tin']
const DIGITS = ['0', '1', '2', '3', '4']
const DIALS = 3
const tip = (dial: number, digit: number): string => `dial${dial}is${digit}`
const TIPS = Array.from({ length: DIALS }, (_, dial) =>
  DIGITS.map((_, digit) => tip(dial, digit)),
).flat()

const WORDS = ['<end>', '<solve>', '<advise>', ...DIGITS, ...TIPS, ...LOCKS]
export const VOCABULARY_SIZE: number = WORDS.length
const id = (word: string): number => WORDS.indexOf(word)

export interface DialTask extends Task {
  readonly lock: string
}

/** `[3]` right digits of a lock. */
export function combination(lock: string): number[] {
  const n = LOCKS.indexOf(lock)
  return [n % 5, (n + 2) % 5, (3 * n + 1) % 5]
}

/** Two tasks a lock, named apart by split. */
export function dialTasks(split: string): DialTask[] {
  return [0, 1].flatMap((copy) => LOCKS.map((lock) => ({ id: `${split}-${lock}-${copy}`, lock })))
}

const DIGIT_LOGIT = 8

/**
 * What the untaught model knows: the form of an answer, a wrong habit for every dial, how to follow
 * a tip, half a critic.
 */
export function dialBiases(): Bias[] {
  const form: Bias[] = ['<solve>', '<advise>'].flatMap((role) => {
    const words = (at: number): string[] =>
      at === DIALS
        ? ['<end>']
        : role === '<solve>'
          ? DIGITS
          : DIGITS.map((_, digit) => tip(at, digit))
    return Array.from({ length: DIALS + 1 }, (_, at) =>
      words(at).map((word) => ({ prompt: id(role), at, token: id(word), value: DIGIT_LOGIT })),
    ).flat()
  })
  const knowledge = LOCKS.flatMap((lock) =>
    combination(lock).flatMap((right, at): Bias[] => [
      { prompt: id(lock), at, token: id(DIGITS[(right + 1) % 5]), value: 1.5 },
      { prompt: id(lock), at, token: id(tip(at, right)), value: 1.5 },
    ]),
  )
  const obedience = TIPS.map((word): Bias => ({
    prompt: id(word),
    at: Number(word[4]),
    token: id(word[7]),
    value: 5,
  }))
  return [...form, ...knowledge, ...obedience]
}

/** The untaught model; of other biases, another one. */
export function dialPolicy(biases: readonly Bias[] = dialBiases()): TablePolicy {
  return tablePolicy({ vocabularySize: VOCABULARY_SIZE, biases, files: diskFiles })
}

/** One id a word, words cut at spaces; the conversation is its last message. */
export const wordRenderer: Renderer = {
  start: (messages) => Int32Array.from(textOf(messages.at(-1)!).split(' '), id),
  continue: ([observation]) => Int32Array.from(textOf(observation).split(' '), id),
  text: (tokens) =>
    Array.from(tokens, (token) => WORDS[token])
      .filter((word) => word !== '<end>')
      .join(' '),
  stop: [0],
  vocabularySize: WORDS.length,
}

const user = (...words: readonly string[]): Message[] => [
  { role: 'user', content: words.filter(Boolean).join(' ') },
]

export const dialVerifier: Verifier<DialTask> = ({ text, task }) => ({
  reward: text === combination(task.lock).join(' ') ? 1 : 0,
  valid: text.split(' ').length === DIALS,
})

export const attempt: AttemptProtocol<DialTask> = singleTurn<DialTask>({
  prompt: (task, guidance) => user('<solve>', task.lock, guidance ?? ''),
  verifier: dialVerifier,
})

export const critic: CriticOptions<DialTask> = {
  criticPrompt: (task: DialTask, failed: Attempt): Message[] =>
    user(
      '<advise>',
      task.lock,
      failed.turns[0].text
        .split(' ')
        .filter((word) => DIGITS.includes(word))
        .join(' '),
    ),
  parseCritique: (text: string): { critique: string; valid: boolean } => {
    const tips = text.split(' ').filter((word) => TIPS.includes(word))
    return { critique: tips.join(' '), valid: tips.length > 0 }
  },
}

export const guided: SessionProtocol<DialTask> = solveCritiqueRevise<DialTask>({
  attempt,
  ...critic,
})

/** Both roles speak with one policy. */
export function dialRoles(policy = 'model'): Record<Role, RoleBinding> {
  const binding: RoleBinding = {
    renderer: wordRenderer,
    sampling: { maxTokens: 4, temperature: 1 },
    policy,
  }
  return { solver: binding, critic: binding }
}
