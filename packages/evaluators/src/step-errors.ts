import type { Message, Task } from '@icrl/core'
import { visibleText } from '@icrl/critic'
import type { Benchmark } from './benchmark.ts'
import { byItem, foundIn } from './conclude.ts'
import { askedOnce, constantCritics } from './controls.ts'
import { checkFields, type ItemRecord, type Place, readItems } from './formats/read-items.ts'
import { harmonicMean } from './metrics/f1.ts'
import { share } from './metrics/mean.ts'
import type { ProcessItem } from './process-errors.ts'
import { tableOf } from './table.ts'

/** One step after a partial solution. */
export interface StepItem extends Task {
  /** What was asked. */
  readonly problem: string
  /** The solution before the step. */
  readonly partialSolution: string
  /** The step to be judged. */
  readonly step: string
  /** Whether it is right. */
  readonly isRight: boolean
}

/** Options of {@link stepErrors}. */
export interface StepErrorsOptions {
  /**
   * What the critic is asked.
   *
   * @defaultValue asks for `Correct` or `Incorrect` between answer tags
   */
  readonly prompt?: (item: StepItem) => readonly Message[]
}

const REQUEST =
  'Judge the last step alone. Write a short critique, then <Answer>Correct</Answer> or <Answer>Incorrect</Answer>.'

/**
 * Judging single steps, as SPC (arXiv 2504.19162) does on PRM800K, ProcessBench and DeltaBench
 * `[code]`: accuracy on right steps, on wrong steps, their mean and harmonic mean.
 *
 * Ours: a verdict that cannot be read counts as wrong. The release leaves such items out of the
 * accuracies and asks again until fewer than 1% are left; here the notes say how many there were.
 *
 * File: PRM800K as SPC uses it, `id, problem, partial_solution, correct_last_step,
 * incorrect_last_step`, two items each; `stepsOf` makes items of ProcessBench. Role: `critic`.
 *
 * @example
 * import { stepErrors } from '@icrl/evaluators'
 * const benchmark = stepErrors()
 * console.log(benchmark.name) // step verdicts
 */
export function stepErrors({ prompt = askForStep }: StepErrorsOptions = {}): Benchmark<StepItem> {
  const read = (text: string): { isRight: boolean | undefined } => ({ isRight: verdictIn(text) })
  return {
    name: 'step verdicts',
    read: (file) =>
      readItems(file, {
        format: 'PRM800K',
        fields: { problem: 'string', partial_solution: 'string' },
        make: bothSteps,
      }),
    protocol: askedOnce({ prompt, read }),
    controls: constantCritics({
      read,
      words: {
        right: () => '<Answer>Correct</Answer>',
        wrong: () => '<Answer>Incorrect</Answer>',
      },
    }),
    score(items, sessions) {
      const judged = byItem(items, sessions).flatMap(({ item, sessions: own }) =>
        own.map(({ findings }) => ({
          label: item.isRight,
          isMatch: foundIn<boolean>(findings, 'isRight') === item.isRight,
        })),
      )
      const accuracyOn = (label: boolean): number | undefined =>
        share(
          judged.filter((one) => one.label === label),
          ({ isMatch }) => isMatch,
        )
      const [right, wrong] = [accuracyOn(true), accuracyOn(false)]
      const both = right !== undefined && wrong !== undefined
      return tableOf(
        ['mean', 'harmonic mean', 'right steps', 'wrong steps', 'items'],
        [
          [
            both ? (right + wrong) / 2 : undefined,
            both ? harmonicMean(right, wrong) : undefined,
            right,
            wrong,
            items.length,
          ],
        ],
        both ? [] : ['The means need right steps and wrong ones.'],
      )
    },
  }
}

/**
 * Single steps of an item of ProcessBench: all up to and including the first wrong one; later steps
 * rest on it and have no label of their own. SPC publishes its steps, not how they were chosen: which
 * are taken is `[ours]`.
 *
 * @example
 * import { stepsOf } from '@icrl/evaluators'
 * stepsOf({ id: 'a', problem: '1 + 1?', steps: ['one', '= 3', 'done'], label: 1 }).length // 2
 */
export function stepsOf({ id, problem, steps, label }: ProcessItem): StepItem[] {
  return steps.slice(0, label === -1 ? undefined : label + 1).map((step, i) => ({
    id: `${id}#${i}`,
    problem,
    partialSolution: steps.slice(0, i).join('\n'),
    step,
    isRight: i !== label,
  }))
}

function bothSteps(record: ItemRecord, place: Place): StepItem[] {
  checkFields(
    record,
    { correct_last_step: 'string', incorrect_last_step: 'string' },
    `PRM800K, ${place}`,
  )
  const { id = place, problem, partial_solution: partialSolution } = record
  return [true, false].map((isRight) => ({
    ...(record as { problem: string }),
    id: `${id}#${isRight ? 'right' : 'wrong'}`,
    problem: problem as string,
    partialSolution: partialSolution as string,
    step: (isRight ? record.correct_last_step : record.incorrect_last_step) as string,
    isRight,
  }))
}

function askForStep({ problem, partialSolution, step }: StepItem): Message[] {
  const content = `# Problem\n${problem}\n\n# Solution so far\n${partialSolution || '(nothing yet)'}\n\n# Last step\n${step}\n\n${REQUEST}`
  return [{ role: 'user', content }]
}

/** The verdict between the last tags. */
function verdictIn(text: string): boolean | undefined {
  const said = [...visibleText(text).matchAll(/<answer>\s*(correct|incorrect)\s*<\/answer>/gi)].at(
    -1,
  )
  return said === undefined ? undefined : said[1].toLowerCase() === 'correct'
}
