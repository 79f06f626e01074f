import { IcrlError } from '../../errors.ts'
import type { Message } from '../../message.ts'
import { randomStream, type RandomStream } from '../../random.ts'
import type { Renderer } from '../../renderer.ts'
import type { Task } from '../../task.ts'
import type { Verifier } from '../../verifier.ts'
import type { TablePolicyOptions } from '../table-policy.ts'

/** Training and held-out tasks: what one has, the other never shows. */
export type Split = 'train' | 'test'

/**
 * A small world that a method can be tried in: endless tasks, each a function of a seed and a
 * number, in a vocabulary of fewer than 100 words and prompts of fewer than 40. A table policy
 * learns it in seconds, a small transformer in minutes.
 */
export interface World<T extends Task = Task> {
  /** As it stands in test names. */
  readonly name: string
  /** One id per word. */
  readonly renderer: Renderer
  /** Most tokens of a response, its end included. */
  readonly maxTokens: number
  /**
   * `count` tasks of a split, after the first `skip`: `tasks('train', 20)` is `tasks('train', 10)`
   * and then `tasks('train', 10, 10)`. Contents come again, ids never do.
   */
  tasks(split: Split, count: number, skip?: number): T[]
  /** The conversation that asks for a solution; `guidance` are further words for the solver. */
  prompt(task: T, guidance?: string): Message[]
  /** Reward 1 for the right solution, else 0. */
  readonly verifier: Verifier<T>
  /** A table policy that knows the form of every response and little else. */
  readonly untaught: TablePolicyOptions
}

/** What {@link splitTasks} needs to know of a world. */
export interface SplitTasksOptions<Content, T extends Task> {
  readonly seed: number
  readonly name: string
  /** Share of contents that are held out, in (0, 1). */
  readonly heldOut: number
  /** Draws what a task is about; plain JSON. */
  readonly draw: (stream: RandomStream) => Content
  readonly make: (id: string, content: Content) => T
}

/** Numbers a split may go without a task before it counts as empty. */
const LONGEST_GAP = 10_000

/**
 * `World.tasks` for one world: contents are drawn by number, and a hash of the content, not of the
 * number, decides its split.
 */
export function splitTasks<Content, T extends Task>({
  seed,
  name,
  heldOut,
  draw,
  make,
}: SplitTasksOptions<Content, T>): World<T>['tasks'] {
  if (!(heldOut > 0 && heldOut < 1))
    throw new IcrlError(`${name}: heldOut is ${heldOut}.`, {
      code: 'invalid-option',
      remedy: 'Use a share above 0 and below 1.',
    })
  const splitOf = (content: Content): Split =>
    randomStream(seed, name, 'split', JSON.stringify(content)).uniform(0) < heldOut
      ? 'test'
      : 'train'
  return (split, count, skip = 0) => {
    const tasks: T[] = []
    for (let number = 0, found = 0, gap = 0; found < skip + count; number++, gap++) {
      if (gap > LONGEST_GAP)
        throw new IcrlError(`${name}: the split "${split}" is empty with seed ${seed}.`, {
          code: 'invalid-option',
          remedy: 'Use another share for heldOut.',
        })
      const content = draw(randomStream(seed, name, 'task', number))
      if (splitOf(content) !== split) continue
      gap = 0
      if (++found > skip) tasks.push(make(`${name}-${number}`, content))
    }
    return tasks
  }
}

/** One message of a user, empty words left out. */
export function ask(...words: readonly (string | undefined)[]): Message[] {
  return [{ role: 'user', content: words.filter(Boolean).join(' ') }]
}

/** How much likelier one of `count` words must be made for it to have this probability. */
export function logitFor(probability: number, count: number): number {
  return Math.log((probability * (count - 1)) / (1 - probability))
}

/** Checks a whole number of an option. */
export function wholeNumber(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new IcrlError(`${name} is ${value}.`, {
      code: 'invalid-option',
      remedy: `Use an integer from ${least} to ${most}.`,
    })
}

/** Checks probabilities of an option. */
export function probabilities(name: string, values: Readonly<Record<string, number>>): void {
  for (const [key, value] of Object.entries(values))
    if (!(value > 0 && value < 1))
      throw new IcrlError(`${name}.${key} is ${value}.`, {
        code: 'invalid-option',
        remedy: 'Use a probability above 0 and below 1.',
      })
}
