import type { Message, QuestionTask, SessionResult, Task } from '@icrl/core'
import { majority, parseVerdict } from '@icrl/critic'
import type { Benchmark } from './benchmark.ts'
import { byItem, foundIn } from './conclude.ts'
import { askedOnce, constantCritics } from './controls.ts'
import { readItems } from './formats/read-items.ts'
import { share } from './metrics/mean.ts'
import { type Cell, tableOf } from './table.ts'

/** A question and an answer to judge. */
export interface ConvincingItem extends Task {
  /** What was asked. */
  readonly question: string
  /** The answer to be judged. */
  readonly response: string
  /** Whether it is right. */
  readonly isRight: boolean
  /** Share of the answerer's samples that agree with its most frequent answer, in [0, 1]. */
  readonly certainty: number
}

/** Options of {@link convincingWrong}. */
export interface ConvincingWrongOptions {
  /** What the critic is asked. @defaultValue asks for a critique that ends in `right` or `wrong` */
  readonly prompt?: (item: ConvincingItem) => readonly Message[]
  /** `[bins]` least certainties of the bins, ascending. @defaultValue 0, ¼, ½ and ¾ */
  readonly bins?: readonly number[]
}

/**
 * CriticBench of "Critique Ability of Large Language Models" (Google; arXiv 2310.04815) `[paper]`:
 * is an answer right? The wrong answers are convincing ones, the most frequent wrong sample of each
 * question, and accuracy is also given by how certain the answerer was. It is not the CriticBench
 * of arXiv 2402.14809.
 *
 * Its 3K items (GSM8K, HumanEval, TruthfulQA) are not published: {@link convincingItems} makes such a
 * set from samples of your own. A verdict that cannot be read counts as wrong `[ours]`.
 *
 * File: lines of `id, question, response, isRight, certainty`. Role: `critic`.
 *
 * @example
 * import { convincingWrong } from '@icrl/evaluators'
 * const items = await convincingWrong().read(
 *   '{"id": "a", "question": "2 + 2?", "response": "5", "isRight": false, "certainty": 0.6}',
 * )
 */
export function convincingWrong({
  prompt = askForVerdict,
  bins = [0, 0.25, 0.5, 0.75],
}: ConvincingWrongOptions = {}): Benchmark<ConvincingItem> {
  const read = (text: string): { verdict: string | undefined } => ({ verdict: parseVerdict(text) })
  return {
    name: 'convincing answers',
    read: (file) =>
      readItems(file, {
        format: 'convincing answers',
        fields: {
          id: 'string',
          question: 'string',
          response: 'string',
          isRight: 'boolean',
          certainty: 'number',
        },
        make: (record) => record as unknown as ConvincingItem,
      }),
    protocol: askedOnce({ prompt, read }),
    controls: constantCritics({ read, words: { right: () => 'right', wrong: () => 'wrong' } }),
    score(items, sessions) {
      const judged = byItem(items, sessions).flatMap(({ item, sessions: own }) =>
        own.map(({ findings }) => ({
          ...item,
          isMatch: foundIn(findings, 'verdict') === (item.isRight ? 'right' : 'wrong'),
        })),
      )
      const row = (name: string, of: typeof judged): Cell[] => [
        name,
        share(of, ({ isMatch }) => isMatch),
        share(
          of.filter(({ isRight }) => isRight),
          ({ isMatch }) => isMatch,
        ),
        share(
          of.filter(({ isRight }) => !isRight),
          ({ isMatch }) => isMatch,
        ),
        of.length,
      ]
      const inBin = (from: number, i: number): typeof judged =>
        judged.filter(({ certainty }) => certainty >= from && certainty < (bins[i + 1] ?? Infinity))
      return tableOf(
        ['certainty', 'accuracy', 'right answers', 'wrong answers', 'items'],
        [row('all', judged), ...bins.map((from, i) => row(`from ${from}`, inBin(from, i)))],
      )
    },
  }
}

function askForVerdict({ question, response }: ConvincingItem): Message[] {
  const content = `# Question\n${question}\n\n# Answer\n${response}\n\nCheck the answer step by step. End with one word: right or wrong.`
  return [{ role: 'user', content }]
}

/**
 * Items of {@link convincingWrong} from samples of an answerer: for each question the first sample
 * with its most frequent wrong answer, and the first with its most frequent right one. A question that
 * was always right gives no wrong answer, and the other way round.
 *
 * @param sessions several of each task, of one answer each (`solveOnce`)
 * @param answerOf the answer in a response; undefined if it has none, and it is left out
 * @example
 * import { convincingItems } from '@icrl/evaluators'
 * import type { QuestionTask, SessionResult } from '@icrl/core'
 * declare const tasks: QuestionTask[], samples: SessionResult[]
 * const items = convincingItems(tasks, samples, (text) => /-?\d+\s*$/.exec(text)?.[0])
 */
export function convincingItems(
  tasks: readonly QuestionTask[],
  sessions: readonly SessionResult[],
  answerOf: (text: string) => string | undefined,
): ConvincingItem[] {
  return byItem(tasks, sessions).flatMap(({ item: { id, question }, sessions: own }) => {
    const samples = own
      .filter(({ failure }) => !failure)
      .map(({ transcript, outcomes }) => {
        const text = transcript.at(-1)!.text
        return { text, answer: answerOf(text), isRight: outcomes.at(-1)!.success }
      })
    const answers = samples.flatMap(({ answer }) => answer ?? [])
    const top = majority(answers)
    const certainty = answers.filter((answer) => answer === top).length / samples.length
    return [false, true].flatMap((isRight) => {
      const alike = samples.filter((one) => one.answer !== undefined && one.isRight === isRight)
      const chosen = majority(alike.map(({ answer }) => answer))
      const response = alike.find(({ answer }) => answer === chosen)?.text
      const name = isRight ? 'right' : 'wrong'
      return response === undefined
        ? []
        : [{ id: `${id}#${name}`, question, response, isRight, certainty }]
    })
  })
}
