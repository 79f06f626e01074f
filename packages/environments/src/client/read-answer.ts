import { RequestFailure } from './request-json.ts'

type Fields = Readonly<Record<string, unknown>>

const fail = (what: string): RequestFailure => new RequestFailure(`agentgym: ${what}.`, 'rejected')

/** The answer as an object; throws a typed failure if it is none. */
function object(answer: unknown): Fields {
  if (typeof answer === 'object' && answer !== null && !Array.isArray(answer))
    return answer as Fields
  throw fail(`an answer that is no object: ${JSON.stringify(answer).slice(0, 80)}`)
}

export function textField(answer: unknown, name: string): string {
  const value = object(answer)[name]
  if (typeof value === 'string') return value
  throw fail(`no text "${name}" in an answer`)
}

/** A finite number. */
export function numberField(answer: unknown, name: string): number {
  const value = object(answer)[name]
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw fail(`no number "${name}" in an answer`)
}

export function booleanField(answer: unknown, name: string): boolean {
  const value = object(answer)[name]
  if (typeof value === 'boolean') return value
  throw fail(`no true or false "${name}" in an answer`)
}

/** An answer that is a list of texts. */
export function textList(answer: unknown, name: string): string[] {
  if (Array.isArray(answer) && answer.every((entry) => typeof entry === 'string')) return answer
  throw fail(`${name} is no list of texts`)
}

/** An answer that is a text. */
export function plainText(answer: unknown, name: string): string {
  if (typeof answer === 'string') return answer
  throw fail(`${name} is no text`)
}

/** Sums of components miss 1 by rounding. */
const ROUNDING = 1e-9

/**
 * Limits a reward to [0, 1]: penalties are 0. One above 1 is refused, since nobody can tell whether
 * it is a success.
 */
export function clampReward(reward: number): number {
  if (reward > 1 + ROUNDING) throw fail(`a reward of ${reward}, above 1`)
  return Math.min(1, Math.max(0, reward))
}
