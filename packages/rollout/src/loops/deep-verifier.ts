import type { AttemptProtocol, Message, QuestionTask, SessionProtocol, Task } from '@icrl/core'
import { roleTurn } from '../protocols/role-turn.ts'
import { parentsFrom } from '../protocols/solve-critique-revise.ts'
import { followUp, type Finding } from './follow-up.ts'
import { answerAgain, type Evaluate, loop } from './loop.ts'
import { saidIn } from './sample-and-choose.ts'

/** Options of {@link deepVerifier}. */
export interface DeepVerifierOptions<T extends Task = QuestionTask> {
  /** How a task is attempted. */
  readonly attempt: AttemptProtocol<T>
  /** The task in words. @defaultValue its question */
  readonly describe?: (task: T) => string
  /** Classes of errors that the verifier looks for. @defaultValue the five classes of the paper */
  readonly taxonomy?: readonly string[]
  /** Asks a follow-up question of whoever can look it up. @defaultValue the question alone */
  readonly lookPrompt?: (question: string, task: T) => readonly Message[]
  /** Most follow-up questions of a round. @defaultValue 3 */
  readonly questions?: number
  /** Least verdict, of 1 to 4, that ends the loop. @defaultValue 4 */
  readonly accept?: number
  /** Most retries. @defaultValue 3, so at most 4 answers */
  readonly rounds?: number
}

const CLASSES: readonly string[] = [
  'the wrong source was used, or none',
  'the reasoning does not follow',
  'the question was misread, or cut into the wrong parts',
  'an action failed, or its result was misread',
  'it stopped before it was done',
]

/**
 * DeepVerifier (arXiv 2601.15808) `[paper]`, the form without search: the verifier summarizes an
 * answer, locates likely errors by a taxonomy and asks follow-up questions; each is looked up by
 * itself; then it judges from 1 (wrong) to 4 (right), with feedback for the next try. Verification
 * is asymmetric: a question of one hop is easier than the task. The paper saw accuracy peak near the
 * fourth answer.
 *
 * Ours: the five classes of the taxonomy in our words `[mem]`, not its 13 kinds; the role `reader`
 * answers what the paper's verification agent searches the web for; an unreadable verdict does not
 * end the loop, and is the signal `unreadable`. Only the next answer is shown a verdict.
 *
 * Roles: `solver`, `critic`, `reader`.
 *
 * @example
 * import { deepVerifier } from '@icrl/rollout'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const protocol = deepVerifier({ attempt, rounds: 2 })
 */
export function deepVerifier<T extends Task = QuestionTask>(
  options: DeepVerifierOptions<T>,
): SessionProtocol<T> {
  const { attempt, accept = 4, rounds = 3 } = options
  return loop({
    first: attempt,
    evaluate: verifyByQuestions({ ...options, accept }),
    update: answerAgain({
      attempt,
      guidance: ({ history }) => history.at(-1)!.evaluation.transcript.at(-1)!.text,
    }),
    rounds,
  })
}

function verifyByQuestions<T extends Task>({
  describe = (task: T) => (task as unknown as QuestionTask).question,
  taxonomy = CLASSES,
  lookPrompt = (question) => [{ role: 'user', content: question }],
  questions,
  accept = 4,
}: DeepVerifierOptions<T>): Evaluate<T> {
  return async function* ({ task, context, round, answer }) {
    const shown = `${describe(task)}\n\n# What was done\n${saidIn(answer)}`
    const { findings, parts } = yield* followUp({
      task,
      context,
      round,
      parents: parentsFrom(answer),
      askPrompt: [
        {
          role: 'user',
          content: `${shown}\n\nSummarize it, say where one of these is likely, and write a numbered list of questions that would show it:\n${taxonomy.map((kind) => `- ${kind}`).join('\n')}`,
        },
      ],
      lookPrompt: (question) => lookPrompt(question, task),
      most: questions,
    })
    const judged = yield* roleTurn({
      role: 'critic',
      task,
      context,
      round,
      branch: 1,
      parents: parts.flatMap(({ samples }) => samples.map(({ id }) => id)),
      messages: [{ role: 'user', content: judgeRequest(shown, findings) }],
    })
    const verdict = verdictIn(judged.text)
    return {
      samples: [...parts, judged].flatMap(({ samples }) => samples),
      transcript: [...parts, judged].flatMap(({ transcript }) => transcript),
      signal: verdict ?? 'unreadable',
      stop: verdict !== undefined && verdict >= accept,
    }
  }
}

function judgeRequest(shown: string, findings: readonly Finding[]): string {
  const found = findings.map(({ question, answer }) => `- ${question} ${answer}`).join('\n')
  return `${shown}\n\n# What was found out\n${found || '- nothing'}\n\nSay what to do otherwise, then end with "Verdict: N", N from 1 (wrong) to 4 (right).`
}

/** The last verdict of 1 to 4. */
function verdictIn(text: string): number | undefined {
  const said = [...text.matchAll(/\bverdict\W{0,4}([1-4])(?![\d.])/gi)].at(-1)?.[1]
  return said === undefined ? undefined : Number(said)
}
