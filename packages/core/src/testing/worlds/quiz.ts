import type { Message } from '../../message.ts'
import { randomStream, type RandomStream } from '../../random.ts'
import type { QuestionTask } from '../../task.ts'
import type { Verifier } from '../../verifier.ts'
import type { Bias } from '../table-policy.ts'
import { TURN_WORDS, wordRenderer } from '../word-renderer.ts'
import { ask, logitFor, probabilities, splitTasks, wholeNumber, type World } from './world.ts'

/** How well the untaught table answers a question. */
export type QuizLevel = 'easy' | 'middling' | 'hard'

/** One question: `q3 please today`. Its first word alone decides the answer. */
export interface QuizTask extends QuestionTask {
  /** Its first word, which decides the answer. */
  readonly topic: string
  /** How well the untaught table answers it. */
  readonly level: QuizLevel
}

/** Options of {@link quiz}. */
export interface QuizOptions {
  /** Another seed is another quiz: other answers, other tasks. @defaultValue 0 */
  readonly seed?: number
  /** Answers to choose among, 4 to 8; more answers make fewer topics. @defaultValue 4 */
  readonly answers?: number
  /**
   * Probability of the right first word by level, for the untaught table. Where a topic is hard,
   * one wrong answer is the likeliest.
   *
   * @defaultValue 0.95, 0.6, 0.2
   */
  readonly accuracy?: Readonly<Record<QuizLevel, number>>
  /** Share of questions that are held out. @defaultValue 0.2 */
  readonly heldOut?: number
}

/** What {@link Quiz.residue} is drawn with. */
export interface ResidueOptions {
  /** Probability that the word tells the truth. @defaultValue 0.9 */
  readonly reliability?: number
  /** Which of the endless draws for this question and answer. @defaultValue 0 */
  readonly draw?: number
}

/** The world {@link quiz} makes. */
export interface Quiz extends World<QuizTask> {
  /** Words for the answers. */
  readonly answers: readonly string[]
  /** Words for a stated confidence of 0.1, 0.3 … 0.9, least first; also scores 1 to 5. */
  readonly confidences: readonly string[]
  /** A word by which a solver can be told an answer, which the untaught table follows. */
  hint(answer: string): string
  /**
   * What somebody reads off a question and an answer: `fits:a2` or `off:a2`. It stands for a model's
   * ability to check its answer, so whether a method uses that ability can be seen, but not whether
   * a model has it.
   */
  residue(task: QuizTask, answer: string, options?: ResidueOptions): string
  /** The word for a question's topic and an answer: `q3=a2`. */
  composite(task: Pick<QuizTask, 'topic'>, answer: string): string
  /** Asks for `right` or `wrong`; `seen` are residues, composites or other words to go by. */
  judgePrompt(task: QuizTask, answer: string, seen?: string): Message[]
  /** Asks for one of the `confidences`. */
  confidencePrompt(task: QuizTask, answer: string): Message[]
  /** The confidence a text states, in (0, 1); undefined if it states none. */
  confidenceOf(text: string): number | undefined
  /**
   * Asks for a composite and then an answer. The composite of the right answer leads the untaught
   * table to that answer, most others to none in particular, a fifth of them to their own.
   */
  reasonPrompt(task: QuizTask): Message[]
  /** Asks for an answer, which `<end>`, or `refine` and another answer follow. */
  revisePrompt(task: QuizTask, guidance?: string): Message[]
}

const LEVELS: readonly QuizLevel[] = ['easy', 'middling', 'hard']
const STYLES = ['please', 'quickly', 'today', 'again', 'briefly', 'now']
const CONFIDENCES = ['c10', 'c30', 'c50', 'c70', 'c90']
const MODES = ['<solve>', '<judge>', '<rate>', '<reason>', '<revise>']
/** Composite words: topics times answers. */
const COMPOSITES = 40
const FORM = 18
const OBEDIENCE = 6
/** Share of wrong composites that lead to their own answer. */
const MISLEADING = 0.2

/**
 * Questions with 4 to 8 answers. A question is a topic and two words of style, which do not matter:
 * who learns the topics answers the held-out questions. Around it are the words that methods with
 * critics, judges, confidence and second attempts need.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { randomStream } from '@icrl/core'
 * import { quiz, tablePolicy } from '@icrl/core/testing'
 * const world = quiz({ seed: 1 })
 * const policy = tablePolicy(world.untaught)
 * const [task] = world.tasks('train', 1)
 * const { tokens } = await policy.sample({
 *   prompt: world.renderer.start(world.prompt(task, world.hint(task.answer))),
 *   maxTokens: world.maxTokens,
 *   temperature: 1,
 *   stop: world.renderer.stop,
 *   draws: randomStream(0, task.id),
 * })
 * const { reward } = await world.verifier({ text: world.renderer.text(tokens), tokens, task }) // 1
 */
export function quiz({
  seed = 0,
  answers: count = 4,
  accuracy = { easy: 0.95, middling: 0.6, hard: 0.2 },
  heldOut = 0.2,
}: QuizOptions = {}): Quiz {
  wholeNumber('quiz: answers', count, 4, 8)
  probabilities('quiz: accuracy', accuracy)
  const answers = numbered('a', count)
  const topics = numbered('q', Math.floor(COMPOSITES / count))
  const key = randomStream(seed, 'quiz', 'key')
  const answerOf = (topic: string): string => answers[key.integer(topics.indexOf(topic), count)]
  const levelOf = (topic: string): QuizLevel => LEVELS[topics.indexOf(topic) % LEVELS.length]
  const composite: Quiz['composite'] = ({ topic }, answer) => `${topic}=${answer}`
  const hint = (answer: string): string => `try:${answer}`
  const words = [
    ...MODES,
    ...answers,
    ...topics,
    ...STYLES,
    ...CONFIDENCES,
    'right',
    'wrong',
    'refine',
    ...answers.flatMap((answer) => [hint(answer), `fits:${answer}`, `off:${answer}`]),
    ...topics.flatMap((topic) => answers.map((answer) => composite({ topic }, answer))),
  ]
  const verifier: Verifier<QuizTask> = ({ text, task }) => {
    const said = text.split(' ').filter((word) => answers.includes(word))
    return { reward: said.at(-1) === task.answer ? 1 : 0, valid: said.length > 0 }
  }
  return {
    name: 'quiz',
    renderer: wordRenderer(words),
    maxTokens: 4,
    tasks: splitTasks({
      seed,
      name: 'quiz',
      heldOut,
      draw: drawQuestion(topics),
      make: (id, question): QuizTask => {
        const topic = question.split(' ')[0]
        return { id, question, answer: answerOf(topic), topic, level: levelOf(topic) }
      },
    }),
    prompt: (task, guidance) => ask('<solve>', task.question, guidance),
    verifier,
    untaught: {
      vocabularySize: TURN_WORDS.length + words.length,
      biases: untaughtBiases({ words, answers, topics, answerOf, levelOf, accuracy, key }),
    },
    answers,
    confidences: CONFIDENCES,
    hint,
    residue: (task, answer, { reliability = 0.9, draw = 0 } = {}) => {
      const honest =
        randomStream(seed, 'quiz', 'residue', task.question, answer).uniform(draw) < reliability
      return `${(answer === task.answer) === honest ? 'fits' : 'off'}:${answer}`
    },
    composite,
    judgePrompt: (task, answer, seen) => ask('<judge>', task.question, answer, seen),
    confidencePrompt: (task, answer) => ask('<rate>', task.question, answer),
    confidenceOf: (text) => {
      const stated = text.split(' ').find((word) => CONFIDENCES.includes(word))
      return stated === undefined ? undefined : Number(stated.slice(1)) / 100
    },
    reasonPrompt: (task) => ask('<reason>', task.question),
    revisePrompt: (task, guidance) => ask('<revise>', task.question, guidance),
  }
}

function numbered(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${letter}${i}`)
}

function drawQuestion(topics: readonly string[]): (stream: RandomStream) => string {
  return (stream) =>
    [
      topics[stream.integer(0, topics.length)],
      STYLES[stream.integer(1, STYLES.length)],
      STYLES[stream.integer(2, STYLES.length)],
    ].join(' ')
}

interface Knowledge {
  readonly words: readonly string[]
  readonly answers: readonly string[]
  readonly topics: readonly string[]
  readonly answerOf: (topic: string) => string
  readonly levelOf: (topic: string) => QuizLevel
  readonly accuracy: Readonly<Record<QuizLevel, number>>
  readonly key: RandomStream
}

function untaughtBiases({
  words,
  answers,
  topics,
  answerOf,
  levelOf,
  accuracy,
  key,
}: Knowledge): Bias[] {
  const id = (word: string): number => TURN_WORDS.length + words.indexOf(word)
  const end = TURN_WORDS.indexOf('<end>')
  const composites = words.filter((word) => word.includes('='))
  const form = (mode: string, ...places: readonly (readonly number[])[]): Bias[] =>
    places.flatMap((tokens, at) =>
      tokens.map((token) => ({ prompt: id(mode), at, token, value: FORM })),
    )
  const answerIds = answers.map(id)
  return [
    ...form('<solve>', answerIds, [end]),
    ...form('<judge>', [id('right'), id('wrong')], [end]),
    ...form('<rate>', CONFIDENCES.map(id), [end]),
    ...form('<reason>', composites.map(id), answerIds, [end]),
    ...form('<revise>', answerIds, [end, id('refine')], answerIds, [end]),
    ...topics.flatMap((topic): Bias[] => [
      ...knowledge(topic, answerOf(topic), levelOf(topic)),
      ...answers.map((answer) => ({
        prompt: id(topic),
        at: 0,
        token: id(`${topic}=${answer}`),
        value: OBEDIENCE,
      })),
    ]),
    ...composites.flatMap((word, i): Bias[] => {
      const [topic, answer] = word.split('=')
      const leads = answer === answerOf(topic) || key.child('leads').uniform(i) < MISLEADING
      return leads ? [{ previous: id(word), at: 1, token: id(answer), value: OBEDIENCE }] : []
    }),
    ...answers.flatMap((answer) =>
      [0, 2].map((at) => ({
        prompt: id(`try:${answer}`),
        at,
        token: id(answer),
        value: OBEDIENCE,
      })),
    ),
  ]

  /** Right with the level's accuracy; a hard topic's favorite has two thirds of what is left. */
  function knowledge(topic: string, right: string, level: QuizLevel): Bias[] {
    const bias = (answer: string, value: number): Bias => ({
      prompt: id(topic),
      at: 0,
      token: id(answer),
      value,
    })
    const sure = accuracy[level]
    if (level !== 'hard') return [bias(right, logitFor(sure, answers.length))]
    const others = answers.filter((answer) => answer !== right)
    const favorite = others[key.child('favorite').integer(topics.indexOf(topic), others.length)]
    const rest = (1 - sure) / 3 / (others.length - 1)
    return [
      bias(right, Math.log(sure / rest)),
      bias(favorite, Math.log(((1 - sure) * 2) / 3 / rest)),
    ]
  }
}
