import type { Recipe, Task } from '@icrl/core'

const REPLAY = { steps: 10, most: 128 } as const

/**
 * Any recipe with its praised samples of the last ten steps in every batch: the control that tells
 * what replay does without critiques.
 */
export function replayingSuccesses<T extends Task>(recipe: Recipe<T>): Recipe<T> {
  return {
    ...recipe,
    replay: {
      ...REPLAY,
      keep: ({ advantages }) => advantages?.some((value) => value > 0) ?? false,
    },
    options: { ...(recipe.options as object), replay: REPLAY },
  }
}
