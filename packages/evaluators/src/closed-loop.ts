import type { Json, SessionContext, SessionProtocol, SessionResult, Task } from '@icrl/core'
import { majority, visibleText } from '@icrl/critic'
import { conversation, type RoleTurn, roleTurn } from '@icrl/rollout'
import { extractMathAnswer, verifyMath } from '@icrl/verify'
import { concluded, lengthOf } from './conclude.ts'
import { ask } from './controls.ts'

/** An item of RealCritic: a question, and a solution that may be wrong. */
export interface RealCriticItem extends Task {
  /** What was asked. */
  readonly question: string
  /** The right answer: a mathematical one, or a letter of a choice. */
  readonly gt: string
  /** The solution to critique. */
  readonly reasoning: string
  /** Whether the solution is right, as published. */
  readonly wasRight: boolean
}

const CRITIQUE =
  'Critique the solution step by step. Stop at the first wrong step and say why it is wrong. Then say whether the solution is correct, give the number of the first wrong step or -1, and write the corrected solution, with its final answer in \\boxed{}. If the solution is correct, repeat its final answer in \\boxed{}.'
const AGAIN =
  'Is your critique right? Think it through anew, without copying it, and answer in the same form.'
const SOLVE = 'Solve it step by step, with the final answer in \\boxed{}.'
const CORRECT =
  'Write the correct solution, with the final answer in \\boxed{}. If the solution is correct, repeat its final answer.'

const shownIn = (question: string, solution: string): string =>
  `# Question\n${question}\n\n# Solution\n${solution}`

/** Critique and correction in one call; further rounds continue the same conversation by ids. */
export function critiqued(rounds: number, self: boolean): SessionProtocol<RealCriticItem> {
  return async function* (task, context) {
    const turns: RoleTurn[] = []
    const { question, gt } = task
    const asked = { role: 'critic', task, context } as const
    let solution = task.reasoning
    let wasRight = task.wasRight
    if (self) {
      const messages = ask(`${question}\n\n${SOLVE}`)
      const said = yield* roleTurn({ ...asked, messages })
      turns.push(said)
      solution = visibleText(said.text)
      wasRight = isAnswer(solution, gt) ?? false
    }
    const opening = ask(`${shownIn(question, solution)}\n\n${CRITIQUE}`)
    const talk = conversation(context.roles.critic.renderer, opening)
    for (let round = 1; round <= rounds; round++) {
      if (round > 1) talk.heard({ role: 'user', content: AGAIN })
      const { messages, prompt } = talk
      const said = yield* roleTurn({ ...asked, messages, prompt, round, branch: 1 })
      talk.said(said.reply)
      turns.push(said)
    }
    return answered({ task, context }, turns, turns.at(-1)!.text, { wasRight })
  }
}

/** Answers without a solution in sight: one, or as many as the given tokens pay for, by vote. */
export function direct(
  budget: (id: string) => number | undefined = () => undefined,
): SessionProtocol<RealCriticItem> {
  return async function* (task, context) {
    const turns: RoleTurn[] = []
    const messages = ask(`${task.question}\n\n${SOLVE}`)
    let left = budget(task.id) ?? 0
    do {
      const branch = turns.length
      const said = yield* roleTurn({ role: 'critic', task, context, messages, branch })
      turns.push(said)
      left -= Math.max(1, lengthOf(said))
    } while (left > 0)
    const answers = turns.map(({ text }) => extractMathAnswer(visibleText(text)))
    const voted = majority(answers.filter((answer) => answer !== undefined))
    return answered({ task, context }, turns, turns[Math.max(0, answers.indexOf(voted))].text)
  }
}

/** A correction beside a given critique. */
export function corrected(
  critique: (item: RealCriticItem) => string,
): SessionProtocol<RealCriticItem> {
  return async function* (task, context) {
    const content = `${shownIn(task.question, task.reasoning)}\n\n# Critique\n${critique(task)}\n\n${CORRECT}`
    const said = yield* roleTurn({ role: 'critic', task, context, messages: ask(content) })
    return answered({ task, context }, [said], said.text)
  }
}

/** The solution as it is: its published score. */
// oxlint-disable-next-line require-yield -- a coroutine that asks nobody
export const copied: SessionProtocol<RealCriticItem> = async function* (task, context) {
  return concluded({ task, context }, [], { isRight: task.wasRight })
}

function answered(
  of: { readonly task: RealCriticItem; readonly context: SessionContext },
  turns: readonly RoleTurn[],
  text: string,
  extra: Readonly<Record<string, Json>> = {},
): SessionResult {
  const isRight = isAnswer(visibleText(text), of.task.gt)
  return concluded(of, turns, { isRight }, { ...extra, answer: text })
}

/** Whether a text's answer is the right one; undefined if it has none. */
function isAnswer(text: string, gt: string): boolean | undefined {
  const { correct, extracted } = verifyMath(text, gt)
  return extracted.prediction === undefined ? undefined : correct
}
