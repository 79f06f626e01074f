import type { Benchmark } from './benchmark.ts'
import { foundIn } from './conclude.ts'
import { shuffledAnswers } from './controls.ts'
import { readItems } from './formats/read-items.ts'
import { judgedUnits } from './judged-units.ts'
import { META_FIELDS, type MetaItem, metaItem } from './meta-item.ts'
import { harmonicMean, type PrecisionRecall } from './metrics/f1.ts'
import { mean, share } from './metrics/mean.ts'
import { tableOf } from './table.ts'

/**
 * MetaCritique, "The Critique of Critique" (arXiv 2401.04518) `[code]`. A critique is cut into atomic
 * units; a judge decides which of them are true, and which units of a reference critique it entails:
 *
 *     P = true units / all units,  R = entailed reference units / all reference units
 *
 * F1 per item, 0 if either is 0, then averaged ({@link metaScores}).
 *
 * Ours: a critique without a unit has P = 0; the judge's prompts are in our words; a verdict on a
 * unit that cannot be read counts as false, and the notes say how many. The paper's judge is GPT-4: how
 * far yours agrees with people is what {@link unitVerdicts} measures.
 *
 * File: `question, response, gpt4_answer, gpt4_critique: { critique, aius[] }`. Roles: `critic`,
 * `judge`.
 *
 * @example
 * import { metaCritique } from '@icrl/evaluators'
 * console.log(metaCritique().name) // critique of a critique
 */
export function metaCritique(): Benchmark<MetaItem> {
  return {
    name: 'critique of a critique',
    read: (file) =>
      readItems(file, { format: 'MetaCritique', fields: META_FIELDS, make: metaItem }),
    protocol: judgedUnits(),
    controls: (items, sessions) => {
      const shuffled = shuffledAnswers(items, sessions)
      return {
        'empty critique': judgedUnits(() => ''),
        'says "right"': judgedUnits(() => 'The answer is right.'),
        'says "wrong"': judgedUnits(() => 'The answer is wrong.'),
        ...(items.length > 1 && {
          'critiques shuffled': judgedUnits(({ id }) => shuffled.get(id) ?? ''),
        }),
        'reference critique': judgedUnits(({ referenceUnits }) => referenceUnits.join('\n')),
      }
    },
    score(items, sessions) {
      const scores = sessions.map(({ findings }) =>
        metaScores(foundIn(findings, 'precise') ?? [], foundIn(findings, 'recalled') ?? []),
      )
      return tableOf(
        ['F1', 'precision', 'recall', 'items'],
        [
          [
            mean(scores.map(({ f1 }) => f1)),
            mean(scores.map(({ precision }) => precision)),
            mean(scores.map(({ recall }) => recall)),
            items.length,
          ],
        ],
      )
    },
  }
}

/**
 * Precision, recall and F1 of one critique from the verdicts on units; a share of no units is 0.
 *
 * @param precise `[units of the critique]` true: it is factual
 * @param recalled `[units of the reference]` true: the critique entails it
 * @example
 * import { metaScores } from '@icrl/evaluators'
 * metaScores([true, true, false], [true, false]).f1 // 0.571…
 */
export function metaScores(
  precise: readonly boolean[],
  recalled: readonly boolean[],
): PrecisionRecall {
  const precision = share(precise, (one) => one) ?? 0
  const recall = share(recalled, (one) => one) ?? 0
  return { precision, recall, f1: harmonicMean(precision, recall) }
}
