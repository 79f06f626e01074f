import type { Environment } from '@icrl/core'
import { localEnvironment, unknownTask } from '../local-environment.ts'
import { describeCell, doubleT, stepMaze, type MazeLayout, type MazeState } from './play-maze.ts'

/** Options of {@link maze}. */
export interface MazeOptions {
  /** Its walls and its goal. @defaultValue LMRL-Gym's double T */
  readonly layout?: MazeLayout
  /** Steps in which the goal must be reached. @defaultValue 50 */
  readonly maxSteps?: number
}

/** How to act, for the solver. */
export const mazeInstructions = `You are in a maze and want to reach the goal in as few steps as possible. Positions are row, column: moving down adds one to the row,
moving right adds one to the column. Your moves are move up, move down, move left and move right; a move against a wall does nothing.
Think first, then give one move between <action> and </action>.`

/** Every fifth start is held out. */
function split({ starts }: MazeLayout): { train: string[]; test: string[] } {
  const ids = starts.map((_, i) => i)
  return {
    train: ids.filter((i) => i % 5 !== 4).map(String),
    test: ids.filter((i) => i % 5 === 4).map(String),
  }
}

/**
 * LMRL-Gym's maze (Abdulhai et al. 2023, arXiv 2311.18232), fully observed. A task's id is the
 * number of its start. The reward is 1 at the goal.
 *
 * @example
 * const episode = await maze().open()
 * await episode.reset('18')
 * await episode.step('move down') // { observation: 'Success\n', reward: 1, done: true }
 */
export function maze(options: MazeOptions = {}): Environment {
  const { layout = doubleT, maxSteps = 50 } = options
  return localEnvironment({
    name: 'maze',
    instructions: mazeInstructions,
    maxTurns: maxSteps,
    tasks: split(layout),
    play: (taskId) => {
      const position = /^(0|[1-9]\d{0,6})$/.test(taskId) ? layout.starts[Number(taskId)] : undefined
      if (!position) throw unknownTask('maze', taskId)
      let state: MazeState = { position, steps: 0 }
      return {
        start: { task: 'Reach the goal.', observation: describeCell(layout, position) },
        step: (action) => {
          const {
            observation,
            reward,
            done,
            state: next,
          } = stepMaze(layout, state, action, maxSteps)
          state = next
          // LMRL-Gym rewards a failure with −1; here rewards lie in [0, 1].
          return { observation, reward: Math.max(0, reward), done: done || next.steps >= maxSteps }
        },
        snapshot: () => state,
        restore: (kept) => {
          state = kept as MazeState
        },
      }
    },
  })
}
