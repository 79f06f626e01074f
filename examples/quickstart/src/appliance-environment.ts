import type { Environment, EpisodeStep } from '@icrl/core'
import { localEnvironment, unknownTask } from '@icrl/environments'
import {
  ACTIONS,
  APPLIANCES,
  LOOK,
  OBSERVED,
  PLACES,
  put,
  take,
  use,
} from './appliance-vocabulary.ts'
import {
  applianceQuestion,
  applianceTasks,
  type ApplianceTask,
  type ApplianceWorld,
} from './appliance-world.ts'

/** State of a game. */
export interface ApplianceState {
  readonly turns: number
  readonly held: boolean
  /** Appliances used so far, in order. */
  readonly used: readonly number[]
}

/** A game before its first action. */
export const UNTOUCHED: ApplianceState = { turns: 0, held: false, used: [] }

/** How many games there are to train and to test on. */
export const APPLIANCE_GAMES = { train: 4096, test: 512 } as const

/**
 * One action: `look` shows the place, or nothing in the dark; `take-…` succeeds at the right place;
 * `use-…` does once the ingredients are held, right or wrong; `put-…` ends the game. Reward 1 for
 * the exact recipe, in order, in the right target. Turns are counted.
 */
export function stepAppliance(
  world: ApplianceWorld,
  task: ApplianceTask,
  state: ApplianceState,
  action: string,
): EpisodeStep & { readonly state: ApplianceState } {
  const turns = state.turns + 1
  const answer = (
    observation: string,
    change: Partial<ApplianceState> = {},
  ): EpisodeStep & { readonly state: ApplianceState } => ({
    observation,
    reward: 0,
    done: turns >= world.maxTurns,
    state: { ...state, turns, ...change },
  })
  if (action === LOOK) return answer(task.dark ? OBSERVED.dark : PLACES[task.place])
  if (action === take(task.place) && !state.held) return answer(OBSERVED.yes, { held: true })
  const appliance = APPLIANCES.findIndex((_, i) => use(i) === action)
  if (appliance >= 0 && state.held)
    return answer(OBSERVED.yes, { used: [...state.used, appliance] })
  if (!action.startsWith('put-')) return answer(OBSERVED.no)
  const recipe = world.recipes[task.dish]
  const right =
    state.held &&
    action === put(task.target) &&
    state.used.length === recipe.length &&
    recipe.every((each, i) => each === state.used[i])
  return { ...answer(right ? OBSERVED.yes : OBSERVED.no), reward: right ? 1 : 0, done: true }
}

/**
 * The appliance game as an environment: the solver's text for a turn is one action word.
 *
 * @example
 * const episode = await applianceEnvironment(TRIPLE_WORLD).open()
 * await episode.step('look') // { observation: 'cellar', reward: 0, done: false }
 */
export function applianceEnvironment(world: ApplianceWorld): Environment {
  const tasks = {
    train: applianceTasks(world, 'train', APPLIANCE_GAMES.train),
    test: applianceTasks(world, 'test', APPLIANCE_GAMES.test),
  }
  const known = new Map([...tasks.train, ...tasks.test].map((task) => [task.id, task]))
  return localEnvironment({
    name: `appliance-${world.name}`,
    instructions: `Find the ingredients, take them, use ${world.uses} appliances in the right order, put the dish where it belongs. One action a turn: ${ACTIONS.join(', ')}.`,
    maxTurns: world.maxTurns,
    tasks: { train: tasks.train.map(({ id }) => id), test: tasks.test.map(({ id }) => id) },
    parseAction: (text) => ACTIONS.find((action) => action === text.trim()),
    invalidAction: OBSERVED.no,
    play: (id) => {
      const task = known.get(id)
      if (!task) throw unknownTask(`appliance-${world.name}`, id)
      let state = UNTOUCHED
      return {
        start: { task: applianceQuestion(task), observation: '' },
        step: (action) => {
          const { state: next, ...step } = stepAppliance(world, task, state, action)
          state = next
          return step
        },
        snapshot: () => state,
        restore: (kept) => {
          state = kept as ApplianceState
        },
      }
    },
  })
}
