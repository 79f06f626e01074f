import type { Coroutine, Message, SessionContext, SessionProtocol, Task } from '@icrl/core'
import { visibleText } from '@icrl/critic'
import { lookBack, roleTurn, type RoleTurn } from '@icrl/rollout'
import { concluded, type Readings } from './conclude.ts'
import { ask } from './controls.ts'
import { truthIn } from './judged-units.ts'

/** An item of VISCO, as a text analogue: a question, steps of reasoning and an answer. */
export interface StepwiseItem extends Task {
  /** What was asked. */
  readonly question: string
  /** The solution, step by step. */
  readonly reasoning: readonly string[]
  /** What it ends with. */
  readonly answer: string
  /** Whether that is right. */
  readonly answerIsRight: boolean
  /** `[steps]` */
  readonly stepIsRight: readonly boolean[]
  /** `[steps][references]` what people say is wrong with a step. */
  readonly references: readonly (readonly string[])[]
  /** What takes the picture's place: a table or a passage. */
  readonly source?: string
}

/** True: right; undefined: it was not said. */
export type Verdict = boolean | undefined

/** What a critic said: the verdict on each step, why, and on the answer. */
interface Verdicts {
  readonly steps: readonly Verdict[]
  readonly explanations: readonly string[]
  readonly answer: Verdict
}

type Critic = (
  task: StepwiseItem,
  context: SessionContext,
) => Coroutine<{ readonly text: string; readonly turns: readonly RoleTurn[] }>

export const critiqueAtOnce: Critic = async function* (task, context) {
  const said = yield* roleTurn({
    role: 'critic',
    task,
    context,
    messages: critiqueRequest(task, ''),
  })
  return { text: said.text, turns: [said] }
}

export const critiqueLookingBack: Critic = async function* (task, context) {
  const { text, parts } = yield* lookBack({
    task,
    context,
    steps: task.reasoning,
    lookPrompt: (question) => ask(`${task.source ?? ''}\n\n${question} Answer briefly.`),
    judgePrompt: (findings) =>
      critiqueRequest(
        { ...task, source: undefined },
        `\n\n# Looked up again\n${findings.map(({ question, answer }) => `- ${question} ${answer}`).join('\n') || '- nothing'}`,
      ),
  })
  return { text, turns: parts }
}

/** A critique, and a judge of those explanations that are of steps that are indeed wrong. */
export function explained(critic: Critic): SessionProtocol<StepwiseItem> {
  return async function* (task, context) {
    const { text, turns } = yield* critic(task, context)
    const { steps, explanations, answer } = verdictsIn(text, task.reasoning.length)
    const judgments: RoleTurn[] = []
    const agreement: number[] = []
    for (const [i, isRight] of task.stepIsRight.entries()) {
      if (isRight || steps[i] !== false) continue
      let agreed = 0
      for (const reference of task.references[i]) {
        const messages = agreementRequest(reference, explanations[i])
        const branch = judgments.length
        const said = yield* roleTurn({ role: 'judge', task, context, messages, branch })
        judgments.push(said)
        agreed += Number(truthIn(said.text) === true)
      }
      agreement.push(task.references[i].length === 0 ? 0 : agreed / task.references[i].length)
    }
    return concluded({ task, context }, [...turns, ...judgments], readingsOf(answer, steps), {
      agreement,
      answer: text,
    })
  }
}

/** Readings of a session: the verdict on the answer and on each step. */
export function readingsOf(answer: Verdict, steps: readonly Verdict[]): Readings {
  return {
    answerVerdict: answer,
    ...Object.fromEntries(steps.map((verdict, i) => [`step ${i}`, verdict])),
  }
}

function critiqueRequest(
  { source, question, reasoning, answer }: StepwiseItem,
  found: string,
): Message[] {
  const shown = source === undefined ? '' : `# Source\n${source}\n\n`
  const steps = reasoning.map((step, i) => `${i + 1}. ${step}`).join('\n')
  return ask(
    `${shown}# Question\n${question}\n\n# Reasoning\n${steps}\n\n# Answer\n${answer}${found}\n\nJudge each step by itself, then the answer. For each step write "Step N: correct" or "Step N: incorrect: why". End with "Answer: correct" or "Answer: incorrect".`,
  )
}

function agreementRequest(reference: string, explanation: string): Message[] {
  return ask(
    `Two people explain what is wrong with a step.\n\n# The first\n${reference}\n\n# The second\n${explanation}\n\nDo they name the same error? Answer true or false.`,
  )
}

/** Lines of a critique, in words or as the paper's JSON. */
function verdictsIn(text: string, count: number): Verdicts {
  const said = visibleText(text)
    .replaceAll('"correctness": true', 'correct')
    .replaceAll('"correctness": false', 'incorrect')
  const of = (name: string): RegExpExecArray | null =>
    new RegExp(`\\b${name}"?\\W{0,8}(in)?correct\\b\\W*([^\\n]*)`, 'i').exec(said)
  const steps = Array.from({ length: count }, (_, i) => of(`step[ _]?${i + 1}`))
  const stated = /"answer_correctness"\s*:\s*(true|false)/i.exec(said)?.[1].toLowerCase()
  const answered = of('answer')
  return {
    steps: steps.map((match) => (match ? match[1] === undefined : undefined)),
    explanations: steps.map((match) => match?.[2] ?? ''),
    answer: stated ? stated === 'true' : answered ? answered[1] === undefined : undefined,
  }
}
