import type { Attempt, Message, QuestionTask, Task } from '@icrl/core'
import { shorten } from './shorten.ts'
import { describeQuestion } from './solver-prompt.ts'
import { summarizeTrajectory } from './summarize-trajectory.ts'

/** Options of {@link criticPrompt}. */
export interface CriticPromptOptions<T extends Task = QuestionTask> {
  /** The system message: what the critic is to do. @defaultValue it asks for at most three tips */
  readonly instructions?: string
  /**
   * The task in words.
   *
   * @defaultValue what the environment showed first, shortened; else the question; else the id
   */
  readonly describe?: (task: T, attempt: Attempt) => string
  /** The attempt in words; keep it short. @defaultValue `summarizeTrajectory` */
  readonly summarize?: (attempt: Attempt) => string
  /**
   * How the attempt ended, in words; undefined leaves it out of the prompt, as at deployment, where
   * nobody knows.
   *
   * @defaultValue whether it succeeded, its score, and whether it was cut off
   */
  readonly outcome?: (attempt: Attempt) => string | undefined
}

const REVIEWER = `You review one attempt at a task so that the next one goes better. The next attempt starts from scratch: its author sees the task and your tips, and neither this attempt nor your reasoning.

First work out which single mistake or omission cost the most. Then write at most three short tips, each one sentence that stands on its own and says what to check, avoid or do in tasks like this one. Teach the way, not the result: state neither the final answer nor a ready-made action to copy. If the attempt was right, say what should be kept.

End with the tips in exactly this form:
<tips>
- first tip
- second tip
</tips>`

/**
 * The critic's conversation: the task (in an environment, its words and the first observation), a
 * short summary of the attempt, and how it ended. The default instructions ask for the form that
 * `parseCritique` reads.
 *
 * The roles of ICRL (arXiv 2605.15224) share one model and differ in nothing but their prompts. The
 * paper's wording is not public; this one is our own.
 *
 * @example
 * import { criticPrompt } from '@icrl/critic'
 * const prompt = criticPrompt({ outcome: () => undefined }) // a critic that is not told how the attempt ended
 */
export function criticPrompt<T extends Task = QuestionTask>(
  options: CriticPromptOptions<T> = {},
): (task: T, attempt: Attempt) => Message[] {
  const {
    instructions = REVIEWER,
    describe = describeTask,
    summarize = summarizeTrajectory,
    outcome = describeOutcome,
  } = options
  return (task, attempt) => {
    const ending = outcome(attempt)
    const sections = [
      `## Task\n${describe(task, attempt).trim()}`,
      `## The attempt\n${summarize(attempt)}`,
      ...(ending === undefined ? [] : [`## How it ended\n${ending}`]),
    ]
    return [
      { role: 'system', content: instructions },
      { role: 'user', content: sections.join('\n\n') },
    ]
  }
}

/** Longest task of an environment, and longest first observation, in characters. */
const MAX_START = 4000

/** The id of an environment's task says nothing, so what the environment shows first is used. */
function describeTask(task: Task, { start }: Attempt): string {
  if (!start) return describeQuestion(task)
  const seen = start.observation.trim()
  const repeats = seen === '' || start.task.includes(seen)
  return repeats
    ? shorten(start.task, MAX_START)
    : `${shorten(start.task, MAX_START)}\n\n## What was seen first\n${shorten(seen, MAX_START)}`
}

function describeOutcome({ reward, success, finish }: Attempt): string {
  if (success) return 'It succeeded.'
  const cut = finish === 'length' ? ' It was cut off at its length limit.' : ''
  if (reward === 0) return `It failed.${cut}`
  const scale = reward > 0 && reward <= 1 ? ' out of 1' : ''
  return `It failed, with a score of ${Number(reward.toFixed(2))}${scale}.${cut}`
}
