import { IcrlError } from '@icrl/core'
import { alfredDomain } from './alfred-domain.ts'
import { alfredGrammar } from './alfred-grammar.ts'
import { compileGame } from './compile-game.ts'
import { toHouseholdGame } from './household-game.ts'
import { playGame } from './play-game.ts'
import { decodeRows, type RecordedGame, type Row, type Transcript } from './transcript.ts'

/** A recorded row that this engine answers differently. */
export interface HouseholdDifference {
  /** The game. */
  readonly game: string
  /** What differs. */
  readonly kind: string
  /** Row of the transcript; 0 is the start. */
  readonly row: number
  /** The action after which it does; null: at the start. */
  readonly action: string | null
  /** The fields that differ, joined by commas; `recorded` and `ours` are the first one's values. */
  readonly field: string
  /** What the record has. */
  readonly recorded: unknown
  /** What we answered. */
  readonly ours: unknown
}

/** What a replay of recorded plays found. */
export interface HouseholdCheck {
  /** Games that were played. */
  readonly games: number
  /** Rows that were compared. */
  readonly rows: number
  /** Rows that differ in any field. */
  readonly differences: number
  /** The first ten. */
  readonly first: readonly HouseholdDifference[]
}

const shown = 10

function rowOf(play: ReturnType<typeof playGame>, action: string | null): Row {
  const { observation, raw, won, done } = action === null ? play.turn : play.step(action)
  return { action, observation, raw, admissible: play.admissible(), won, done }
}

function differing(recorded: Row, ours: Row): (keyof Row)[] {
  const fields = ['observation', 'raw', 'admissible', 'won', 'done'] as const
  return fields.filter((field) => JSON.stringify(recorded[field]) !== JSON.stringify(ours[field]))
}

function readLine(line: string, number: number): RecordedGame {
  try {
    const value = JSON.parse(line) as RecordedGame
    if (
      Array.isArray(value.transcripts) &&
      value.transcripts.every((t: Transcript) => Array.isArray(t.rows))
    )
      return value
  } catch (cause) {
    throw new IcrlError(`household set, line ${number}: not JSON.`, {
      code: 'corrupt-file',
      remedy: 'Fix or remove the line.',
      cause,
    })
  }
  throw new IcrlError(`household set, line ${number}: no transcripts.`, {
    code: 'corrupt-file',
    remedy: 'Give games with recorded plays, one JSON object per line.',
  })
}

/**
 * Replays recorded plays of ALFWorld games here and compares every observation, list of admissible
 * commands, `won` and `done`.
 *
 * @param lines one game with its transcripts per line; domain and grammar are optional, default:
 * this project's
 * @throws IcrlError `corrupt-file` naming the line that cannot be read, or the game that cannot be
 * built
 * @example
 * import { readLines } from '@icrl/environments/node'
 *
 * const { rows, differences } = await checkHousehold(readLines('games.jsonl.gz'))
 */
export async function checkHousehold(
  lines: Iterable<string> | AsyncIterable<string>,
): Promise<HouseholdCheck> {
  let games = 0
  let rows = 0
  let differences = 0
  let number = 0
  const first: HouseholdDifference[] = []
  for await (const line of lines) {
    number++
    if (line.trim() === '') continue
    const recorded = readLine(line, number)
    const name = recorded.game ?? `line ${number}`
    const game = compileGame(
      toHouseholdGame(recorded, name, (goal) => ({
        pddl_domain: alfredDomain,
        grammar: alfredGrammar(goal),
      })),
      name,
    )
    games++
    for (const { kind, rows: encoded } of recorded.transcripts) {
      const play = playGame(game)
      decodeRows(encoded).forEach((row, i) => {
        const ours = rowOf(play, row.action)
        const fields = differing(row, ours)
        rows++
        if (fields.length === 0) return
        differences++
        if (first.length < shown)
          first.push({
            game: name,
            kind,
            row: i,
            action: row.action,
            field: fields.join(', '),
            recorded: row[fields[0]],
            ours: ours[fields[0]],
          })
      })
    }
  }
  return { games, rows, differences, first }
}

/**
 * A check's result for a person: rows, differences, the first ten.
 *
 * @example
 * formatHouseholdCheck({ games: 1, rows: 8, differences: 0, first: [] }) // '1 games, 8 rows, 0 differ'
 */
export function formatHouseholdCheck({ games, rows, differences, first }: HouseholdCheck): string {
  const lines = first.map(
    ({ game, kind, row, action, field, recorded, ours }) =>
      `${game} (${kind}), row ${row}, action ${JSON.stringify(action)}: ${field}\n  recorded ${JSON.stringify(recorded)}\n  ours     ${JSON.stringify(ours)}`,
  )
  return [...lines, `${games} games, ${rows} rows, ${differences} differ`].join('\n')
}
