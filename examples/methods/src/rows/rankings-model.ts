import type { RandomStream } from '@icrl/core'
import type { Rankings, RankingTask } from '@icrl/core/testing'
import type { WorldModel } from '../world-model.ts'

/** A transformer that judges as the untaught judge of a world of rankings does. */
export function rankingsModel(world: Rankings): WorldModel {
  const tasks = [...world.tasks('train', 256), ...world.tasks('test', 64)]
  const drawn = (draws: RandomStream): RankingTask => tasks[draws.integer(0, tasks.length)]
  const judgments = ['clear', 'true'].flatMap((aspect) =>
    ['first', 'second'].flatMap((place) =>
      ['[7,3]', '[3,7]'].map((scores) => `${aspect}>${place} ${scores}`),
    ),
  )
  return {
    world,
    table: world.untaught,
    prompts: {
      judge: (draws) => {
        const task = drawn(draws)
        const { responses } = task
        const isSwapped = draws.uniform(1) < 0.5
        return world.judgePrompt(task, isSwapped ? responses.toReversed() : responses)
      },
      meta: (draws) =>
        world.metaPrompt(drawn(draws), judgments[draws.integer(1, judgments.length)]),
    },
  }
}
