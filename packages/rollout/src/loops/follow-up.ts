import type { Coroutine, Message, Role, SessionContext, Task } from '@icrl/core'
import { roleTurn, type RoleTurn } from '../protocols/role-turn.ts'

/** A question and what was found out about it. */
export interface Finding {
  /** What was asked. */
  readonly question: string
  /** What was found. */
  readonly answer: string
}

/** Options of {@link followUp}. */
export interface FollowUpOptions {
  /** What was attempted. */
  readonly task: Task
  /** The session that it belongs to. */
  readonly context: SessionContext
  /** 1-based. @defaultValue 1 */
  readonly round?: number
  /** 0-based number of this follow-up in its round. @defaultValue 0 */
  readonly branch?: number
  /** Ids of the samples that it is made from. @defaultValue none */
  readonly parents?: readonly string[]
  /** Asks for questions, as a list. */
  readonly askPrompt: readonly Message[]
  /** Asks one question of whoever can look it up. */
  readonly lookPrompt: (question: string) => readonly Message[]
  /** Further questions are left out. @defaultValue 3 */
  readonly most?: number
  /** Who asks and who looks up. @defaultValue the critic and the reader */
  readonly roles?: { readonly asker?: Role; readonly reader?: Role }
}

/**
 * Asks for questions about something and has each one looked up: what LookBack and DeepVerifier do
 * before they judge. Each question is looked up by itself: whoever answers sees neither the others
 * nor what they are about.
 *
 * @example
 * import { followUp, type FollowUpOptions } from '@icrl/rollout'
 * import type { Coroutine } from '@icrl/core'
 * async function* facts(options: FollowUpOptions): Coroutine<string> {
 *   const { findings } = yield* followUp(options)
 *   return findings.map(({ question, answer }) => `${question} ${answer}`).join('\n')
 * }
 */
export async function* followUp({
  task,
  context,
  round = 1,
  branch = 0,
  parents,
  askPrompt,
  lookPrompt,
  most = 3,
  roles: { asker = 'critic', reader = 'reader' } = {},
}: FollowUpOptions): Coroutine<{
  readonly findings: readonly Finding[]
  readonly parts: readonly RoleTurn[]
}> {
  const shared = { task, context, round, branch }
  const asked = yield* roleTurn({ ...shared, role: asker, messages: askPrompt, parents, turn: 0 })
  const parts: RoleTurn[] = [asked]
  const findings: Finding[] = []
  for (const [turn, question] of listIn(asked.text).slice(0, most).entries()) {
    const said = yield* roleTurn({
      ...shared,
      role: reader,
      messages: lookPrompt(question),
      parents: asked.samples.map(({ id }) => id),
      turn,
    })
    parts.push(said)
    findings.push({ question, answer: said.text.trim() })
  }
  return { findings, parts }
}

/**
 * The entries of a list in what a model wrote: its numbered or bulleted lines; without any, every
 * line that ends in a question mark. `N/A` is an empty list.
 *
 * @example
 * import { listIn } from '@icrl/rollout'
 * listIn('I would ask:\n1. Is it red?\n2. Is it round?') // ['Is it red?', 'Is it round?']
 */
export function listIn(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim())
  const marked = lines.flatMap((line) => /^(?:[-*•]|\d{1,3}[.):])\s+(.*\S)$/.exec(line)?.[1] ?? [])
  const found = marked.length > 0 ? marked : lines.filter((line) => line.endsWith('?'))
  return found.filter((line) => !/^N\/A\b/.test(line))
}
