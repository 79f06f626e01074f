import type { Message } from '../../message.ts'
import { randomStream } from '../../random.ts'
import type { Task } from '../../task.ts'
import type { Verifier } from '../../verifier.ts'
import type { Bias } from '../table-policy.ts'
import { TURN_WORDS, wordRenderer } from '../word-renderer.ts'
import { ask, logitFor, probabilities, splitTasks, wholeNumber, type World } from './world.ts'

/** One lock: a mark on each dial, which decides the dial's right digit. */
export interface LockTask extends Task {
  /** `[dials]` words: `dial0:m2`. */
  readonly marks: readonly string[]
  /** `[dials]` right digits. */
  readonly combination: readonly string[]
  /** Dials whose mark the untaught table does not know. */
  readonly difficulty: number
}

/** Options of {@link locks}. */
export interface LocksOptions {
  /** Another seed is another set of locks. @defaultValue 0 */
  readonly seed?: number
  /** Dials of a lock, 2 to 6, all of which must be right. @defaultValue 4 */
  readonly dials?: number
  /**
   * Probability of the right digit at a mark the untaught table does not know, where one wrong
   * digit has half of what is left.
   *
   * @defaultValue 0.2
   */
  readonly accuracy?: number
  /**
   * Probability of the right tip about a dial, for the untaught table as critic.
   *
   * @defaultValue 0.5
   */
  readonly insight?: number
  /** Share of locks that are held out. @defaultValue 0.2 */
  readonly heldOut?: number
}

/** The world {@link locks} makes. */
export interface Locks extends World<LockTask> {
  /** Words for the digits of a combination. */
  readonly digits: readonly string[]
  /** The word that tells a dial's digit, which the untaught table follows. */
  tip(dial: number, digit: string): string
  /** The word that says that a dial is wrong, and no more. */
  miss(dial: number): string
  /** Asks a critic for a tip about each dial. */
  advicePrompt(task: LockTask, attempt: string): Message[]
  /** The tips in what a critic wrote; empty if there are none. */
  tipsIn(text: string): string
}

const DIGITS = ['0', '1', '2', '3', '4']
/** Marks of each dial; the first is known. */
const MARKS = 4
const KNOWN = 0.9
const FORM = 18
const OBEDIENCE = 6

/**
 * Locks of several dials, each an independent decision, all needed: with `accuracy` 0.2 a blind
 * attempt at four unknown dials succeeds once in 625. A mark decides its dial's digit, so who learns
 * the marks opens the held-out locks. Locks differ in how many of their marks are known.
 *
 * The reward is 1 for an open lock; the component `dials` is the share of right digits.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { locks, tablePolicy } from '@icrl/core/testing'
 * const world = locks({ dials: 3 })
 * const [lock] = world.tasks('train', 1)
 * const everyTip = lock.combination.map((digit, dial) => world.tip(dial, digit)).join(' ')
 * const messages = world.prompt(lock, everyTip) // with these, the untaught table opens it
 * const policy = tablePolicy(world.untaught)
 */
export function locks({
  seed = 0,
  dials = 4,
  accuracy = 0.2,
  insight = 0.5,
  heldOut = 0.2,
}: LocksOptions = {}): Locks {
  wholeNumber('locks: dials', dials, 2, 6)
  probabilities('locks', { accuracy, insight })
  const key = randomStream(seed, 'locks', 'key')
  const places = Array.from({ length: dials }, (_, dial) => dial)
  const mark = (dial: number, kind: number): string => `dial${dial}:m${kind}`
  const tip = (dial: number, digit: string): string => `tip${dial}=${digit}`
  const miss = (dial: number): string => `miss${dial}`
  const digitOf = (dial: number, kind: number): string =>
    DIGITS[key.integer(dial * MARKS + kind, DIGITS.length)]
  const tips = places.flatMap((dial) => DIGITS.map((digit) => tip(dial, digit)))
  const words = [
    '<solve>',
    '<advise>',
    ...DIGITS,
    ...places.map(miss),
    ...tips,
    ...places.flatMap((dial) => Array.from({ length: MARKS }, (_, kind) => mark(dial, kind))),
  ]
  const verifier: Verifier<LockTask> = ({ text, task: { combination } }) => {
    const said = text.split(' ')
    const right = combination.filter((digit, dial) => said[dial] === digit).length
    return {
      reward: right === dials && said.length === dials ? 1 : 0,
      valid: said.length === dials && said.every((word) => DIGITS.includes(word)),
      components: { dials: right / dials },
    }
  }
  return {
    name: 'locks',
    renderer: wordRenderer(words),
    maxTokens: dials + 1,
    tasks: splitTasks({
      seed,
      name: 'locks',
      heldOut,
      draw: (stream) => places.map((dial) => stream.integer(dial, MARKS)),
      make: (id, kinds): LockTask => ({
        id,
        marks: kinds.map((kind, dial) => mark(dial, kind)),
        combination: kinds.map((kind, dial) => digitOf(dial, kind)),
        difficulty: kinds.filter((kind) => kind !== 0).length,
      }),
    }),
    prompt: ({ marks }, guidance) => ask('<solve>', ...marks, guidance),
    verifier,
    untaught: {
      vocabularySize: TURN_WORDS.length + words.length,
      positions: dials + 1,
      biases: untaughtBiases(),
    },
    digits: DIGITS,
    tip,
    miss,
    advicePrompt: ({ marks }, attempt) => ask('<advise>', ...marks, attempt),
    tipsIn: (text) =>
      text
        .split(' ')
        .filter((word) => tips.includes(word))
        .join(' '),
  }

  function untaughtBiases(): Bias[] {
    const id = (word: string): number => TURN_WORDS.length + words.indexOf(word)
    const end = TURN_WORDS.indexOf('<end>')
    const form = (mode: string, wordsAt: (dial: number) => readonly string[]): Bias[] => [
      ...places.flatMap((at) =>
        wordsAt(at).map((word) => ({ prompt: id(mode), at, token: id(word), value: FORM })),
      ),
      { prompt: id(mode), at: dials, token: end, value: FORM },
    ]
    const knowledge = (dial: number, kind: number): Bias[] => {
      const about = { prompt: id(mark(dial, kind)), at: dial }
      const digit = digitOf(dial, kind)
      const digits =
        kind === 0
          ? [{ digit, value: logitFor(KNOWN, DIGITS.length) }]
          : habit(digit, DIGITS[(DIGITS.indexOf(digit) + 1 + (kind % 4)) % DIGITS.length])
      return [
        ...digits.map((one) => ({ ...about, token: id(one.digit), value: one.value })),
        { ...about, token: id(tip(dial, digit)), value: logitFor(insight, DIGITS.length) },
      ]
    }
    /** Right with `accuracy`; one wrong digit has half of what is left. */
    const habit = (digit: string, wrong: string): { digit: string; value: number }[] => {
      const rest = (1 - accuracy) / 2 / (DIGITS.length - 2)
      return [
        { digit, value: Math.log(accuracy / rest) },
        { digit: wrong, value: Math.log((1 - accuracy) / 2 / rest) },
      ]
    }
    return [
      ...form('<solve>', () => DIGITS),
      ...form('<advise>', (dial) => DIGITS.map((digit) => tip(dial, digit))),
      ...places.flatMap((dial) =>
        Array.from({ length: MARKS }, (_, kind) => knowledge(dial, kind)).flat(),
      ),
      ...places.flatMap((at) =>
        DIGITS.map((digit) => ({
          prompt: id(tip(at, digit)),
          at,
          token: id(digit),
          value: OBEDIENCE,
        })),
      ),
    ]
  }
}
