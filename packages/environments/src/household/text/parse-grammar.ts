import { IcrlError } from '@icrl/core'
import { parseText, type TextPart } from './parse-text.ts'
import { parseQuery, type TextAtom } from './parse-query.ts'

/** One way to write out a symbol: the first rule whose condition holds is taken. */
export interface TextRule {
  /** Facts that must all hold; if there are none, the rule always applies. */
  readonly condition: readonly TextAtom[]
  readonly parts: readonly TextPart[]
}

export interface ActionText {
  /** The command, such as `take {o} from {r}`. */
  readonly template: readonly TextPart[]
  /** What the game says after it. */
  readonly feedback: readonly TextPart[]
}

/**
 * TextWorld's grammar of a PDDL game (`.twl2`): texts by symbol, commands and answers by action.
 * The actions' names are lower-case.
 */
export interface Grammar {
  readonly rules: ReadonlyMap<string, readonly TextRule[]>
  readonly actions: ReadonlyMap<string, ActionText>
}

const token = /\s+|#[^\n]*|"""([\s\S]*?)"""|"([^"]*)"|([\w/-]+)|(::|[{};])/y

type Word = { readonly text: string; readonly quoted: boolean }

function words(source: string, where: string): Word[] {
  const found: Word[] = []
  token.lastIndex = 0
  while (token.lastIndex < source.length) {
    const start = token.lastIndex
    const match = token.exec(source)
    if (!match) {
      const line = source.slice(0, start).split('\n').length
      throw new IcrlError(
        `${where}, line ${line}: cannot read "${source.slice(start, start + 20)}".`,
        { code: 'corrupt-file', remedy: 'Check the grammar.' },
      )
    }
    const quoted = match[1] ?? match[2]
    if (quoted !== undefined) found.push({ text: quoted, quoted: true })
    else if (match[3] ?? match[4]) found.push({ text: match[3] ?? match[4], quoted: false })
  }
  return found
}

function readRules(json: string, where: string, rules: Map<string, TextRule[]>): void {
  let data: unknown
  try {
    data = JSON.parse(
      json
        .split('\n')
        .filter((line) => !line.trimStart().startsWith('#'))
        .join('\n'),
    )
  } catch (cause) {
    throw new IcrlError(`${where}: a grammar block is not JSON.`, {
      code: 'corrupt-file',
      remedy: 'Write it as {"symbol": [{"condition"?, "rhs"}]}.',
      cause,
    })
  }
  for (const [symbol, list] of Object.entries(data ?? {})) {
    const read = (Array.isArray(list) ? list : [undefined]).map(
      (rule: { rhs?: unknown; condition?: unknown } | undefined): TextRule => {
        if (typeof rule?.rhs !== 'string')
          throw new IcrlError(`${where}, symbol ${symbol}: a rule has no text "rhs".`, {
            code: 'corrupt-file',
            remedy: 'Give each rule one.',
          })
        const condition =
          typeof rule.condition === 'string' && rule.condition !== ''
            ? parseQuery(rule.condition, `${where}, symbol ${symbol}`)
            : []
        return { condition, parts: parseText(rule.rhs, `${where}, symbol ${symbol}`) }
      },
    )
    rules.set(symbol, read)
  }
}

/**
 * Reads a grammar in TextWorld's format: `grammar :: """{json}""";` and
 * `action NAME { template :: "…"; feedback :: "…"; grammar :: """…"""; }`.
 *
 * @param where what the text is, for errors
 * @throws IcrlError `corrupt-file` with the place
 * @example
 * parseGrammar(
 *   'action look { template :: "look"; feedback :: "#look.feedback#"; }',
 *   'example',
 * ).actions.has('look') // true
 */
export function parseGrammar(source: string, where: string): Grammar {
  const rules = new Map<string, TextRule[]>()
  const actions = new Map<string, ActionText>()
  const all = words(source, where)
  let at = 0
  const take = (text?: string): string => {
    const word = all[at++]
    if (!word || (text !== undefined && (word.quoted || word.text !== text))) {
      throw new IcrlError(
        `${where}: ${text ? `"${text}"` : 'more'} expected before "${word?.text.slice(0, 30) ?? 'the end'}".`,
        { code: 'corrupt-file', remedy: 'Check the grammar.' },
      )
    }
    return word.text
  }
  const field = (): string => {
    take('::')
    const value = take()
    take(';')
    return value
  }
  while (at < all.length) {
    const head = take()
    if (head === 'grammar') {
      readRules(field(), where, rules)
      continue
    }
    if (head !== 'action')
      throw new IcrlError(`${where}: "${head.slice(0, 30)}" where "action" or "grammar" belongs.`, {
        code: 'corrupt-file',
        remedy: 'Check the grammar.',
      })
    const name = take().toLowerCase()
    const fields: Record<'template' | 'feedback', string> = { template: '', feedback: '' }
    take('{')
    while (all[at] && (all[at].quoted || all[at].text !== '}')) {
      const key = take()
      if (key === 'grammar') readRules(field(), `${where}, action ${name}`, rules)
      else if (key === 'template' || key === 'feedback') fields[key] = field()
      else field()
    }
    take('}')
    actions.set(name, {
      template: parseText(fields.template, `${where}, action ${name}`),
      feedback: parseText(fields.feedback, `${where}, action ${name}`),
    })
  }
  return { rules, actions }
}
