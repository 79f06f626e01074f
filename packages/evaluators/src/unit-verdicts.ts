import type { Task } from '@icrl/core'
import type { Benchmark } from './benchmark.ts'
import { byItem, foundIn } from './conclude.ts'
import { askedOnce, constantCritics } from './controls.ts'
import { checkFields, type ItemRecord, type Place, readItems } from './formats/read-items.ts'
import { entailRequest, factRequest, truthIn } from './judged-units.ts'
import { META_FIELDS, metaItem } from './meta-item.ts'
import { share } from './metrics/mean.ts'
import { type Cell, tableOf } from './table.ts'

/** One unit that people have judged. */
export interface UnitItem extends Task {
  /** Whether the unit is of the critique (precision) or of the reference (recall). */
  readonly kind: 'precision' | 'recall'
  /** What the judge is asked. */
  readonly request: ReturnType<typeof factRequest>
  /** What people say. */
  readonly label: boolean
}

/**
 * How far a judge of `metaCritique` agrees with people: MetaCritique's meta-evaluation (arXiv
 * 2401.04518) `[code]`, on the units of its annotation file, where people have said of each unit of a critique
 * whether it is factual, and of each reference unit whether the critique entails it. Accuracy, by kind
 * and by label.
 *
 * File: items of `metaCritique` with critiques of `{ critique, aius[], precision_labels[],
 * recall_labels[] }` under any names. Role: `judge`.
 *
 * @example
 * import { unitVerdicts } from '@icrl/evaluators'
 * console.log(unitVerdicts().name) // verdicts on units
 */
export function unitVerdicts(): Benchmark<UnitItem> {
  const read = (text: string): { verdict: boolean | undefined } => ({ verdict: truthIn(text) })
  return {
    name: 'verdicts on units',
    read: (file) =>
      readItems(file, {
        format: 'MetaCritique annotations',
        fields: META_FIELDS,
        make: unitItems,
      }),
    protocol: askedOnce({ role: 'judge', prompt: ({ request }) => request, read }),
    controls: constantCritics({ read, words: { right: () => 'true', wrong: () => 'false' } }),
    score(items, sessions) {
      const judged = byItem(items, sessions).flatMap(({ item, sessions: own }) =>
        own.map(({ findings }) => ({
          ...item,
          isMatch: foundIn<boolean>(findings, 'verdict') === item.label,
        })),
      )
      const accuracy = (of: typeof judged): number | undefined =>
        share(of, ({ isMatch }) => isMatch)
      const row = (name: string, of: typeof judged): Cell[] => [
        name,
        accuracy(of),
        accuracy(of.filter(({ label }) => label)),
        accuracy(of.filter(({ label }) => !label)),
        of.length,
      ]
      return tableOf(
        ['units', 'accuracy', 'true ones', 'false ones', 'items'],
        [
          row('all', judged),
          ...(['precision', 'recall'] as const).map((kind) =>
            row(
              kind,
              judged.filter((one) => one.kind === kind),
            ),
          ),
        ],
      )
    },
  }
}

function unitItems(record: ItemRecord, place: Place): UnitItem[] {
  const item = metaItem(record, place)
  return Object.entries(record).flatMap(([name, value]) => {
    const critique = value as ItemRecord | null
    if (typeof critique !== 'object' || critique === null || !('precision_labels' in critique))
      return []
    const where = `MetaCritique annotations, ${place}, ${name}`
    const {
      critique: text,
      aius,
      precision_labels,
      recall_labels,
    } = critique as {
      critique: string
      aius: string[]
      precision_labels: boolean[]
      recall_labels: boolean[]
    }
    checkFields(
      critique,
      {
        critique: 'string',
        aius: 'string[]',
        precision_labels: 'boolean[]',
        recall_labels: 'boolean[]',
      },
      where,
    )
    const unit = (kind: UnitItem['kind'], i: number): Pick<UnitItem, 'id' | 'kind'> => ({
      id: `${item.id}/${name}/${kind}${i}`,
      kind,
    })
    return [
      ...precision_labels.map((label, i): UnitItem => ({
        ...unit('precision', i),
        request: factRequest(item, aius[i]),
        label,
      })),
      ...recall_labels.map((label, i): UnitItem => ({
        ...unit('recall', i),
        request: entailRequest(text, item.referenceUnits[i]),
        label,
      })),
    ]
  })
}
