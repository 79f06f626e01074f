import type { Environment } from '@icrl/core'
import { verifyMath } from '@icrl/verify'
import { localEnvironment, unknownTask } from '../local-environment.ts'
import type { MathProblem } from './math-problem.ts'
import type { ProblemSource } from './problem-source.ts'

/** Options of {@link math}. */
export interface MathOptions<T extends MathProblem> {
  /** Where problems come from. */
  readonly problems: ProblemSource<T>
  /** Whether a response answers a problem. @defaultValue `verifyMath`, strict */
  readonly check?: (response: string, problem: T) => boolean
  /** As it stands in messages and files. @defaultValue `math` */
  readonly name?: string
  /** What the model is told before a problem. @defaultValue to answer in `\boxed{}` */
  readonly instructions?: string
}

const defaultInstructions =
  'Solve the problem step by step. End with the final answer in \\boxed{}.'

/**
 * A response with a box counts as an answer. The checker sees the whole response, since the answer
 * may be spread over several boxes.
 */
function boxedResponse(response: string): string | undefined {
  return response.includes('\\boxed') || response.includes('\\fbox') ? response : undefined
}

/**
 * Mathematics in one turn: the observation is the problem, the action a response with `\boxed{}`,
 * the reward 1 or 0.
 *
 * @example
 * const environment = math({ problems: arithmetic() })
 * const episode = await environment.open()
 * await episode.reset('train-0')
 * await episode.step('The sum is \\boxed{7}.')
 */
export function math<T extends MathProblem>(options: MathOptions<T>): Environment {
  const {
    problems,
    name = 'math',
    instructions = defaultInstructions,
    check = (response, { answer }) => verifyMath(response, answer).correct,
  } = options
  return localEnvironment({
    name,
    instructions,
    maxTurns: 1,
    tasks: problems,
    parseAction: boxedResponse,
    invalidAction: 'There is no answer yet. Put your final answer in \\boxed{}.',
    play: (taskId) => {
      const problem = problems.problem(taskId)
      if (!problem) throw unknownTask(name, taskId)
      return {
        start: { task: problem.question, observation: problem.question },
        step: (response) => {
          const correct = check(response, problem)
          return {
            observation: correct ? 'Your answer is correct.' : 'Your answer is incorrect.',
            reward: correct ? 1 : 0,
            done: true,
          }
        },
        snapshot: () => null,
        restore: () => {},
      }
    },
  })
}
