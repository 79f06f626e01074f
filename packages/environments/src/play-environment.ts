import type { Environment, EpisodeStep } from '@icrl/core'

/** Options of {@link playEnvironment}. */
export interface PlayEnvironmentOptions {
  /** The task to play. @defaultValue the first task of the training split */
  readonly taskId?: string
  /** What the player types, line by line; it ends when the player leaves. */
  readonly lines: AsyncIterable<string> | Iterable<string>
  /** Shows a text to the player. */
  readonly show: (text: string) => void
}

/** How far the player got. */
export interface PlayResult {
  /** The task that was played. */
  readonly taskId: string
  /** Actions that were taken. */
  readonly turns: number
  /** The last step; undefined if the player left before the first. */
  readonly last: EpisodeStep | undefined
}

/**
 * Lets a person play one task. It shows instructions, task and observations, and takes each line as
 * an action: the tagged action in it, or else the whole line. It stops at the end of the task, when
 * the turns are used up, at `quit`, or when the lines end.
 *
 * @throws IcrlError as the environment does
 * @example
 * await playEnvironment(maze(), { taskId: '3', lines: ['move right', 'quit'], show: console.log })
 */
export async function playEnvironment(
  environment: Environment,
  options: PlayEnvironmentOptions,
): Promise<PlayResult> {
  const { lines, show } = options
  const taskId = options.taskId ?? (await environment.taskIds('train'))[0]
  const episode = await environment.open()
  let turns = 0
  let last: EpisodeStep | undefined
  try {
    const { task, observation } = await episode.reset(taskId)
    show(
      `${environment.name}, task ${taskId}, at most ${environment.maxTurns} turns; quit to leave.\n\n${environment.instructions}\n\n${task}\n\n${observation}`,
    )
    for await (const line of lines) {
      if (line.trim() === 'quit') break
      // A response that holds an action in the solver's form counts too.
      last = await episode.step(environment.parseAction(line) ?? line)
      turns++
      show(last.observation)
      if (last.done || turns >= environment.maxTurns) break
    }
    show(
      last
        ? `${last.done ? 'The end' : 'Left'} after ${turns} turns, reward ${last.reward}.`
        : 'Left.',
    )
    return { taskId, turns, last }
  } finally {
    await episode.close()
  }
}
