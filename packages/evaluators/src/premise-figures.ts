import { type ItemRecord, readItems } from './formats/read-items.ts'
import { mean, share } from './metrics/mean.ts'
import { type Cell, type Table, tableOf } from './table.ts'

/** How a flaw was put in. */
export type PremiseType =
  | 'contra_premise_insert'
  | 'contra_infer_insert'
  | 'flawed_solution_completion'
  | 'irr_query_distraction'

/** What was found for one item. */
export interface PremiseResult {
  /** What kind of flaw it is. */
  readonly type?: PremiseType
  /** The flaw was named without the hint, and with it; undefined: the judge did not say. */
  readonly active?: boolean
  /** Whether the flaw was named only in passing. */
  readonly passive?: boolean
  /** A flaw was named in the normal question. */
  readonly falseAlarm?: boolean
  /** The normal question was answered right. */
  readonly isRight?: boolean
  /** Of the three answers. */
  readonly lengths: {
    readonly normal?: number
    readonly flawed?: number
    readonly hinted?: number
  }
}

/**
 * The figures of PCBench (arXiv 2505.23715) `[code]`, one row for all items and one for each type:
 *
 *     cost, active  = mean length(flawed) / mean length(normal)
 *     cost, passive = mean length(hinted) / mean length(normal)
 *
 * over all items and, as `… named`, over those whose flaw was named. The rate `but completions` leaves
 * out the type where a flawed solution is to be completed; whether the normal question was answered
 * right is not asked of the type of irrelevant distraction. `false alarms` is ours.
 *
 * @example
 * import { premiseFigures } from '@icrl/evaluators'
 * const lengths = { normal: 10, flawed: 20, hinted: 15 }
 * const figures = premiseFigures([{ active: false, passive: true, lengths }])
 * console.log(figures.rows[0].slice(0, 3)) // [ 'all', 0, 1 ]
 */
export function premiseFigures(results: readonly PremiseResult[]): Table {
  const types = [...new Set(results.flatMap(({ type }) => type ?? []))].sort()
  const groups: [string, readonly PremiseResult[]][] = [
    ['all', results],
    ...types.map((name): [string, PremiseResult[]] => [
      name,
      results.filter(({ type }) => type === name),
    ]),
  ]
  return tableOf(
    [
      'items of',
      'active rate',
      'passive rate',
      'active, but completions',
      'normal right',
      'false alarms',
      'cost, active',
      'cost, passive',
      'cost, active named',
      'cost, passive named',
      'items',
    ],
    groups.map(([name, group]) => [name, ...figuresOf(group), group.length]),
  )
}

function figuresOf(group: readonly PremiseResult[]): Cell[] {
  const isActive = ({ active }: PremiseResult): boolean => active === true
  const isPassive = ({ passive }: PremiseResult): boolean => passive === true
  const others = group.filter(({ type }) => type && type !== 'flawed_solution_completion')
  const answered = group.filter(
    ({ type, isRight }) => isRight !== undefined && type !== 'irr_query_distraction',
  )
  const normals = group.filter(({ falseAlarm }) => falseAlarm !== undefined)
  return [
    share(group, isActive),
    share(group, isPassive),
    share(others, isActive),
    share(answered, ({ isRight }) => isRight === true),
    share(normals, ({ falseAlarm }) => falseAlarm === true),
    ratio(group, 'flawed'),
    ratio(group, 'hinted'),
    ratio(group.filter(isActive), 'flawed'),
    ratio(group.filter(isPassive), 'hinted'),
  ]
}

/** Mean length of one form of the question by that of the normal one. */
function ratio(group: readonly PremiseResult[], form: 'flawed' | 'hinted'): number | undefined {
  const lengths = group.map((result) => result.lengths)
  const of = mean(lengths.flatMap((one) => one[form] ?? []))
  const normal = mean(lengths.flatMap((one) => one.normal ?? []))
  return of === undefined || !normal ? undefined : of / normal
}

/**
 * Per-item results as PCBench publishes them for each model, `…_eval_result.jsonl`: judgments and
 * token counts. Their type is not in the file; `typeOf` tells it by the item's `pid`.
 *
 * @example
 * import { premiseFigures, readPremiseResults } from '@icrl/evaluators'
 * import { readFile } from 'node:fs/promises'
 * const results = await readPremiseResults(await readFile('gpt-4o_eval_result.jsonl', 'utf8'))
 * console.log(premiseFigures(results).toMarkdown())
 */
export async function readPremiseResults(
  file: string | Uint8Array,
  typeOf: (pid: string) => PremiseType | undefined = () => undefined,
): Promise<PremiseResult[]> {
  return readItems(file, {
    format: 'PCBench results',
    fields: {
      pid: 'string',
      GPT_eval_result: 'object',
      normal_answer_length: 'object',
      ill_answer_length: 'object',
      ill_with_hint_answer_length: 'object',
    },
    make: (record) => {
      const judged = record.GPT_eval_result as Record<string, ItemRecord | undefined>
      const length = (name: string): number => Number((record[name] as ItemRecord).all_count)
      return {
        id: String(record.pid),
        type: typeOf(String(record.pid)),
        active: flag(judged.active?.if_find_contradiction),
        passive: flag(judged.passive?.if_find_contradiction),
        isRight: flag(judged.normal?.correctness),
        lengths: {
          normal: length('normal_answer_length'),
          flawed: length('ill_answer_length'),
          hinted: length('ill_with_hint_answer_length'),
        },
      }
    },
  })
}

/** `"True"`, `"False"`, or undefined for what is neither. */
function flag(value: unknown): boolean | undefined {
  const said = String(value).toLowerCase()
  return said === 'true' ? true : said === 'false' ? false : undefined
}
