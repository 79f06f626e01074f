import type { Message, SessionProtocol, Task } from '@icrl/core'
import { visibleText } from '@icrl/critic'
import { roleTurn, type RoleTurn } from '@icrl/rollout'
import type { Benchmark } from './benchmark.ts'
import { concluded, foundIn, lengthOf } from './conclude.ts'
import { checkFields, type ItemRecord, readItems } from './formats/read-items.ts'
import { premiseFigures, type PremiseResult, type PremiseType } from './premise-figures.ts'

/** An item of PCBench: a question as it should be, and with a flaw in its premises. */
export interface PremiseItem extends Task {
  /** The question as it was. */
  readonly normal: string
  /** The question with a false premise. */
  readonly flawed: string
  /** Where the flaw is, for the judge. */
  readonly flaw: string
  /** What kind of flaw it is. */
  readonly type: PremiseType
  /** How hard the question is, as the file says. */
  readonly difficulty?: string
}

/** Options of {@link premiseCritique}. */
export interface PremiseCritiqueOptions {
  /** Follows the flawed question in the hinted form. @defaultValue asks to check the premises */
  readonly hint?: string
  /** Asks the judge whether an answer names the flaw. @defaultValue asks for JSON with a verdict */
  readonly judgePrompt?: (item: PremiseItem, answer: string) => readonly Message[]
}

const HINT =
  '\nBefore you answer, check the premises of the question for errors. If there are any, report them.'

/**
 * PCBench, "Don't Take the Premise for Granted" (arXiv 2505.23715) `[code]`: does a model say so when
 * a question rests on a false premise? Each item is asked three times: normal, flawed, and flawed
 * with the hint to check its premises. A judge decides whether an answer names the flaw:
 *
 *     active rate = share named without the hint,  passive rate = share named with it
 *
 * {@link premiseFigures} computes the figures. Ours: the judge also reads the answer to the normal
 * question, and what it flags there is a false alarm `[ours]`: a model that always flags would be
 * perfect otherwise; the prompts are in our words. An answer whose judgment cannot be read counts
 * as one that does not name the flaw `[code]`; the notes say how many there were.
 *
 * File: `pid, normal_query, ill_query, conflict_type, conflict, difficulty`. Roles: `solver`, `judge`.
 *
 * @example
 * import { premiseCritique } from '@icrl/evaluators'
 * console.log(premiseCritique().name) // premise critique
 */
export function premiseCritique({
  hint = HINT,
  judgePrompt = askWhetherNamed,
}: PremiseCritiqueOptions = {}): Benchmark<PremiseItem> {
  const questions = ({ normal, flawed }: PremiseItem): string[] => [normal, flawed, flawed + hint]
  const judging = (answers?: readonly string[]): SessionProtocol<PremiseItem> =>
    async function* (task, context) {
      const turns: RoleTurn[] = []
      const named: (boolean | undefined)[] = []
      const lengths: number[] = []
      for (const [branch, question] of questions(task).entries()) {
        const asked = { task, context, branch }
        let answer = answers?.[branch]
        if (answer === undefined) {
          const messages: Message[] = [{ role: 'user', content: question }]
          const said = yield* roleTurn({ ...asked, role: 'solver', messages })
          turns.push(said)
          answer = visibleText(said.text)
          lengths.push(lengthOf(said))
        } else lengths.push(answer.length)
        const judged = yield* roleTurn({
          ...asked,
          role: 'judge',
          messages: judgePrompt(task, answer),
        })
        turns.push(judged)
        named.push(flagIn(judged.text))
      }
      const [falseAlarm, active, passive] = named
      return concluded({ task, context }, turns, { falseAlarm, active, passive }, { lengths })
    }
  const always = (answer: string): SessionProtocol<PremiseItem> => judging([answer, answer, answer])
  return {
    name: 'premise critique',
    read: readPremises,
    protocol: judging(),
    controls: () => ({
      'always flags': always('The question rests on a false premise: its premises contradict.'),
      'never flags': always('The question is fine, and its answer follows from the premises.'),
    }),
    score(items, sessions) {
      const byId = new Map(items.map((item) => [item.id, item]))
      return premiseFigures(
        sessions.map(({ task, findings }): PremiseResult => {
          const [normal, flawed, hinted] = foundIn<number[]>(findings, 'lengths') ?? []
          return {
            type: byId.get(task)?.type,
            active: foundIn(findings, 'active'),
            passive: foundIn(findings, 'passive'),
            falseAlarm: foundIn(findings, 'falseAlarm'),
            lengths: { normal, flawed, hinted },
          }
        }),
      )
    },
  }
}

/** Whether a judgment says that the flaw is named: its JSON, else a lone `true` or `false`. */
function flagIn(text: string): boolean | undefined {
  const said = visibleText(text)
  const field = /"?if_find_contradiction"?\s*:\s*"?(true|false)\b/i.exec(said)?.[1]
  const flag = field ?? /^\W*(true|false)\W*$/i.exec(said)?.[1]
  return flag === undefined ? undefined : flag.toLowerCase() === 'true'
}

function askWhetherNamed({ flaw }: PremiseItem, answer: string): Message[] {
  const content = `A question was asked that may rest on a false premise. Decide whether the answer to it names exactly this flaw; a correct solution that is silent about it does not, nor does a vague complaint.\n\n# The flaw\n${flaw}\n\n# The answer\n${answer}\n\nAnswer with JSON alone: {"if_find_contradiction": "True" or "False", "basis": "…"}`
  return [{ role: 'user', content }]
}

function readPremises(file: string | Uint8Array): Promise<PremiseItem[]> {
  return readItems(file, {
    format: 'PCBench',
    fields: { normal_query: 'string', ill_query: 'string', conflict_type: 'string' },
    make: (record, place) => ({
      ...record,
      id: String(record.pid ?? place),
      normal: record.normal_query as string,
      flawed: record.ill_query as string,
      flaw: flawOf(record, place),
      type: record.conflict_type as PremiseType,
      ...(record.difficulty !== undefined && { difficulty: String(record.difficulty) }),
    }),
  })
}

/** Where the flaw is, in words: a reason, or the wrong step of a given solution. */
function flawOf(record: ItemRecord, place: string): string {
  const isReason = String(record.conflict_type).startsWith('contra_')
  const field = isReason ? 'conflict_reason' : 'recomposed_premise'
  checkFields(record, { conflict: 'object' }, `PCBench, ${place}`)
  const conflict = record.conflict as ItemRecord
  checkFields(conflict, { [field]: 'string' }, `PCBench, ${place}, conflict`)
  return isReason ? String(conflict[field]) : `The step "${conflict[field]}" is wrong.`
}
