import type { AttemptTurn, RandomStream } from '@icrl/core'
import { stepAppliance, UNTOUCHED } from './appliance-environment.ts'
import { applianceCriticPrompt, appliancePrompt } from './appliance-prompts.ts'
import {
  APPLIANCES,
  LOOK,
  OBSERVED,
  PLACES,
  put,
  take,
  TARGETS,
  use,
} from './appliance-vocabulary.ts'
import {
  LEAK_WORLD,
  splitOf,
  TRIPLE_WORLD,
  type ApplianceTask,
  type ApplianceWorld,
} from './appliance-world.ts'
import type { Demonstration } from './demonstration.ts'

/** What the warm start imitates. */
export interface ApplianceTeacher {
  readonly world: ApplianceWorld
  /** How often a critic knows each of a dish's appliances; otherwise it names any. */
  readonly criticKnows: (dish: number) => number
}

/** The triple's critic half knows every recipe. */
export const TRIPLE_TEACHER: ApplianceTeacher = { world: TRIPLE_WORLD, criticKnows: () => 0.5 }

/**
 * The leak's critic knows recipes unevenly, from 0.15 of the first hard dish to 0.6 of the last:
 * some dishes stay open for long, and its places are tempting.
 */
export const LEAK_TEACHER: ApplianceTeacher = {
  world: LEAK_WORLD,
  criticKnows: (dish) =>
    0.15 + (0.45 * Math.max(0, dish - LEAK_WORLD.easy)) / (LEAK_WORLD.dishes - LEAK_WORLD.easy - 1),
}

/**
 * How often the solver looks first, uses the right appliance, and follows a tip; how often a critic
 * names the true place.
 */
const HABITS = { look: 0.9, hard: 0.05, easy: 0.95, tipped: 0.95, place: 0.9 } as const

/** What a tip names. */
interface Tip {
  readonly place: number
  readonly appliances: readonly number[]
}

/** A game of the training questions. */
function game({ world }: ApplianceTeacher, draws: RandomStream): ApplianceTask {
  for (let i = 0; ; i += 2) {
    const question = {
      dish: draws.integer(i, world.dishes),
      target: draws.integer(i + 1, TARGETS.length),
    }
    if (splitOf(question) === 'train')
      return {
        id: 'warm-start',
        ...question,
        place: draws.child('place').integer(0, PLACES.length),
        dark: draws.child('dark').uniform(0) < 0.25,
      }
  }
}

/**
 * What a critic says: the true place with probability 0.9, otherwise any; each appliance as its
 * knowledge allows.
 */
function advise(
  { world, criticKnows }: ApplianceTeacher,
  { dish, place }: ApplianceTask,
  draws: RandomStream,
): Tip {
  return {
    place: draws.uniform(0) < HABITS.place ? place : draws.integer(1, PLACES.length),
    appliances: world.recipes[dish].map((right, i) =>
      draws.uniform(2 + 2 * i) < criticKnows(dish)
        ? right
        : draws.integer(3 + 2 * i, APPLIANCES.length),
    ),
  }
}

const writeTip = ({ place, appliances }: Tip): string =>
  [PLACES[place], ...appliances.map((each) => APPLIANCES[each])].join(' ')

/** Appliances the solver will use: the tip's if it follows the tip, otherwise what it believes. */
function intend(
  { recipes, misconceptions, easy }: ApplianceWorld,
  { dish }: ApplianceTask,
  tip: Tip | undefined,
  draws: RandomStream,
): number[] {
  return recipes[dish].map((right, i) => {
    if (tip && draws.uniform(2 * i) < HABITS.tipped) return tip.appliances[i]
    return draws.uniform(2 * i + 1) < (dish < easy ? HABITS.easy : HABITS.hard)
      ? right
      : misconceptions[dish][i]
  })
}

/**
 * The solver's next move before it holds the ingredients: the tip's place once, a look once, then
 * the place seen, or any.
 */
function seek(turns: readonly AttemptTurn[], tip: Tip | undefined, draws: RandomStream): string {
  const turn = turns.length
  if (turn === 0 && tip && draws.uniform(3 * turn) < HABITS.tipped) return take(tip.place)
  if (turn === 0 && draws.uniform(3 * turn + 1) < HABITS.look) return LOOK
  const seen = PLACES.indexOf(turns.at(-1)?.observation ?? '')
  return take(seen >= 0 ? seen : draws.integer(3 * turn + 2, PLACES.length))
}

/** A whole game as the solver plays it. */
function play(
  world: ApplianceWorld,
  task: ApplianceTask,
  tip: Tip | undefined,
  draws: RandomStream,
): AttemptTurn[] {
  const intended = intend(world, task, tip, draws.child('intend'))
  const turns: AttemptTurn[] = []
  let state = UNTOUCHED
  for (let done = false; !done;) {
    const next = intended[state.used.length]
    const action = !state.held
      ? seek(turns, tip, draws.child('seek'))
      : next === undefined
        ? put(task.target)
        : use(next)
    const step = stepAppliance(world, task, state, action)
    turns.push({ text: action, action, observation: step.observation })
    state = step.state
    done = step.done
  }
  return turns
}

function solving(
  task: ApplianceTask,
  turns: readonly AttemptTurn[],
  guidance?: string,
): Demonstration {
  return {
    messages: appliancePrompt({ task, guidance }),
    answer: turns[0].text,
    further: turns
      .slice(1)
      .map(({ text }, i) => ({ observation: turns[i].observation ?? OBSERVED.no, answer: text })),
  }
}

/**
 * Makers of demonstrations: the solver alone, the solver with a tip, the critic of a game played
 * alone.
 */
export function applianceDemonstrations(
  teacher: ApplianceTeacher,
): Record<'solo' | 'tipped' | 'critic', (draws: RandomStream) => Demonstration> {
  const { world } = teacher
  return {
    solo: (draws) => {
      const task = game(teacher, draws)
      return solving(task, play(world, task, undefined, draws.child('play')))
    },
    tipped: (draws) => {
      const task = game(teacher, draws)
      const tip = advise(teacher, task, draws.child('advise'))
      return solving(task, play(world, task, tip, draws.child('play')), writeTip(tip))
    },
    critic: (draws) => {
      const task = game(teacher, draws)
      const turns = play(world, task, undefined, draws.child('play'))
      return {
        messages: applianceCriticPrompt(task, { turns }),
        answer: writeTip(advise(teacher, task, draws.child('advise'))),
      }
    },
  }
}
