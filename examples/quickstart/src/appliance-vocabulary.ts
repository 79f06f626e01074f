import { vocabularyOf } from './tokenizer-files.ts'

/** Places where the ingredients may be. */
export const PLACES: readonly string[] = [
  'shelf',
  'drawer',
  'cellar',
  'attic',
  'garage',
  'cupboard',
  'porch',
  'closet',
]

export const APPLIANCES: readonly string[] = [
  'oven',
  'mixer',
  'kettle',
  'grill',
  'freezer',
  'blender',
]

/** What a dish is put in. */
export const TARGETS: readonly string[] = ['bowl', 'jar', 'tray', 'basket', 'bottle', 'pot']

/** Dishes, the goals; a world has the first `dishes` of them. */
export const DISHES: readonly string[] = [
  'bread',
  'soup',
  'jam',
  'tea',
  'cake',
  'stew',
  'pickle',
  'syrup',
  'sauce',
  'custard',
  'cider',
  'broth',
]

/** Words that frame a prompt. */
export const APPLIANCE_FRAME = ['make', 'in', 'tips', 'review', 'found', 'tried'] as const

/** Observations that are no place. */
export const OBSERVED = { yes: 'ok', no: 'no', dark: 'nothing' } as const

/**
 * An action is one word, and so one token: a weight per token can then tell a place that was leaked
 * from the act of taking.
 */
export const LOOK = 'look'
export const take = (place: number): string => `take-${PLACES[place]}`
export const use = (appliance: number): string => `use-${APPLIANCES[appliance]}`
export const put = (target: number): string => `put-${TARGETS[target]}`

/** Every action there is. */
export const ACTIONS: readonly string[] = [
  LOOK,
  ...PLACES.map((_, i) => take(i)),
  ...APPLIANCES.map((_, i) => use(i)),
  ...TARGETS.map((_, i) => put(i)),
]

/** Every token of the appliance models, by id. */
export const APPLIANCE_VOCABULARY: readonly string[] = vocabularyOf(
  [
    ...APPLIANCE_FRAME,
    ...Object.values(OBSERVED),
    ...ACTIONS,
    ...PLACES,
    ...APPLIANCES,
    ...TARGETS,
    ...DISHES,
  ],
  80,
)
