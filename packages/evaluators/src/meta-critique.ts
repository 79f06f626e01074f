import type { Json, Message, SessionProtocol, Task } from '@icrl/core'
import { parseVerdict, visibleText } from '@icrl/critic'
import { listIn, type RoleTurn, roleTurn } from '@icrl/rollout'
import type { Benchmark } from './benchmark.ts'
import { concluded, foundIn } from './conclude.ts'
import { shuffledAnswers } from './controls.ts'
import { checkFields, type ItemRecord, type Place, readItems } from './formats/read-items.ts'
import { harmonicMean, type PrecisionRecall } from './metrics/f1.ts'
import { mean, share } from './metrics/mean.ts'
import { tableOf } from './table.ts'

/** An item of MetaCritique: a question, an answer to it, and a reference for both. */
export interface MetaItem extends Task {
  /** What was asked. */
  readonly question: string
  /** The answer that was criticized. */
  readonly response: string
  /** A right answer. */
  readonly referenceAnswer: string
  /** Units of the reference critique, one statement each. */
  readonly referenceUnits: readonly string[]
}

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
    read: (file) => readItems(file, { format: 'MetaCritique', fields: FIELDS, make: metaItem }),
    protocol: judged(),
    controls: (items, sessions) => {
      const shuffled = shuffledAnswers(items, sessions)
      return {
        'empty critique': judged(() => ''),
        'says "right"': judged(() => 'The answer is right.'),
        'says "wrong"': judged(() => 'The answer is wrong.'),
        ...(items.length > 1 && {
          'critiques shuffled': judged(({ id }) => shuffled.get(id) ?? ''),
        }),
        'reference critique': judged(({ referenceUnits }) => referenceUnits.join('\n')),
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

/** A critique, given or asked for, cut into units, each judged; then the reference's. */
function judged(words?: (item: MetaItem) => string): SessionProtocol<MetaItem> {
  return async function* (task, context) {
    const turns: RoleTurn[] = []
    if (!words)
      turns.push(yield* roleTurn({ role: 'critic', task, context, messages: critiqueOf(task) }))
    const text = words ? words(task) : visibleText(turns[0].text)
    const judge = { role: 'judge', task, context } as const
    const units: string[] = []
    if (text.trim() !== '') {
      const cut = yield* roleTurn({ ...judge, messages: cutRequest(text) })
      turns.push(cut)
      units.push(...unitsIn(visibleText(cut.text)))
    }
    const verdicts: (boolean | undefined)[] = []
    const asked = [
      ...units.map((unit) => factRequest(task, unit)),
      ...task.referenceUnits.map((unit) => entailRequest(text, unit)),
    ]
    for (const [i, messages] of asked.entries()) {
      // Nothing entails no unit: nobody needs to be asked.
      if (text.trim() === '') verdicts.push(false)
      else {
        const said = yield* roleTurn({ ...judge, messages, branch: 1 + i })
        turns.push(said)
        verdicts.push(truthIn(said.text))
      }
    }
    const flags = verdicts.map((verdict) => verdict === true)
    return concluded(
      { task, context },
      turns,
      Object.fromEntries(verdicts.map((verdict, i) => [`unit ${i}`, verdict])),
      {
        precise: flags.slice(0, units.length),
        recalled: flags.slice(units.length),
        answer: text,
      } satisfies Record<string, Json>,
    )
  }
}

/** `true` or `false`, else `right` or `wrong`; the last one said. */
export function truthIn(text: string): boolean | undefined {
  const said = [...visibleText(text).matchAll(/\b(true|false)\b/gi)].at(-1)?.[1].toLowerCase()
  if (said !== undefined) return said === 'true'
  const verdict = parseVerdict(text)
  return verdict === undefined ? undefined : verdict === 'right'
}

/** A list's entries, or the lines of a text without one. */
function unitsIn(text: string): string[] {
  const listed = listIn(text)
  return listed.length > 0 ? listed : text.split('\n').filter((line) => line.trim() !== '')
}

const ask = (content: string): Message[] => [{ role: 'user', content }]

function critiqueOf({ question, response }: MetaItem): Message[] {
  return ask(
    `# Question\n${question}\n\n# Answer\n${response}\n\nCritique the answer: what is right, what is wrong, and how to mend it.`,
  )
}

function cutRequest(critique: string): Message[] {
  return ask(
    `Cut this critique of an answer into atomic claims: a numbered list, each one short sentence that can be understood alone.\n\n${critique}`,
  )
}

/** Asks whether a claim about an answer is true. */
export function factRequest(
  item: Omit<MetaItem, 'id' | 'referenceUnits'>,
  unit: string,
): Message[] {
  return ask(
    `# Question\n${item.question}\n\n# Answer\n${item.response}\n\n# Reference answer\n${item.referenceAnswer}\n\n# Claim about the answer\n${unit}\n\nThe question can be trusted, the reference answer mostly, the answer not. Is the claim true? Think, then end with true or false.`,
  )
}

/** Asks whether a critique says or implies a claim. */
export function entailRequest(critique: string, unit: string): Message[] {
  return ask(
    `# Critique of an answer\n${critique}\n\n# Claim\n${unit}\n\nDoes the critique say the claim, or does the claim follow from it? Think, then end with true or false.`,
  )
}

const FIELDS = {
  question: 'string',
  response: 'string',
  gpt4_answer: 'string',
  gpt4_critique: 'object',
} as const

/** Item of a record of either of their files. */
export function metaItem(record: ItemRecord, place: Place): MetaItem {
  const reference = record.gpt4_critique as ItemRecord
  checkFields(reference, { aius: 'string[]' }, `MetaCritique, ${place}, gpt4_critique`)
  return {
    ...record,
    id: String(record.index ?? record.shepherd_id ?? place),
    question: record.question as string,
    response: record.response as string,
    referenceAnswer: record.gpt4_answer as string,
    referenceUnits: reference.aius as string[],
  }
}
