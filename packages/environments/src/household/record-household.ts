import { randomStream } from '@icrl/core'
import { drawsFrom, type Draws } from '../draws.ts'
import { compileGame } from './compile-game.ts'
import type { HouseholdGame } from './household-game.ts'
import { playGame, type HouseholdPlay } from './play-game.ts'
import { solveGame } from './solve-game.ts'
import { encodeRows, type RecordedGame, type Row } from './transcript.ts'

/** What a careless player types; most of it is not accepted. */
function malformed(play: HouseholdPlay, draws: Draws): string {
  const good = draws.pick(play.admissible())
  const [a, b] = [draws.pick(play.game.names), draws.pick(play.game.names)]
  return draws.pick([
    good.toUpperCase(),
    `${good}.`,
    ` ${good}\t`,
    good.replace(' ', '  '),
    good.split(' ')[0],
    '',
    ' ',
    `${good}\n${good}`,
    `go to ${a}`,
    `open ${a}`,
    `close ${a}`,
    `examine ${a}`,
    `take ${a} from ${b}`,
    `take ${a}`,
    `put ${a} in/on ${b}`,
    `put ${a} in ${b}`,
    `move ${a} to ${b}`,
    `heat ${a} with microwave 1`,
    `cool ${a} with fridge 1`,
    `clean ${a} with sinkbasin 1`,
    `slice ${a} with knife 1`,
    `use ${a}`,
    'help',
    'Look',
    'inventory.',
    'look around',
    'go to loc 1',
    'ölmühle ☂',
  ])
}

const kinds: Readonly<Record<string, (play: HouseholdPlay, draws: Draws) => string | undefined>> = {
  expert: (play) => solveGame(play)?.[0],
  random: (play, draws) => draws.pick(play.admissible()),
  lively: (play, draws) => {
    const lively = play
      .admissible()
      .filter((command) => !/^(go|look|inventory|examine)/.test(command))
    return draws.pick(lively.length > 0 && draws.chance(0.7) ? lively : play.admissible())
  },
  mixed: (play, draws) =>
    draws.chance(0.45) ? malformed(play, draws) : draws.pick(play.admissible()),
  noisy: (play, draws) =>
    draws.chance(0.3) ? malformed(play, draws) : (solveGame(play)?.[0] ?? 'look'),
}

/**
 * Records plays of a game by several kinds of player, in the format of a set of games, so that
 * another engine can replay them.
 *
 * @param seed seed of the players' draws
 * @example
 * const line = JSON.stringify(recordGame(writeGame(generateWorld({ seed: 1 })), 1))
 */
export function recordGame(game: HouseholdGame, seed: number): RecordedGame {
  const compiled = compileGame(game, game.game ?? 'game')
  const transcripts = Object.entries(kinds).map(([kind, choose]) => {
    const play = playGame(compiled)
    const draws = drawsFrom(randomStream(seed, 'record', game.game ?? '', kind))
    const rows: Row[] = [{ action: null, admissible: play.admissible(), ...play.turn }]
    while (!play.turn.done) {
      const action = choose(play, draws)
      if (action === undefined) break
      rows.push({ action, ...play.step(action), admissible: play.admissible() })
    }
    return { kind, rows: encodeRows(rows) }
  })
  return { ...game, transcripts }
}
