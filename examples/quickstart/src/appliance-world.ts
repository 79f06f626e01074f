import { randomStream, type Task } from '@icrl/core'
import { APPLIANCES, DISHES, PLACES, TARGETS } from './appliance-vocabulary.ts'

/** Share of games in which looking shows nothing: their place can only be guessed, or told. */
const DARK = 0.25

export interface ApplianceWorldOptions {
  /** Name of the world; its recipes are drawn from it. */
  readonly name: string
  /** How many dishes it knows. */
  readonly dishes: number
  /** How many of the first dishes are easy: their recipes are well known. */
  readonly easy: number
  /** Appliances a recipe takes, in order, all different. */
  readonly uses: number
}

/** The facts of a world, the same for every seed of a run. */
export interface ApplianceWorld extends ApplianceWorldOptions {
  /** Looking, taking, each use, putting: not one to spare. */
  readonly maxTurns: number
  /** `[dish][use]` the right appliances. */
  readonly recipes: readonly (readonly number[])[]
  /** `[dish][use]` what people believe of hard dishes: wrong at every place. */
  readonly misconceptions: readonly (readonly number[])[]
}

/**
 * One game. The question names dish and target; where the ingredients are, and whether there is
 * light, has to be found out.
 */
export interface ApplianceTask extends Task {
  readonly dish: number
  readonly target: number
  readonly place: number
  readonly dark: boolean
}

/** A world with its recipes drawn by its name. */
export function applianceWorld(options: ApplianceWorldOptions): ApplianceWorld {
  const { name, dishes, uses } = options
  const draws = randomStream(2605, 'appliance-world', name)
  const recipes = Array.from({ length: dishes }, (_, dish) =>
    Array.from(draws.permutation(dish, APPLIANCES.length).slice(0, uses)),
  )
  const misconceptions = recipes.map((recipe, dish) =>
    recipe.map(
      (right, i) =>
        (right + 1 + draws.child('misconception', dish).integer(i, APPLIANCES.length - 1)) %
        APPLIANCES.length,
    ),
  )
  return { ...options, maxTurns: uses + 3, recipes, misconceptions }
}

/** The second task: ten dishes, three appliances each, six turns. */
export const TRIPLE_WORLD: ApplianceWorld = applianceWorld({
  name: 'triple',
  dishes: 10,
  easy: 2,
  uses: 3,
})

/** The demonstration of w_t: twelve dishes, two appliances each, five turns. */
export const LEAK_WORLD: ApplianceWorld = applianceWorld({
  name: 'leak',
  dishes: 12,
  easy: 2,
  uses: 2,
})

/**
 * Each dish is asked for in one target only in tests: a test's question was never trained, nor seen
 * in the warm start.
 */
export function splitOf({
  dish,
  target,
}: Pick<ApplianceTask, 'dish' | 'target'>): 'train' | 'test' {
  return (dish + 1) % TARGETS.length === target ? 'test' : 'train'
}

/** Games of a split: dish, target, place and light drawn independently. */
export function applianceTasks(
  world: ApplianceWorld,
  split: 'train' | 'test',
  count: number,
): ApplianceTask[] {
  const tasks: ApplianceTask[] = []
  for (let i = 0; tasks.length < count; i++) {
    const draws = randomStream(7, 'appliance-game', i)
    const dish = draws.integer(0, world.dishes)
    const target = draws.integer(1, TARGETS.length)
    const game = {
      dish,
      target,
      place: draws.integer(2, PLACES.length),
      dark: draws.uniform(3) < DARK,
    }
    if (splitOf(game) === split)
      tasks.push({ id: `${i}-${applianceQuestion(game).replaceAll(' ', '-')}`, ...game })
  }
  return tasks
}

/** The task in words. */
export function applianceQuestion({
  dish,
  target,
}: Pick<ApplianceTask, 'dish' | 'target'>): string {
  return `make ${DISHES[dish]} in ${TARGETS[target]}`
}
