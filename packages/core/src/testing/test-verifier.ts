import { isSuccess, outcomeOf } from '../outcome.ts'
import type { Task } from '../task.ts'
import type { Verdict, Verifier } from '../verifier.ts'
import type { Check } from './check.ts'
import { expect } from './expect.ts'

/** A response to a task and the reward it must get. */
export interface VerifierCase<T extends Task> {
  /** The task. */
  readonly task: T
  /** What was said. */
  readonly text: string
  /** What it must be worth. */
  readonly reward: number
  /** Whether it must be a success. @defaultValue true for a reward of 1, to within 1e-9 */
  readonly success?: boolean
}

/** Options of {@link testVerifier}. */
export interface TestVerifierOptions<T extends Task> {
  /** Judged responses; at least one right and one wrong. */
  readonly cases: readonly VerifierCase<T>[]
  /** Ids of a response, for verifiers that reward single tokens. @defaultValue none */
  readonly encode?: (text: string) => Int32Array
}

const HOSTILE = [
  '',
  ' ',
  '\u0000',
  '\\boxed{',
  '{'.repeat(10_000),
  '9^9^9^9',
  '\\frac{1}{0}',
  '__proto__',
  'constructor',
  '\u202e42',
  '١٢٣',
  'a'.repeat(1_000_000),
  '((((a+)+)+)+)b',
  'NaN',
  'Infinity',
  '-0',
]

/** Milliseconds that a verdict may take. */
const LONGEST_VERDICT = 1000
/**
 * A verdict is in time if one of so many tries is. One may meet a cold start or a machine that
 * pauses, but a verifier that runs away does so every time.
 */
const TRIES = 3

/**
 * What every `Verifier` must satisfy: the given verdicts, the same verdict each time, an outcome
 * that `outcomeOf` accepts (finite, with `success` above 1), finite components, a reward of every token or of none, and no exception on whatever a model may write, within a second each (in one of three
 * tries).
 *
 * @example
 * import type { QuestionTask, Verifier } from '@icrl/core'
 * import { it } from 'vitest'
 *
 * const task = { id: 'q', question: '2 + 2?', answer: '4' }
 * const verifier: Verifier<QuestionTask> = ({ text, task }) => ({
 *   reward: text === task.answer ? 1 : 0,
 *   valid: text !== '',
 * })
 * const cases = [
 *   { task, text: '4', reward: 1 },
 *   { task, text: '5', reward: 0 },
 * ]
 * for (const { name, run } of testVerifier(verifier, { cases })) it(name, run)
 */
export function testVerifier<T extends Task>(
  verifier: Verifier<T>,
  options: TestVerifierOptions<T>,
): Check[] {
  const { encode = () => new Int32Array(0) } = options
  const judge = async (text: string, task: T): Promise<Verdict> => {
    const tokens = encode(text)
    const verdict = await verifier({ text, tokens, task })
    checkTokenRewards(verdict, tokens, `"${text.slice(0, 20)}"`)
    return verdict
  }
  return [
    {
      name: 'the given responses get the given rewards',
      run: async () => {
        for (const { task, text, ...judgment } of options.cases) {
          const verdict = await judge(text, task)
          const { reward, success } = outcomeOf(judgment, `case of task ${task.id}`)
          expect(
            verdict.reward === reward,
            `task ${task.id}, "${text.slice(0, 60)}": reward ${verdict.reward}, not ${reward}`,
          )
          expect(
            isSuccess(verdict) === success,
            `task ${task.id}, "${text.slice(0, 60)}": success ${!success}, not ${success}`,
          )
        }
      },
    },
    {
      name: 'the same response gets the same verdict',
      run: async () => {
        for (const { task, text } of options.cases)
          expect(
            JSON.stringify(await judge(text, task)) === JSON.stringify(await judge(text, task)),
            `task ${task.id}: two verdicts`,
          )
      },
    },
    {
      name: 'hostile responses are judged, within a second each',
      run: async () => {
        for (const text of HOSTILE) {
          let fastest = Infinity
          for (let tries = 0; tries < TRIES && fastest >= LONGEST_VERDICT; tries++) {
            const start = performance.now()
            const verdict = await judge(text, options.cases[0].task)
            fastest = Math.min(fastest, performance.now() - start)
            checkVerdict(verdict, `"${text.slice(0, 20)}"`)
          }
          expect(
            fastest < LONGEST_VERDICT,
            `"${text.slice(0, 20)}": took ${Math.round(fastest)} ms, the fastest of ${TRIES} tries`,
          )
        }
      },
    },
    {
      name: 'an empty response is no success and not valid',
      run: async () => {
        const verdict = await judge('', options.cases[0].task)
        expect(
          !isSuccess(verdict) && verdict.reward <= 0 && !verdict.valid,
          `reward ${verdict.reward}, valid ${verdict.valid}`,
        )
      },
    },
  ]
}

function checkVerdict(verdict: Verdict, where: string): void {
  outcomeOf(verdict, where)
  expect(typeof verdict.valid === 'boolean', `${where}: valid is ${verdict.valid}`)
  for (const [name, value] of Object.entries(verdict.components ?? {}))
    expect(Number.isFinite(value), `${where}: the component "${name}" is ${value}`)
}

function checkTokenRewards({ tokenRewards }: Verdict, tokens: Int32Array, where: string): void {
  if (tokenRewards === undefined) return
  expect(
    tokenRewards.length === tokens.length,
    `${where}: ${tokenRewards.length} token rewards for ${tokens.length} tokens`,
  )
  const at = tokenRewards.findIndex((reward) => !Number.isFinite(reward))
  expect(at < 0, `${where}: the reward of token ${at} is ${tokenRewards[at]}`)
}
