import {
  type Message,
  randomStream,
  type Role,
  type SessionProtocol,
  type SessionResult,
  type Task,
} from '@icrl/core'
import { roleTurn } from '@icrl/rollout'
import { concluded, foundIn, type Readings } from './conclude.ts'

/** One message of a user. */
export const ask = (content: string): Message[] => [{ role: 'user', content }]

/** A critic that is asked once about each item. */
export interface AskedOnce<I extends Task> {
  /** What it is asked about an item. */
  readonly prompt: (item: I) => readonly Message[]
  /** What its answer says. */
  readonly read: (text: string, item: I) => Readings
  /** Who is asked. @defaultValue `critic` */
  readonly role?: Role
}

/**
 * A session that asks one role once, and reads its answer.
 *
 * @example
 * import { askedOnce } from '@icrl/evaluators'
 * import { parseVerdict } from '@icrl/critic'
 * const protocol = askedOnce({
 *   prompt: ({ id }) => [{ role: 'user', content: `Is ${id} right or wrong?` }],
 *   read: (text) => ({ verdict: parseVerdict(text) }),
 * })
 */
export function askedOnce<I extends Task>({
  prompt,
  read,
  role = 'critic',
}: AskedOnce<I>): SessionProtocol<I> {
  return async function* (task, context) {
    const said = yield* roleTurn({ role, task, context, messages: prompt(task) })
    return concluded({ task, context }, [said], read(said.text, task))
  }
}

/**
 * A critic of given words, which nobody is asked for: what `read` makes of them.
 *
 * @example
 * import { saying } from '@icrl/evaluators'
 * const alwaysWrong = saying(() => 'wrong', (text) => ({ verdict: text }))
 */
export function saying<I extends Task>(
  words: (item: I) => string,
  read: AskedOnce<I>['read'],
): SessionProtocol<I> {
  // oxlint-disable-next-line require-yield -- a coroutine that asks nobody
  return async function* (task, context) {
    return concluded({ task, context }, [], read(words(task), task))
  }
}

/** Options of {@link constantCritics}. */
export interface ConstantCriticsOptions<I extends Task> {
  /** What an answer of this form says. */
  readonly read: AskedOnce<I>['read']
  /** How a critic of this form says it. */
  readonly words: {
    /** That everything is right. */
    readonly right: (item: I) => string
    /** That it is wrong. */
    readonly wrong: (item: I) => string
  }
}

/**
 * The controls of a critic whose verdict is scored: one that always says "right", one that always
 * says "wrong", one that says nothing, and the critic itself with its answers shuffled among the
 * items. A figure means something where it is above all four.
 *
 * @example
 * import { constantCritics } from '@icrl/evaluators'
 * import { parseVerdict } from '@icrl/critic'
 * const controls = constantCritics({
 *   read: (text) => ({ verdict: parseVerdict(text) }),
 *   words: { right: () => 'right', wrong: () => 'wrong' },
 * })
 */
export function constantCritics<I extends Task>({
  read,
  words,
}: ConstantCriticsOptions<I>): (
  items: readonly I[],
  sessions: readonly SessionResult[],
) => Record<string, SessionProtocol<I>> {
  return (items, sessions) => {
    const shuffled = shuffledAnswers(items, sessions)
    return {
      'always "right"': saying(words.right, read),
      'always "wrong"': saying(words.wrong, read),
      'says nothing': saying(() => '', read),
      ...(items.length > 1 && {
        'answers shuffled': saying((item) => shuffled.get(item.id) ?? '', read),
      }),
    }
  }
}

/**
 * Each item's answer given to another item: once around in an order that is drawn, the same in every
 * run. Files have an order of their own, such as a right step after each wrong one, which a shift
 * along the list would keep. An item whose session failed gives an empty answer.
 *
 * @example
 * import { shuffledAnswers } from '@icrl/evaluators'
 * import type { SessionResult } from '@icrl/core'
 * declare const sessions: SessionResult[]
 * const answers = shuffledAnswers([{ id: 'a' }, { id: 'b' }], sessions)
 */
export function shuffledAnswers<I extends Task>(
  items: readonly I[],
  sessions: readonly SessionResult[],
): Map<string, string> {
  const answers = new Map<string, string>()
  for (const { task, findings } of sessions)
    if (!answers.has(task)) answers.set(task, foundIn<string>(findings, 'answer') ?? '')
  const draws = randomStream(0, 'shuffled answers')
  const order = items
    .map(({ id }, i) => ({ id, place: draws.uniform(i) }))
    .sort((a, b) => a.place - b.place)
  return new Map(
    order.map(({ id }, i) => [id, answers.get(order[(i + 1) % order.length].id) ?? '']),
  )
}
