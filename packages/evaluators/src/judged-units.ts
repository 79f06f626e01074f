import type { Json, Message, SessionProtocol } from '@icrl/core'
import { parseVerdict, visibleText } from '@icrl/critic'
import { listIn, type RoleTurn, roleTurn } from '@icrl/rollout'
import { concluded } from './conclude.ts'
import { ask } from './controls.ts'
import type { MetaItem } from './meta-item.ts'

/** A critique, given or asked for, cut into units, each judged; then the reference's. */
export function judgedUnits(words?: (item: MetaItem) => string): SessionProtocol<MetaItem> {
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

/** A list's entries, or the lines of a text without one. */
function unitsIn(text: string): string[] {
  const listed = listIn(text)
  return listed.length > 0 ? listed : text.split('\n').filter((line) => line.trim() !== '')
}

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

/** `true` or `false`, else `right` or `wrong`; the last one said. */
export function truthIn(text: string): boolean | undefined {
  const said = [...visibleText(text).matchAll(/\b(true|false)\b/gi)].at(-1)?.[1].toLowerCase()
  if (said !== undefined) return said === 'true'
  const verdict = parseVerdict(text)
  return verdict === undefined ? undefined : verdict === 'right'
}
