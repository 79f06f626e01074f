import type { Judgment } from './outcome.ts'

/** What an episode shows first. */
export interface EpisodeStart {
  /** The task in words, for prompts. */
  readonly task: string
  /** The first observation. */
  readonly observation: string
}

/** What an action led to. */
export interface EpisodeStep extends Judgment {
  /** What the model reads next. */
  readonly observation: string
  /**
   * Reward of this step, any finite number; above 1 only with `success`. The last step's reward and
   * success are the attempt's outcome.
   */
  readonly reward: number
  /**
   * Whether the attempt succeeded, once it is done.
   *
   * @defaultValue true for a reward of 1, to within 1e-9
   */
  readonly success?: boolean
  /** Whether the episode has ended. */
  readonly done: boolean
}

/**
 * One running episode. A method of a broken environment rejects. Its session then ends with a
 * `failure`, and the training step goes on without it.
 */
export interface Episode {
  /** Starts a task, or starts it again: the same id always gives the same start. */
  reset(taskId: string, signal?: AbortSignal): Promise<EpisodeStart>
  /** Takes an action. After a step that is `done` the episode is over. */
  step(action: string, signal?: AbortSignal): Promise<EpisodeStep>
  /** Optional: the whole state as JSON text. */
  snapshot?(): Promise<string>
  /** Optional: goes back to the state that a snapshot holds. */
  restore?(snapshot: string): Promise<void>
  /** Frees what the episode holds. */
  close(): Promise<void>
}

/** A multi-turn text environment, local or remote. */
export interface Environment {
  /** As it stands in messages and files. */
  readonly name: string
  /** How to act in it, for the solver's system message. */
  readonly instructions: string
  /** Turns after which an attempt ends. */
  readonly maxTurns: number
  /** Ids of a split in a fixed order; unknown splits throw `invalid-option`. */
  taskIds(split: 'train' | 'test'): Promise<readonly string[]>
  /** Finds the action in a response; undefined if there is none. */
  parseAction(text: string): string | undefined
  /**
   * True if a step's reward is the total so far, such as a score that grows.
   *
   * @defaultValue what the step itself earned
   */
  readonly rewardIsTotal?: boolean
  /** Shown instead of an observation after a response without an action. */
  readonly invalidAction: string
  /** Opens a new episode. Reset it before its first step, close it after its last. */
  open(signal?: AbortSignal): Promise<Episode>
}
