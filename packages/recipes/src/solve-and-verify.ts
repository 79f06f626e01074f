import type { Message, SessionPart, SessionProtocol, Task } from '@icrl/core'
import { roleTurn, sessionResult } from '@icrl/rollout'
import type { StepVerdict, Verification } from './verified-return.ts'

/** One step of a solution, and what was made of it. */
export interface VerifiedStep {
  /** What the step says. */
  readonly text: string
  /** What a tool answered; absent if none was called. */
  readonly result?: string
}

/** How a solution is made step by step, verified and repaired. */
export interface SolveAndVerifyOptions<T extends Task = Task> {
  /** Asks the solver for the next step. */
  readonly stepPrompt: (task: T, steps: readonly VerifiedStep[]) => readonly Message[]
  /** Whether the last step ends the solution. */
  readonly isDone: (task: T, steps: readonly VerifiedStep[]) => boolean
  /**
   * Runs the tool that a step calls; undefined if it calls none. Its `value` is r_tool.
   *
   * @defaultValue no tool
   */
  readonly tool?: (
    task: T,
    step: string,
  ) => { readonly result: string; readonly value: number } | undefined
  /** Asks the role `verifier` about the last step. */
  readonly verifyPrompt: (task: T, steps: readonly VerifiedStep[]) => readonly Message[]
  /**
   * Reads a verification.
   *
   * @defaultValue `score` and `confidence` of the last JSON object; what cannot be read is 0 and 0
   */
  readonly parseVerification?: (text: string) => Verification | undefined
  /** Asks the role `repairer` for another last step, given what the verifier said of it. */
  readonly repairPrompt: (
    task: T,
    steps: readonly VerifiedStep[],
    critique: string,
  ) => readonly Message[]
  /** r_out of a finished solution. @defaultValue 0, there is no reward from outside */
  readonly outcome?: (task: T, steps: readonly VerifiedStep[]) => number
  /** Most steps of an attempt. @defaultValue 8 */
  readonly mostSteps?: number
  /** Repairs of a session. @defaultValue 2 */
  readonly mostRepairs?: number
  /** Below this confidence a step is repaired. @defaultValue 0.7 */
  readonly leastConfidence?: number
}

/** A solution step by step, each verified, and repaired where the verifier is not sure of it. */
export function solveAndVerify<T extends Task>({
  stepPrompt,
  isDone,
  tool,
  verifyPrompt,
  parseVerification = verificationIn,
  repairPrompt,
  outcome,
  mostSteps,
  mostRepairs,
  leastConfidence,
}: SolveAndVerifyOptions<T> &
  Required<
    Pick<SolveAndVerifyOptions<T>, 'mostSteps' | 'mostRepairs' | 'leastConfidence'>
  >): SessionProtocol<T> {
  return async function* (task, context) {
    const steps: VerifiedStep[] = []
    const verdicts: StepVerdict[] = []
    const parts: SessionPart[] = []
    const verified = async function* (round: number, branch: number) {
      const messages = verifyPrompt(task, steps)
      const said = yield* roleTurn({ role: 'verifier', task, context, round, branch, messages })
      parts.push(said)
      return { ...(parseVerification(said.text) ?? { score: 0, confidence: 0 }), said: said.text }
    }
    const taken = (text: string): number => {
      const called = tool?.(task, text)
      steps.push({ text, ...(called && { result: called.result }) })
      return called?.value ?? 0
    }
    let repairs = 0
    do {
      const round = steps.length + 1
      const asked = { task, context, round }
      const step = yield* roleTurn({ ...asked, role: 'solver', messages: stepPrompt(task, steps) })
      parts.push(step)
      let value = taken(step.text)
      const first = yield* verified(round, 0)
      const repaired = first.confidence < leastConfidence && repairs < mostRepairs
      let last = first
      if (repaired) {
        repairs++
        const messages = repairPrompt(task, steps, first.said)
        const again = yield* roleTurn({ ...asked, role: 'repairer', messages })
        parts.push(again)
        steps.pop()
        value = taken(again.text)
        last = yield* verified(round, 1)
      }
      const { score, confidence } = last
      verdicts.push({ score, confidence, tool: value, repaired })
    } while (!isDone(task, steps) && steps.length < mostSteps)
    const reward = outcome?.(task, steps) ?? 0
    const part = { samples: [], transcript: [], outcome: { reward, success: reward === 1 } }
    return sessionResult(task, context, [...parts, part], {
      verdicts: verdicts.map((verdict) => ({ ...verdict })),
      outcome: reward,
    })
  }
}

/** `score` and `confidence` of the last JSON object in a text, held to their ranges. */
function verificationIn(text: string): Verification | undefined {
  const last = [...text.matchAll(/\{[^{}]*\}/g)].at(-1)?.[0]
  if (last === undefined) return undefined
  const number = (name: string): number =>
    Number(new RegExp(`"${name}"\\s*:\\s*(-?[\\d.]+)`).exec(last)?.[1] ?? NaN)
  const [score, confidence] = [number('score'), number('confidence')]
  if (!Number.isFinite(score) || !Number.isFinite(confidence)) return undefined
  return {
    score: Math.min(1, Math.max(-1, score)),
    confidence: Math.min(1, Math.max(0, confidence)),
  }
}
