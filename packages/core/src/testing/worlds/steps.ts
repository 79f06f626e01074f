import type { Message } from '../../message.ts'
import { randomStream, type RandomStream } from '../../random.ts'
import type { Task } from '../../task.ts'
import type { Verifier } from '../../verifier.ts'
import type { Bias } from '../table-policy.ts'
import { TURN_WORDS, wordRenderer } from '../word-renderer.ts'
import { ask, logitFor, probabilities, splitTasks, type World } from './world.ts'

/** Kinds of error, most visible first. */
export const STEP_ERRORS = ['sign', 'carry', 'unit', 'skip', 'premise'] as const
/** Rewrites that leave a step right. */
export const HARMLESS_REWRITES = ['rename', 'restate'] as const

/** One kind of error. */
export type StepError = (typeof STEP_ERRORS)[number]
/** One way to rewrite a step. */
export type StepRewrite = StepError | (typeof HARMLESS_REWRITES)[number]

/** A problem of 4 to 6 operations, and a solution of one word per step that may have an error. */
export interface StepsTask extends Task {
  /** `[steps]` words: `0:add`. */
  readonly operations: readonly string[]
  /** `[steps]` the solution as somebody wrote it. */
  readonly written: readonly string[]
  /** `[steps]` how each step was rewritten; undefined: it is plain. */
  readonly rewrites: readonly (StepRewrite | undefined)[]
  /** What can be seen of the rewrites: `2!carry`. An error may leave nothing to be seen. */
  readonly tells: readonly string[]
}

/** Options of {@link steps}. */
export interface StepsOptions {
  /** Another seed is another world. @defaultValue 0 */
  readonly seed?: number
  /** Probability of each right step in a solution by the untaught table. @defaultValue 0.7 */
  readonly accuracy?: number
  /** Probability that an error can be seen. @defaultValue 0.95, 0.85, 0.7, 0.5, 0.3 */
  readonly visibility?: Readonly<Record<StepError, number>>
  /** Share of problems that are held out, solutions of them with them. @defaultValue 0.2 */
  readonly heldOut?: number
}

/** The world {@link steps} makes. */
export interface Steps extends World<StepsTask> {
  /**
   * Asks whether one step is `right` or `wrong`, by its operation, its word and the kind of rewrite, if
   * that can be seen.
   */
  checkPrompt(task: StepsTask, at: number): Message[]
  /** Asks for the first wrong step: `step0` … `step5`, or `none`. */
  judgePrompt(task: StepsTask): Message[]
  /** Reward 1 for the first wrong step, by its name. */
  readonly judgeVerifier: Verifier<StepsTask>
  /** Asks for a kind of rewrite, for somebody who hides errors. */
  rewritePrompt(task: StepsTask): Message[]
  /** The kind a text names; undefined if it names none. */
  rewriteIn(text: string): StepRewrite | undefined
  /** The task with one step rewritten; what can be seen of it is counted by `draw`. */
  rewrite(task: StepsTask, at: number, kind: StepRewrite, draw?: number): StepsTask
  /** The task with its solution set right again. */
  plain(task: StepsTask): StepsTask
  /** `[steps]` true: the written step is right, whichever words it uses. */
  labels(task: StepsTask): boolean[]
  /** 0-based first wrong step; −1 if all are right. */
  firstError(task: StepsTask): number
}

const OPERATIONS = ['add', 'halve', 'swap'] as const
/** Right words of each operation: plain, renamed, restated. */
const RIGHT: Readonly<Record<string, readonly string[]>> = {
  add: ['added', 'summed', 'plus'],
  halve: ['halved', 'split', 'cut'],
  swap: ['swapped', 'traded', 'turned'],
}
const MOST = 6
const LEAST = 4
const PLACES = Array.from({ length: MOST }, (_, at) => at)
const REWRITES: readonly StepRewrite[] = [...STEP_ERRORS, ...HARMLESS_REWRITES]
const VERDICTS = [...PLACES.map((at) => `step${at}`), 'none']
/** Probability that a right step is rewritten. */
const HARMLESS_SHARE = 0.15
const FORM = 18
/** What the untaught judge makes of each tell, harmless ones last: false alarms. */
const SUSPICION = [4, 3, 2, 1, 0, 2, 2]

const tell = (at: number, kind: StepRewrite): string => `${at}!${kind}`
const operationOf = (word: string): string => word.slice(word.indexOf(':') + 1)

const WORDS: readonly string[] = [
  '<solve>',
  '<check>',
  '<judge>',
  '<rewrite>',
  'right',
  'wrong',
  ...PLACES.flatMap((at) => OPERATIONS.map((operation) => `${at}:${operation}`)),
  ...Object.values(RIGHT).flat(),
  ...PLACES.flatMap((at) => REWRITES.map((kind) => tell(at, kind))),
  ...VERDICTS,
  ...REWRITES,
]

/**
 * Solutions of 4 to 6 steps to be written, or to be judged step by step. Half of the tasks' solutions
 * have one error, of five kinds that are ever harder to see; right steps may be rewritten in two
 * harmless ways that can always be seen. A tell is also a unit of a review: a claim about one step.
 *
 * As a world its tasks are to be solved (`prompt`, `verifier`); `checkPrompt` for single steps and
 * `judgePrompt` for whole solutions are its other half. Nobody can find an error that left no tell: with every kind as likely, the best
 * judge finds 0.66 of the errors, the mean of `visibility`.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { steps } from '@icrl/core/testing'
 * const world = steps()
 * const [task] = world.tasks('train', 1)
 * const spoilt = world.rewrite(world.plain(task), 2, 'carry')
 * world.firstError(spoilt) // 2
 * world.firstError(world.rewrite(world.plain(task), 2, 'rename')) // -1
 */
export function steps({
  seed = 0,
  accuracy = 0.7,
  visibility = { sign: 0.95, carry: 0.85, unit: 0.7, skip: 0.5, premise: 0.3 },
  heldOut = 0.2,
}: StepsOptions = {}): Steps {
  probabilities('steps', { accuracy })
  probabilities('steps: visibility', visibility)
  const rewritten = (
    task: StepsTask,
    at: number,
    kind: StepRewrite,
    stream: RandomStream,
  ): StepsTask => {
    const isSeen = isHarmless(kind) || stream.uniform(1) < visibility[kind]
    const mark = `${at}!`
    return {
      ...task,
      written: task.written.with(at, wordFor(operationOf(task.operations[at]), kind, stream)),
      rewrites: task.rewrites.with(at, kind),
      tells: [
        ...task.tells.filter((word) => !word.startsWith(mark)),
        ...(isSeen ? [tell(at, kind)] : []),
      ].sort(),
    }
  }
  const problems = splitTasks<readonly string[], StepsTask>({
    seed,
    name: 'steps',
    heldOut,
    draw: drawProblem,
    make: (id, operations) => {
      const stream = randomStream(seed, 'steps', 'solution', id)
      let task = plainSolution({ id, operations, written: [], rewrites: [], tells: [] })
      operations.forEach((_, at) => {
        const own = stream.child(at)
        if (own.uniform(2) < HARMLESS_SHARE)
          task = rewritten(task, at, HARMLESS_REWRITES[own.integer(3, 2)], own)
      })
      if (stream.uniform(0) < 0.5) return task
      const at = stream.integer(1, operations.length)
      const kind = STEP_ERRORS[stream.integer(2, STEP_ERRORS.length)]
      return rewritten(task, at, kind, stream.child('error'))
    },
  })
  return {
    name: 'steps',
    renderer: wordRenderer(WORDS),
    maxTokens: MOST + 1,
    tasks: problems,
    prompt: ({ operations }, guidance) => ask('<solve>', ...operations, guidance),
    verifier: ({ text, task: { operations } }) => {
      const said = text.split(' ')
      const isRight = operations.every((word, at) => isRightStep(word, said[at]))
      return {
        reward: isRight && said.length === operations.length ? 1 : 0,
        valid: text !== '',
      }
    },
    untaught: {
      vocabularySize: TURN_WORDS.length + WORDS.length,
      positions: MOST + 1,
      biases: untaughtBiases(accuracy),
    },
    checkPrompt: ({ operations, written, tells }, at) => {
      const seen = tells.find((word) => word.startsWith(`${at}!`))?.slice(2)
      return ask('<check>', operations[at], written[at], seen)
    },
    judgePrompt: ({ operations, written, tells }) =>
      ask('<judge>', ...operations, ...written, ...tells),
    judgeVerifier: ({ text, task }) => {
      const error = firstError(task)
      return {
        reward: text === (error < 0 ? 'none' : `step${error}`) ? 1 : 0,
        valid: VERDICTS.includes(text),
      }
    },
    rewritePrompt: ({ operations }) => ask('<rewrite>', ...operations),
    rewriteIn: (text) => REWRITES.find((kind) => text.split(' ').includes(kind)),
    rewrite: (task, at, kind, draw = 0) =>
      rewritten(task, at, kind, randomStream(seed, 'steps', 'rewrite', task.id, at, kind, draw)),
    plain: plainSolution,
    labels,
    firstError,
  }
}

function isHarmless(kind: StepRewrite): kind is (typeof HARMLESS_REWRITES)[number] {
  return (HARMLESS_REWRITES as readonly string[]).includes(kind)
}

function isRightStep(operation: string, word: string | undefined): boolean {
  return word !== undefined && RIGHT[operationOf(operation)].includes(word)
}

function labels({ operations, written }: StepsTask): boolean[] {
  return operations.map((operation, at) => isRightStep(operation, written[at]))
}

function firstError(task: StepsTask): number {
  return labels(task).indexOf(false)
}

function plainSolution(task: StepsTask): StepsTask {
  return {
    ...task,
    written: task.operations.map((word) => RIGHT[operationOf(word)][0]),
    rewrites: task.operations.map(() => undefined),
    tells: [],
  }
}

function drawProblem(stream: RandomStream): string[] {
  const length = LEAST + stream.integer(0, MOST - LEAST + 1)
  return Array.from(
    { length },
    (_, at) => `${at}:${OPERATIONS[stream.integer(1 + at, OPERATIONS.length)]}`,
  )
}

/** A right word for a harmless rewrite, the plain word of another operation for an error. */
function wordFor(operation: string, kind: StepRewrite, stream: RandomStream): string {
  if (isHarmless(kind)) return RIGHT[operation][1 + HARMLESS_REWRITES.indexOf(kind)]
  const others = OPERATIONS.filter((other) => other !== operation)
  return RIGHT[others[stream.integer(0, others.length)]][0]
}

function untaughtBiases(accuracy: number): Bias[] {
  const id = (word: string): number => TURN_WORDS.length + WORDS.indexOf(word)
  const end = TURN_WORDS.indexOf('<end>')
  const plain = OPERATIONS.map((operation) => id(RIGHT[operation][0]))
  // Stronger than what the operations of the prompt ask for.
  const form = (mode: string, words: readonly string[]): Bias[] => [
    ...words.map((word) => ({ prompt: id(mode), at: 0, token: id(word), value: 4 * FORM })),
    { prompt: id(mode), at: 1, token: end, value: 4 * FORM },
  ]
  return [
    ...form('<check>', ['right', 'wrong']),
    ...form('<judge>', VERDICTS),
    ...form('<rewrite>', REWRITES),
    { prompt: id('<judge>'), at: 0, token: id('none'), value: 2 },
    { prompt: id('<check>'), at: 0, token: id('right'), value: 1 },
    ...REWRITES.map((kind, k) => ({
      prompt: id(kind),
      at: 0,
      token: id('wrong'),
      value: SUSPICION[k],
    })),
    // The end wherever the problem has no operation.
    ...[...PLACES, MOST].map((at) => ({ prompt: id('<solve>'), at, token: end, value: FORM })),
    ...PLACES.flatMap((at): Bias[] => [
      ...OPERATIONS.flatMap((operation) =>
        plain.map((token) => ({
          prompt: id(`${at}:${operation}`),
          at,
          token,
          value:
            2 * FORM +
            (token === id(RIGHT[operation][0]) ? logitFor(accuracy, OPERATIONS.length) : 0),
        })),
      ),
      ...REWRITES.map((kind, k) => ({
        prompt: id(tell(at, kind)),
        at: 0,
        token: id(`step${at}`),
        value: SUSPICION[k],
      })),
    ]),
  ]
}
