import type { Benchmark } from './benchmark.ts'
import { byItem, foundIn, type Readings } from './conclude.ts'
import { saying } from './controls.ts'
import { checkFields, type ItemRecord, readItems } from './formats/read-items.ts'
import { errorF1, f1 } from './metrics/f1.ts'
import { visCore } from './metrics/vis-core.ts'
import {
  critiqueAtOnce,
  critiqueLookingBack,
  explained,
  readingsOf,
  type StepwiseItem,
  type Verdict,
} from './stepwise-critics.ts'
import { tableOf } from './table.ts'

/** Options of {@link stepwiseCritique}. */
export interface StepwiseCritiqueOptions {
  /**
   * True: by LookBack, which checks the facts of each step against the source.
   *
   * @defaultValue false
   */
  readonly looksBack?: boolean
}

/**
 * VISCO (arXiv 2412.02172) `[code]`, **as a text analogue: there is no vision encoder here**, so a
 * `source` in words takes the picture's place, and no figure compares with the paper's. The critic
 * judges each step, explains what is wrong, and judges the answer. The class to be found is
 * "incorrect":
 *
 *     VISCore = ∛(F1 of answers · F1 of steps · F1 of explanations)
 *
 * In the third, a step that is rightly found counts by the share of reference explanations that its
 * own agrees with, as a judge says. `transitionShares` gives the correction score.
 *
 * Ours: a verdict that cannot be read finds nothing; prompts are in our words.
 *
 * File: `question, response: { reasoning[], answer }, answer_correctness, reasoning_correctness[],
 * reasoning_critic[][]`, and `source`, which is ours. Roles: `critic`, `judge`, with `looksBack` also
 * `reader`.
 *
 * @example
 * import { stepwiseCritique } from '@icrl/evaluators'
 * const direct = stepwiseCritique()
 * const lookBack = stepwiseCritique({ looksBack: true })
 */
export function stepwiseCritique({
  looksBack = false,
}: StepwiseCritiqueOptions = {}): Benchmark<StepwiseItem> {
  return {
    name: looksBack ? 'LookBack' : 'stepwise critique',
    read: readStepwise,
    protocol: explained(looksBack ? critiqueLookingBack : critiqueAtOnce),
    controls: () => ({
      'always "right"': saying(() => '', constant(true)),
      'always "wrong"': saying(() => '', constant(false)),
      'says nothing': saying(() => '', constant(undefined)),
    }),
    score(items, sessions) {
      const of = byItem(items, sessions).flatMap(({ item, sessions: own }) =>
        own.map(({ findings }) => ({
          item,
          answer: foundIn<boolean>(findings, 'answerVerdict'),
          steps: item.stepIsRight.map((_, i) => foundIn<boolean>(findings, `step ${i}`)),
          agreement: foundIn<number[]>(findings, 'agreement') ?? [],
        })),
      )
      const labels = of.flatMap(({ item }) => item.stepIsRight)
      const verdicts = of.flatMap(({ steps }) => steps)
      const answers = errorF1(
        of.map(({ item }) => item.answerIsRight),
        of.map(({ answer }) => answer),
      ).f1
      const thoughts = errorF1(labels, verdicts).f1
      const explanations = f1({
        hits: of.flatMap(({ agreement }) => agreement).reduce((sum, one) => sum + one, 0),
        found: verdicts.filter((verdict) => verdict === false).length,
        actual: labels.filter((label) => !label).length,
      }).f1
      return tableOf(
        ['VISCore', 'answers F1', 'steps F1', 'explanations F1', 'items'],
        [[visCore(answers, thoughts, explanations), answers, thoughts, explanations, items.length]],
        ['A text analogue: figures do not compare with those of VISCO.'],
      )
    },
  }
}

/** A critic without explanations. */
function constant(verdict: Verdict) {
  return (_: string, { reasoning }: StepwiseItem): Readings =>
    readingsOf(
      verdict,
      reasoning.map(() => verdict),
    )
}

function readStepwise(file: string | Uint8Array): Promise<StepwiseItem[]> {
  return readItems(file, {
    format: 'VISCO',
    fields: {
      question: 'string',
      response: 'object',
      answer_correctness: 'boolean',
      reasoning_correctness: 'boolean[]',
      reasoning_critic: 'array',
    },
    make: (record, place) => {
      const response = record.response as ItemRecord
      checkFields(response, { reasoning: 'string[]' }, `VISCO, ${place}, response`)
      return {
        ...record,
        id: String(record.id ?? place),
        question: record.question as string,
        reasoning: response.reasoning as string[],
        answer: String(response.answer ?? ''),
        answerIsRight: record.answer_correctness as boolean,
        stepIsRight: record.reasoning_correctness as boolean[],
        references: (record.reasoning_critic as string[][]).map((one) => one ?? []),
      }
    },
  })
}
