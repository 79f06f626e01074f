import type { Coroutine, Message, SessionContext, SessionProtocol, Task } from '@icrl/core'
import { visibleText } from '@icrl/critic'
import { lookBack, roleTurn, type RoleTurn } from '@icrl/rollout'
import type { Benchmark } from './benchmark.ts'
import { byItem, concluded, foundIn, type Readings } from './conclude.ts'
import { saying } from './controls.ts'
import { checkFields, type ItemRecord, readItems } from './formats/read-items.ts'
import { errorF1, f1 } from './metrics/f1.ts'
import { visCore } from './metrics/vis-core.ts'
import { tableOf } from './table.ts'
import { truthIn } from './meta-critique.ts'

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

/** Options of {@link stepwiseCritique}. */
export interface StepwiseCritiqueOptions {
  /** True: by LookBack, which checks the facts of each step against the source. Default: false. */
  readonly looksBack?: boolean
}

/** True: right; undefined: it was not said. */
type Verdict = boolean | undefined

/** What a critic said: the verdict on each step, why, and on the answer. */
interface Verdicts {
  readonly steps: readonly Verdict[]
  readonly explanations: readonly string[]
  readonly answer: Verdict
}

/**
 * VISCO (arXiv 2412.02172) `[code]`, **as a text analogue: there is no vision encoder here**, so a
 * `source` in words takes the picture's place, and no figure compares with the paper's. The critic
 * judges each step, explains what is wrong, and judges the answer. "Incorrect" is what is to be
 * found:
 *
 *     VISCore = ∛(F1 of answers · F1 of steps · F1 of explanations)
 *
 * A step that is rightly found counts for the third by the share of the references that its
 * explanation agrees with, as a judge says. The correction score is `transitionShares`'.
 *
 * Ours: a verdict that cannot be read finds nothing; prompts are in our words.
 *
 * File: `question, response: { reasoning[], answer }, answer_correctness, reasoning_correctness[],
 * reasoning_critic[][]`, and `source`, which is ours. Roles: `critic`, `judge`, with `looksBack` also
 * `reader`.
 *
 * @example
 * import { stepwiseCritique } from '@icrl/evaluators'
 * const direct = stepwiseCritique()
 * const lookBack = stepwiseCritique({ looksBack: true })
 */
export function stepwiseCritique({
  looksBack = false,
}: StepwiseCritiqueOptions = {}): Benchmark<StepwiseItem> {
  return {
    name: looksBack ? 'LookBack' : 'stepwise critique',
    read: readStepwise,
    protocol: explained(looksBack ? critiqueLookingBack : critiqueAtOnce),
    controls: () => ({
      'always "right"': saying(() => '', constant(true)),
      'always "wrong"': saying(() => '', constant(false)),
      'says nothing': saying(() => '', constant(undefined)),
    }),
    score(items, sessions) {
      const of = byItem(items, sessions).flatMap(({ item, sessions: own }) =>
        own.map(({ findings }) => ({
          item,
          answer: foundIn<boolean>(findings, 'answerVerdict'),
          steps: item.stepIsRight.map((_, i) => foundIn<boolean>(findings, `step ${i}`)),
          agreement: foundIn<number[]>(findings, 'agreement') ?? [],
        })),
      )
      const labels = of.flatMap(({ item }) => item.stepIsRight)
      const verdicts = of.flatMap(({ steps }) => steps)
      const answers = errorF1(
        of.map(({ item }) => item.answerIsRight),
        of.map(({ answer }) => answer),
      ).f1
      const thoughts = errorF1(labels, verdicts).f1
      const explanations = f1({
        hits: of.flatMap(({ agreement }) => agreement).reduce((sum, one) => sum + one, 0),
        found: verdicts.filter((verdict) => verdict === false).length,
        actual: labels.filter((label) => !label).length,
      }).f1
      return tableOf(
        ['VISCore', 'answers F1', 'steps F1', 'explanations F1', 'items'],
        [[visCore(answers, thoughts, explanations), answers, thoughts, explanations, items.length]],
        ['A text analogue: figures do not compare with those of VISCO.'],
      )
    },
  }
}

type Critic = (
  task: StepwiseItem,
  context: SessionContext,
) => Coroutine<{ readonly text: string; readonly turns: readonly RoleTurn[] }>

const critiqueAtOnce: Critic = async function* (task, context) {
  const said = yield* roleTurn({
    role: 'critic',
    task,
    context,
    messages: critiqueRequest(task, ''),
  })
  return { text: said.text, turns: [said] }
}

const critiqueLookingBack: Critic = async function* (task, context) {
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
function explained(critic: Critic): SessionProtocol<StepwiseItem> {
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

/** A critic without explanations. */
function constant(verdict: Verdict) {
  return (_: string, { reasoning }: StepwiseItem): Readings =>
    readingsOf(
      verdict,
      reasoning.map(() => verdict),
    )
}

function readingsOf(answer: Verdict, steps: readonly Verdict[]): Readings {
  return {
    answerVerdict: answer,
    ...Object.fromEntries(steps.map((verdict, i) => [`step ${i}`, verdict])),
  }
}

const ask = (content: string): Message[] => [{ role: 'user', content }]

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

function readStepwise(file: string | Uint8Array): Promise<StepwiseItem[]> {
  return readItems(file, {
    format: 'VISCO',
    fields: {
      question: 'string',
      response: 'object',
      answer_correctness: 'boolean',
      reasoning_correctness: 'boolean[]',
      reasoning_critic: 'array',
    },
    make: (record, place) => {
      const response = record.response as ItemRecord
      checkFields(response, { reasoning: 'string[]' }, `VISCO, ${place}, response`)
      return {
        ...record,
        id: String(record.id ?? place),
        question: record.question as string,
        reasoning: response.reasoning as string[],
        answer: String(response.answer ?? ''),
        answerIsRight: record.answer_correctness as boolean,
        stepIsRight: record.reasoning_correctness as boolean[],
        references: (record.reasoning_critic as string[][]).map((one) => one ?? []),
      }
    },
  })
}
