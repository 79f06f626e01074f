import type { Message, SessionProtocol, Task } from '@icrl/core'
import { visibleText } from '@icrl/critic'
import { type RoleTurn, roleTurn } from '@icrl/rollout'
import { verifyMath } from '@icrl/verify'
import type { Benchmark } from './benchmark.ts'
import { byItem, concluded, foundIn } from './conclude.ts'
import { checkFields, readItems } from './formats/read-items.ts'
import { auroc } from './metrics/auroc.ts'
import { calibrationError } from './metrics/calibration-error.ts'
import { mean } from './metrics/mean.ts'
import { tableOf } from './table.ts'

/** A question with its answer; `true` and `false` are yes and no. */
export interface CalibrationItem extends Task {
  /** What is asked. */
  readonly question: string
  /** The right answer. */
  readonly gold: string | boolean
}

/** Options of {@link calibration}. */
export interface CalibrationOptions {
  /** Asks for uncertainty u in place of confidence, which then is 1 − u. @defaultValue false */
  readonly uncertainty?: boolean
  /** Whether a stated answer is right. @defaultValue yes or no, else `verifyMath` */
  readonly isRight?: (answer: string, item: CalibrationItem) => boolean
}

/**
 * How well stated confidence fits, as CritiCal measures it (arXiv 2510.24505) `[code]`: accuracy, ECE
 * over 10 equal bins, and AUROC of confidence as a sign of being right. A confidence that cannot be read
 * is the worst there is: 1 of a wrong answer, 0 of a right one `[code]`. The paper finds confidence
 * fit for multiple choice and uncertainty for open answers.
 *
 * Its control is a round of self-critique, in which the model sees its answer and states both again;
 * ours is also a model that is always sure, on the same answers.
 *
 * Ours: an answer that cannot be read is wrong, as there; prompts are in our words.
 *
 * File: StrategyQA (`question, answer: boolean`) or MATH-perturb (`problem, answer`). Role: `solver`.
 *
 * @example
 * import { calibration } from '@icrl/evaluators'
 * const items = await calibration().read('{"qid": "a", "question": "Is water wet?", "answer": true}')
 */
export function calibration({
  uncertainty = false,
  isRight = isAnswer,
}: CalibrationOptions = {}): Benchmark<CalibrationItem> {
  const word = uncertainty ? 'uncertainty' : 'confidence'
  const request = `End with: "The answer is X, and the ${word} is N%", N from 0 to 100, how ${uncertainty ? 'unsure' : 'sure'} you are.`
  const stated = (critiqued: boolean): SessionProtocol<CalibrationItem> =>
    async function* (task, context) {
      const asked = { role: 'solver', task, context } as const
      const content = `${task.question}\n\n${request}`
      const turns: RoleTurn[] = [
        yield* roleTurn({ ...asked, messages: [{ role: 'user', content }] }),
      ]
      if (critiqued) {
        const again = `You answered this question before. Look at it anew, mend your answer, and say again how ${uncertainty ? 'unsure' : 'sure'} you are.\n\n${task.question}\n\n# Your answer then\n${visibleText(turns[0].text)}\n\n${request}`
        const messages: Message[] = [{ role: 'user', content: again }]
        turns.push(yield* roleTurn({ ...asked, messages, round: 2 }))
      }
      const text = visibleText(turns.at(-1)!.text)
      const value = percentIn(text, word)
      const answer = answerIn(text)
      return concluded({ task, context }, turns, {
        isRight: answer === undefined ? undefined : isRight(answer, task),
        confidence: value === undefined || !uncertainty ? value : 1 - value,
      })
    }
  return {
    name: `stated ${word}`,
    read: readQuestions,
    protocol: stated(false),
    controls: (_, sessions) => ({
      'after self-critique': stated(true),
      'always sure': always(sessions, 1),
    }),
    score(items, sessions) {
      const answers = byItem(items, sessions).flatMap(({ sessions: own }) =>
        own.map(({ findings }) => {
          const right = foundIn<boolean>(findings, 'isRight') ?? false
          return { right, confidence: foundIn<number>(findings, 'confidence') ?? Number(!right) }
        }),
      )
      const right = answers.map((one) => one.right)
      const confidences = answers.map(({ confidence }) => confidence)
      return tableOf(
        ['accuracy', 'ECE', 'AUROC', 'mean confidence', 'items'],
        [
          [
            mean(right.map(Number)),
            calibrationError(confidences, right),
            auroc(confidences, right),
            mean(confidences),
            items.length,
          ],
        ],
      )
    },
  }
}

/** The answers of other sessions, with one confidence for all. */
function always(
  sessions: Parameters<Benchmark['score']>[1],
  confidence: number,
): SessionProtocol<CalibrationItem> {
  const right = new Map(
    sessions.map((one) => [one.task, foundIn<boolean>(one.findings, 'isRight')]),
  )
  // oxlint-disable-next-line require-yield -- a coroutine that asks nobody
  return async function* (task, context) {
    return concluded({ task, context }, [], { isRight: right.get(task.id), confidence })
  }
}

/** A percentage in [0, 1], after the word or, without it, the last one. */
function percentIn(text: string, word: string): number | undefined {
  const plain = text.replaceAll('\\', '')
  const named = new RegExp(`${word}(?: in this answer)? is\\s*\\[?(\\d+(?:\\.\\d+)?)\\]?\\s*%`, 'i')
  const said = named.exec(plain)?.[1] ?? [...plain.matchAll(/(\d+(?:\.\d+)?)\]?\s*%/g)].at(-1)?.[1]
  return said === undefined || Number(said) > 100 ? undefined : Number(said) / 100
}

/** What follows the last "answer is". */
function answerIn(text: string): string | undefined {
  const said = [...text.matchAll(/answer is:?\s*(.+?)(?:,?\s+and the\b|\.\s|\.?$|\n)/gim)].at(-1)
  return said?.[1].trim() || /\\boxed\{.*\}/.exec(text)?.[0]
}

function isAnswer(answer: string, { gold }: CalibrationItem): boolean {
  if (typeof gold !== 'boolean') return verifyMath(answer, gold).correct
  const said = /\b(yes|no)\b/i.exec(answer)?.[1].toLowerCase()
  return said === (gold ? 'yes' : 'no')
}

function readQuestions(file: string | Uint8Array): Promise<CalibrationItem[]> {
  return readItems(file, {
    format: 'CritiCal',
    fields: {},
    make: (record, place) => {
      const name = 'problem' in record ? 'problem' : 'question'
      const kind = typeof record.answer === 'boolean' ? 'boolean' : 'string'
      checkFields(record, { [name]: 'string', answer: kind }, `CritiCal, ${place}`)
      return {
        ...record,
        id: String(record.qid ?? record.problem_id ?? place),
        question: record[name] as string,
        gold: record.answer as string | boolean,
      }
    },
  })
}
