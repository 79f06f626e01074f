import type { Message } from '../../message.ts'
import { randomStream } from '../../random.ts'
import type { Task } from '../../task.ts'
import type { Bias } from '../table-policy.ts'
import { TURN_WORDS, wordRenderer } from '../word-renderer.ts'
import { ask, splitTasks, type World } from './world.ts'

/** A quality that responses can have. */
export type Aspect = 'clear' | 'true'

/** Two responses, one of which is better in what counts for this kind of task. */
export interface RankingTask extends Task {
  /** What the responses are to: `k2 please today`. Its first word decides which aspect counts. */
  readonly question: string
  /** What is ranked. */
  readonly kind: string
  /** By what it is ranked. */
  readonly aspect: Aspect
  /** The two responses: `clear+ true-`, which is clearer and less true than the other. */
  readonly responses: readonly [string, string]
  /** Index of the better one. */
  readonly best: number
}

/** Options of {@link rankings}. */
export interface RankingsOptions {
  /** Another seed is another world: other aspects count. @defaultValue 0 */
  readonly seed?: number
  /** How much likelier the untaught judge finds the first response, in nats. @defaultValue 2 */
  readonly placeBias?: number
  /** Share of tasks that are held out. @defaultValue 0.2 */
  readonly heldOut?: number
}

/** The world {@link rankings} makes. */
export interface Rankings extends World<RankingTask> {
  /** Asks for a judgment, a principle and scores: `true>second [3,7]`. */
  judgePrompt(task: RankingTask, responses: readonly string[]): Message[]
  /** The aspect that a judgment names; undefined if it names none. */
  aspectIn(judgment: string): Aspect | undefined
  /** Asks whether a judgment is `right` or `wrong`, by what can be seen of it. */
  metaPrompt(task: RankingTask, judgment: string): Message[]
}

const ASPECTS: readonly Aspect[] = ['clear', 'true']
const PLACES = ['first', 'second']
const KINDS = Array.from({ length: 8 }, (_, kind) => `k${kind}`)
const STYLES = ['please', 'quickly', 'today', 'again']
const SCORES = ['[7,3]', '[3,7]']
const FORM = 18
const READING = 4
const HABIT = 3

const WORDS: readonly string[] = [
  '<judge>',
  '<meta>',
  ...KINDS,
  ...STYLES,
  ...ASPECTS.flatMap((aspect) =>
    PLACES.flatMap((place) => [`${aspect}:${place}`, `${aspect}>${place}`]),
  ),
  ...KINDS.flatMap((kind) => ASPECTS.map((aspect) => `${kind}=${aspect}`)),
  ...SCORES,
  'follows',
  'contradicts',
  'right',
  'wrong',
]

/**
 * Pairs of responses for a judge, who names a principle and then gives scores. Each response is
 * better in one of two aspects or in both, and the kind of task decides which aspect counts. The
 * untaught judge does not know which, and likes what is shown first. Knowing the kinds carries over
 * to held-out tasks.
 *
 * @example
 * import { rankings } from '@icrl/core/testing'
 * const world = rankings()
 * const [task] = world.tasks('train', 1)
 * const messages = world.judgePrompt(task, task.responses)
 * world.aspectIn('true>second [3,7]') // 'true'
 */
export function rankings({
  seed = 0,
  placeBias = 2,
  heldOut = 0.2,
}: RankingsOptions = {}): Rankings {
  const key = randomStream(seed, 'rankings', 'key')
  const aspectOf = (kind: string): Aspect => ASPECTS[key.integer(KINDS.indexOf(kind), 2)]
  const judgePrompt: Rankings['judgePrompt'] = ({ question }, shown) =>
    ask(
      '<judge>',
      question,
      ...ASPECTS.map((aspect) => `${aspect}:${PLACES[shown[0].includes(`${aspect}+`) ? 0 : 1]}`),
    )
  const aspectIn: Rankings['aspectIn'] = (judgment) =>
    ASPECTS.find((aspect) => judgment.includes(`${aspect}>`))
  return {
    name: 'rankings',
    renderer: wordRenderer(WORDS),
    maxTokens: 3,
    tasks: splitTasks({
      seed,
      name: 'rankings',
      heldOut,
      draw: (stream) => ({
        better: ASPECTS.map((_, i) => stream.integer(i, 2)),
        question: [KINDS, STYLES, STYLES]
          .map((words, i) => words[stream.integer(2 + i, words.length)])
          .join(' '),
      }),
      make: (id, { question, better }): RankingTask => {
        const kind = question.split(' ')[0]
        const aspect = aspectOf(kind)
        const best = better[ASPECTS.indexOf(aspect)]
        const response = (place: number): string =>
          ASPECTS.map((one, i) => `${one}${better[i] === place ? '+' : '-'}`).join(' ')
        return { id, question, kind, aspect, responses: [response(0), response(1)], best }
      },
    }),
    prompt: (task) => judgePrompt(task, task.responses),
    verifier: ({ text, task }) => {
      const said = text.split(' ').at(-1)!
      return { reward: said === SCORES[task.best] ? 1 : 0, valid: SCORES.includes(said) }
    },
    untaught: {
      vocabularySize: TURN_WORDS.length + WORDS.length,
      biases: untaughtBiases(placeBias),
    },
    judgePrompt,
    aspectIn,
    metaPrompt: ({ kind }, judgment) => {
      const named = aspectIn(judgment)
      const [principle, scores] = judgment.split(' ')
      const follows =
        PLACES.findIndex((place) => principle.endsWith(place)) === SCORES.indexOf(scores)
      return ask('<meta>', named && `${kind}=${named}`, follows ? 'follows' : 'contradicts')
    },
  }
}

function untaughtBiases(placeBias: number): Bias[] {
  const id = (word: string): number => TURN_WORDS.length + WORDS.indexOf(word)
  const end = TURN_WORDS.indexOf('<end>')
  const at = (mode: string, place: number, words: readonly string[]): Bias[] =>
    words.map((word) => ({ prompt: id(mode), at: place, token: id(word), value: FORM }))
  const principles = ASPECTS.flatMap((aspect) => PLACES.map((place) => `${aspect}>${place}`))
  return [
    ...at('<judge>', 0, principles),
    ...at('<judge>', 1, SCORES),
    { prompt: id('<judge>'), at: 2, token: end, value: FORM },
    { prompt: id('<judge>'), at: 1, token: id(SCORES[0]), value: placeBias },
    ...at('<meta>', 0, ['right', 'wrong']),
    { prompt: id('<meta>'), at: 1, token: end, value: FORM },
    ...ASPECTS.flatMap((aspect) =>
      PLACES.flatMap((place, i): Bias[] => [
        {
          prompt: id(`${aspect}:${place}`),
          at: 0,
          token: id(`${aspect}>${place}`),
          value: READING,
        },
        { previous: id(`${aspect}>${place}`), token: id(SCORES[i]), value: HABIT },
      ]),
    ),
  ]
}
