import type { Environment } from '@icrl/core'
import { localEnvironment, unknownTask, type LocalPlay } from '../local-environment.ts'
import { compileGame, type CompiledGame } from './compile-game.ts'
import { generatedGames, type HouseholdGames } from './household-games.ts'
import { playGame, type HouseholdPlay } from './play-game.ts'

/** Options of {@link household}. */
export interface HouseholdOptions {
  /**
   * The games that can be played.
   *
   * @defaultValue 2,420 training and 200 test games drawn from seed 0
   */
  readonly games?: HouseholdGames
  /** Commands after which a game ends. @defaultValue 50, as in ALFWorld and AgentGym */
  readonly maxSteps?: number
  /**
   * Whether to add the list of accepted commands to the first observation and after "Nothing
   * happens.", as ICRL's client of AgentGym's server does.
   *
   * @defaultValue false: the engine's text alone
   */
  readonly listActions?: boolean
}

/** How to act, for the solver. */
export const householdInstructions = `You live in a house and do a task in it by short text commands. What they look like:
go to [place], open [place], close [place], take [thing] from [place], put [thing] in/on [place],
clean [thing] with [sinkbasin], heat [thing] with [microwave], cool [thing] with [fridge], use [lamp], slice [thing] with [knife],
examine [place or thing in hand], inventory, look.
Places and things are called by name and number, such as "cabinet 3". You carry one thing at a time. A command that is not possible is answered
with "Nothing happens.". Think first, then give one command between <action> and </action>.`

const kept = 64

/** Keeps the 64 games used last compiled: the sessions of a group play the same one. */
function compileOnce(games: HouseholdGames): (id: string) => CompiledGame {
  const recent = new Map<string, CompiledGame>()
  return (id) => {
    let compiled = recent.get(id)
    if (!compiled) {
      const game = games.game(id)
      if (!game) throw unknownTask('household', id)
      compiled = compileGame(game, id)
    }
    recent.delete(id)
    recent.set(id, compiled)
    if (recent.size > kept) recent.delete(recent.keys().next().value!)
    return compiled
  }
}

function localPlay(play: HouseholdPlay, listActions: boolean): LocalPlay {
  const withActions = (text: string): string =>
    listActions ? `${text}\nAVAILABLE ACTIONS: ${play.admissible().join(',')}` : text
  const intro = play.turn.observation
  const task = intro.slice(intro.lastIndexOf('Your task is to: '))
  return {
    start: { task, observation: withActions(intro) },
    step: (action) => {
      const { observation, won, done } = play.step(action)
      return {
        observation: observation.includes('Nothing happens')
          ? withActions(observation)
          : observation,
        reward: won ? 1 : 0,
        done,
      }
    },
    snapshot: () => play.snapshot(),
    restore: (state) => play.restore(String(state)),
  }
}

/**
 * ALFWorld's text game: six task types in kitchens, living rooms, bedrooms and bathrooms (Shridhar
 * et al. 2021, arXiv 2010.03768), with the rules, texts and names of its engine. The reward is 1
 * when the task is done.
 *
 * @example
 * const environment = household({ games: generatedGames({ size: 'small' }) })
 * const episode = await environment.open()
 * const { task, observation } = await episode.reset('train-0')
 */
export function household(options: HouseholdOptions = {}): Environment {
  const { games = generatedGames(), maxSteps = 50, listActions = false } = options
  const compiled = compileOnce(games)
  return localEnvironment({
    name: 'household',
    instructions: householdInstructions,
    maxTurns: maxSteps,
    tasks: games,
    play: (taskId) => localPlay(playGame(compiled(taskId), { maxSteps }), listActions),
  })
}
