import type { Coroutine, Message, SessionContext, Task } from '@icrl/core'
import { roleTurn, type RoleTurn } from '../protocols/role-turn.ts'
import { type Finding, followUp } from './follow-up.ts'

/** Options of {@link lookBack}. */
export interface LookBackOptions {
  /** What was attempted. */
  readonly task: Task
  /** The session that it belongs to. */
  readonly context: SessionContext
  /** `[steps]` of the reasoning that is judged. */
  readonly steps: readonly string[]
  /**
   * Asks which facts the last of the given steps rests on.
   *
   * @defaultValue a short request for a list
   */
  readonly claimsPrompt?: (steps: readonly string[]) => readonly Message[]
  /** Asks the source one question; the only prompt that may show the source. */
  readonly lookPrompt: (question: string) => readonly Message[]
  /** Asks for the judgment of all steps, shown what was found. */
  readonly judgePrompt: (findings: readonly Finding[]) => readonly Message[]
  /** Most questions per step. @defaultValue 3 */
  readonly questionsPerStep?: number
}

const CLAIMS =
  'Write a numbered list of simple questions to check the facts of the last step. If it states no fact, write N/A.'

/**
 * LookBack (VISCO, arXiv 2412.02172) `[code]`, **as a text analogue**: for each step of a reasoning,
 * the critic lists questions that check the facts the step states, the reader answers each one from
 * the source again, alone, and the critic then judges all steps, shown what was found.
 *
 * In the paper the source is a picture and the reader a vision model; there is no vision encoder
 * here, so the source is what `lookPrompt` shows: a table, a passage. Ours leaves out the paper's
 * candidate answer of a second solver.
 *
 * Roles: `critic`, `reader`.
 *
 * @example
 * import { lookBack } from '@icrl/rollout'
 * import type { SessionContext } from '@icrl/core'
 * async function* judged(context: SessionContext, table: string) {
 *   return yield* lookBack({
 *     task: { id: 'q1' },
 *     context,
 *     steps: ['Rome has 3 million people.', 'So Rome is larger than Paris.'],
 *     lookPrompt: (question) => [{ role: 'user', content: `${table}\n${question}` }],
 *     judgePrompt: (found) => [
 *       { role: 'user', content: `${found.map(({ question, answer }) => `${question} ${answer}`)} Right?` },
 *     ],
 *   })
 * }
 */
export async function* lookBack({
  task,
  context,
  steps,
  claimsPrompt = (shown) => [
    {
      role: 'user',
      content: `${shown.map((step, i) => `${i + 1}. ${step}`).join('\n')}\n\n${CLAIMS}`,
    },
  ],
  lookPrompt,
  judgePrompt,
  questionsPerStep,
}: LookBackOptions): Coroutine<{
  readonly text: string
  readonly findings: readonly Finding[]
  readonly parts: readonly RoleTurn[]
}> {
  const parts: RoleTurn[] = []
  const findings: Finding[] = []
  for (let branch = 0; branch < steps.length; branch++) {
    const found = yield* followUp({
      task,
      context,
      branch,
      askPrompt: claimsPrompt(steps.slice(0, branch + 1)),
      lookPrompt,
      most: questionsPerStep,
    })
    parts.push(...found.parts)
    findings.push(...found.findings)
  }
  const judged = yield* roleTurn({
    role: 'critic',
    task,
    context,
    branch: steps.length,
    messages: judgePrompt(findings),
    parents: parts.flatMap(({ samples }) => samples.map(({ id }) => id)),
  })
  return { text: judged.text, findings, parts: [...parts, judged] }
}
