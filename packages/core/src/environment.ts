/** What an episode shows first. */
export interface EpisodeStart {
  /** The task in words, for prompts. */
  readonly task: string
  /** The first observation. */
  readonly observation: string
}

/** What an action led to. */
export interface EpisodeStep {
  readonly observation: string
  /**
   * Reward of this step; the outcome of an attempt is the last step's, in [0, 1], success 1
   * exactly.
   */
  readonly reward: number
  readonly done: boolean
}

/**
 * One running episode. An environment's failure rejects; the session then ends as `aborted`, never
 * the step.
 */
export interface Episode {
  /** (Re)starts the task from its initial state: the same id, the same start. */
  reset(taskId: string, signal?: AbortSignal): Promise<EpisodeStart>
  /** Acts; `done` ends the episode. */
  step(action: string, signal?: AbortSignal): Promise<EpisodeStep>
  /** The whole state as JSON text; absent where the environment cannot. */
  snapshot?(): Promise<string>
  /** Back to the state a snapshot holds. */
  restore?(snapshot: string): Promise<void>
  /** Frees what the episode holds. */
  close(): Promise<void>
}

/** A multi-turn text environment, local or remote. */
export interface Environment {
  readonly name: string
  /** How to act in it, for the solver's system message. */
  readonly instructions: string
  /** Turns after which an attempt ends. */
  readonly maxTurns: number
  /** Ids of a split in a fixed order; unknown splits throw `invalid-option`. */
  taskIds(split: 'train' | 'test'): Promise<readonly string[]>
  /** The action in a response, or undefined where there is none. */
  parseAction(text: string): string | undefined
  /** Shown instead of an observation after a response without an action. */
  readonly invalidAction: string
  /** A new episode, to be reset before its first step and closed after its last. */
  open(signal?: AbortSignal): Promise<Episode>
}
