import {
  type AttemptProtocol,
  type Message,
  type QuestionTask,
  type SessionProtocol,
  type Task,
} from '@icrl/core'
import { answerAgain, askFor, loop, type LoopState } from './loop.ts'
import { saidIn } from './sample-and-choose.ts'

/** Options of {@link selfRefine}. */
export interface SelfRefineOptions<T extends Task = QuestionTask> {
  /** How a task is attempted. */
  readonly attempt: AttemptProtocol<T>
  /** The task in words. @defaultValue its question */
  readonly describe?: (task: T) => string
  /** What the feedback is asked for. @defaultValue an untargeted request, as in 2310.07611 */
  readonly request?: string
  /** The feedback that ends the loop holds this. @defaultValue `[done]` */
  readonly done?: string
  /** Most rewrites. @defaultValue 3, so at most 4 answers */
  readonly rounds?: number
  /** Answers and feedback that a rewrite is shown, the latest. @defaultValue all of them */
  readonly memory?: number
}

const UNTARGETED =
  'Read the answer as a critical reader would. Say what is wrong, missing or unclear in it and how to make it better.'

/**
 * Self-Refine (arXiv 2303.17651) `[code]`: feedback on the answer, then a rewrite that is shown all
 * answers and feedback so far, at most 4 answers, ended by a stop phrase. With the default request,
 * which names no criterion of the task, `rounds: 1` and `memory: 1` it is the untargeted
 * self-refinement of arXiv 2310.07611 `[abs]`: one generic critique, one rewrite.
 *
 * Ours: the solver's prompt shows the history as guidance in a section of its own, so that a rewrite
 * can be trained under the plain prompt; the paper appends it to few-shot prompts for each task.
 * Whether the same model gives the feedback is a matter of what the roles `solver` and `critic` are
 * bound to.
 *
 * @example
 * import { selfRefine } from '@icrl/rollout'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const refined = selfRefine({ attempt })
 * const untargeted = selfRefine({ attempt, rounds: 1, memory: 1 })
 */
export function selfRefine<T extends Task = QuestionTask>({
  attempt,
  describe = (task: T) => (task as unknown as QuestionTask).question,
  request = UNTARGETED,
  done = '[done]',
  rounds = 3,
  memory = Infinity,
}: SelfRefineOptions<T>): SessionProtocol<T> {
  const prompt = ({ task, answer }: LoopState<T>): Message[] => [
    {
      role: 'user',
      content: `${describe(task)}\n\n# Answer\n${saidIn(answer)}\n\n${request} If nothing is, write ${done}.`,
    },
  ]
  return loop({
    first: attempt,
    evaluate: askFor({ prompt, read: (text) => ({ signal: text, stop: text.includes(done) }) }),
    update: answerAgain({
      attempt,
      guidance: ({ history }) =>
        history
          .slice(-Math.min(memory, history.length))
          .map(
            ({ answer, evaluation }) =>
              `An earlier answer:\n${saidIn(answer)}\n\nWhat was said of it:\n${evaluation.signal}`,
          )
          .join('\n\n'),
    }),
    rounds,
  })
}
