import type {
  Coroutine,
  Json,
  Message,
  SessionContext,
  SessionProtocol,
  Task,
  Verifier,
} from '@icrl/core'
import { parseVerdict as defaultParse } from '@icrl/critic'
import { roleTurn, type RoleTurn, sessionResult } from '@icrl/rollout'

type Verdict = 'right' | 'wrong' | undefined

/** How a given answer is critiqued and refined. */
export interface CritiqueAndRefineOptions<T extends Task> {
  /** What an answer is worth. */
  readonly verifier: Verifier<T>
  /** Asks the role `critic` about an answer. */
  readonly criticPrompt: (task: T, answer: string) => readonly Message[]
  /** The verdict in a critique. @defaultValue `parseVerdict` of `@icrl/critic` */
  readonly parseVerdict?: (text: string) => Verdict
  /** Asks the actor for a new answer. */
  readonly refinePrompt: (task: T, answer: string, critique: string) => readonly Message[]
}

/** An answer that is to be critiqued. */
export interface AnsweredTask<T extends Task> extends Task {
  readonly of: T
  readonly answer: string
  readonly isRight: boolean
}

/** What a session concluded of an answer. */
export interface CritiqueFindings {
  /** What the critique says of it; undefined if that cannot be read. */
  readonly verdict: Verdict
  /** Whether it is right. */
  readonly isRight: boolean
  /** What the refined answer earned; 0 without one. */
  readonly refined: number
}

/** What a session of this file found. */
export function critiqueFindings({
  findings,
}: {
  readonly findings?: Readonly<Record<string, Json>>
}): CritiqueFindings {
  const { verdict, isRight, refined } = findings!
  return { verdict: verdict as Verdict, isRight: isRight === true, refined: Number(refined) }
}

/** Whether the verdict is right; a missing one is not. */
export function isDiscerning({
  verdict,
  isRight,
}: {
  readonly verdict: Verdict | null
  readonly isRight: boolean
}): boolean {
  return verdict === (isRight ? 'right' : 'wrong')
}

/** A critique of the answer; the outcome is whether its verdict is right. */
export function critiqueOnly<T extends Task>(
  options: CritiqueAndRefineOptions<T>,
): SessionProtocol<AnsweredTask<T>> {
  return async function* (task, context) {
    const { verdict, ...said } = yield* critiqueOf(options, task, context)
    const { isRight } = task
    const success = isDiscerning({ verdict, isRight })
    const outcome = { reward: Number(success), success }
    const findings = { verdict, isRight, refined: 0 }
    return sessionResult(task, context, [{ ...said, outcome }], findings)
  }
}

/** A critique of the answer, and the actor's answer under it, whose outcome is the session's. */
export function critiqueAndRefine<T extends Task>(
  options: CritiqueAndRefineOptions<T>,
): SessionProtocol<AnsweredTask<T>> {
  const { refinePrompt, verifier } = options
  return async function* (task, context) {
    const { of, answer, isRight } = task
    const { verdict, ...said } = yield* critiqueOf(options, task, context)
    const messages = refinePrompt(of, answer, said.text)
    const asked = { role: 'actor', task, context, round: 2, messages }
    const { text, reply, ...refined } = yield* roleTurn(asked)
    const { reward } = await verifier({ text, tokens: reply.tokens, task: of })
    const outcome = { reward, success: reward === 1 }
    const findings = { verdict, isRight, refined: reward }
    return sessionResult(task, context, [said, { ...refined, outcome }], findings)
  }
}

/** The critic's turn, with its verdict. */
async function* critiqueOf<T extends Task>(
  { criticPrompt, parseVerdict = defaultParse }: CritiqueAndRefineOptions<T>,
  task: AnsweredTask<T>,
  context: SessionContext,
): Coroutine<RoleTurn & { readonly verdict: NonNullable<Verdict> | null }> {
  const messages = criticPrompt(task.of, task.answer)
  const said = yield* roleTurn({ role: 'critic', task, context, messages })
  return { ...said, verdict: parseVerdict(said.text) ?? null }
}
