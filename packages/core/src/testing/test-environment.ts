import type { Environment, Episode, EpisodeStep } from '../environment.ts'
import { isIcrlError } from '../errors.ts'
import { outcomeOf } from '../outcome.ts'
import type { Check } from './check.ts'
import { expect, rejection } from './expect.ts'

/** Options of {@link testEnvironment}. */
export interface TestEnvironmentOptions {
  /** Actions to play, in order, from a task's start; some may be malformed. */
  readonly actions: readonly string[]
  /** A task to play. @defaultValue the first of the training split */
  readonly taskId?: string
  /** An id that no task has. @defaultValue `no such task` */
  readonly unknownTaskId?: string
}

async function play(episode: Episode, taskId: string, actions: readonly string[]): Promise<string> {
  const start = await episode.reset(taskId)
  const steps: EpisodeStep[] = []
  for (const action of actions) {
    const step = await episode.step(action)
    steps.push(step)
    if (step.done) break
  }
  return JSON.stringify([start, steps])
}

/**
 * What every `Environment` must satisfy: fixed task ids, the same episode for the same id and
 * actions, independent episodes, outcomes that `outcomeOf` accepts, snapshots that restore,
 * refusal of unknown tasks.
 *
 * @example
 * import { maze } from '@icrl/environments'
 * import { it } from 'vitest'
 *
 * for (const { name, run } of testEnvironment(() => maze(), { actions: ['move up', 'nonsense'] }))
 *   it(name, run)
 */
export function testEnvironment(
  create: () => Environment | Promise<Environment>,
  options: TestEnvironmentOptions,
): Check[] {
  const withEpisode = async (
    body: (episode: Episode, taskId: string, environment: Environment) => Promise<void>,
  ): Promise<void> => {
    const environment = await create()
    const taskId = options.taskId ?? (await environment.taskIds('train'))[0]
    const episode = await environment.open()
    try {
      await body(episode, taskId, environment)
    } finally {
      await episode.close()
    }
  }
  const check = (
    name: string,
    body: (episode: Episode, taskId: string, environment: Environment) => Promise<void>,
  ): Check => ({ name, run: () => withEpisode(body) })
  return [
    check('task ids are distinct and the same each time', async (_, __, environment) => {
      const ids = await environment.taskIds('train')
      expect(
        ids.length > 0 && new Set(ids).size === ids.length,
        `${ids.length} ids, ${new Set(ids).size} distinct`,
      )
      expect(
        JSON.stringify(ids) === JSON.stringify(await (await create()).taskIds('train')),
        'another instance lists others',
      )
      const test = await environment.taskIds('test')
      expect(!test.some((id) => ids.includes(id)), 'train and test share a task')
    }),
    check(
      'the same id and actions give the same episode, also after another',
      async (episode, taskId) => {
        const first = await play(episode, taskId, options.actions)
        expect(first === (await play(episode, taskId, options.actions)), 'a second play differed')
      },
    ),
    check('episodes do not touch each other', async (episode, taskId, environment) => {
      const alone = await play(episode, taskId, options.actions)
      const other = await environment.open()
      try {
        const both = await Promise.all([
          play(episode, taskId, options.actions),
          play(other, taskId, options.actions),
        ])
        expect(both[0] === alone && both[1] === alone, 'played side by side they differed')
      } finally {
        await other.close()
      }
    }),
    check(
      'observations are text, rewards finite, and above 1 success is said',
      async (episode, taskId) => {
        const start = await episode.reset(taskId)
        expect(
          start.task !== '' && typeof start.observation === 'string',
          'a start without a task or an observation',
        )
        for (const action of options.actions) {
          const step = await episode.step(action)
          outcomeOf(step, `after "${action}"`)
          expect(typeof step.observation === 'string', `no text after "${action}"`)
          if (step.done) break
        }
      },
    ),
    check('a snapshot restores', async (episode, taskId) => {
      if (!episode.snapshot || !episode.restore) return
      const [before, ...after] = options.actions
      await episode.reset(taskId)
      if (before !== undefined && (await episode.step(before)).done) return
      const kept = await episode.snapshot()
      JSON.parse(kept)
      const rest = async (): Promise<string> => {
        const seen: EpisodeStep[] = []
        for (const action of after) {
          seen.push(await episode.step(action))
          if (seen[seen.length - 1].done) break
        }
        return JSON.stringify(seen)
      }
      const once = await rest()
      await episode.restore(kept)
      expect(once === (await rest()), 'the restored episode went another way')
    }),
    check('an unknown task is refused', async (episode) => {
      const error = await rejection(
        () => episode.reset(options.unknownTaskId ?? 'no such task'),
        'an unknown task id',
      )
      expect(
        isIcrlError(error),
        `refused with ${error.name} instead of a typed error: ${error.message}`,
      )
    }),
    check('a response without an action is seen as one', async (_, __, environment) => {
      expect(environment.parseAction('') === undefined, 'an empty response has an action')
      expect(
        environment.invalidAction !== '' &&
          environment.instructions !== '' &&
          environment.maxTurns >= 1,
        'instructions, invalidAction or maxTurns is empty',
      )
    }),
  ]
}
