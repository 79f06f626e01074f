import type { HouseholdGame } from './household-game.ts'

/**
 * One row of a recorded play. `admissible` is complete in the first row, then given as the
 * difference from the row before. Default of the flags: false.
 */
export interface EncodedRow {
  /** Null for the start. */
  readonly action: string | null
  /** What the game said. */
  readonly observation: string
  /** The engine's own text, if it differs. */
  readonly raw?: string
  /** All actions that could be taken. */
  readonly admissible?: readonly string[]
  /** Actions that came to those of the row before. */
  readonly 'admissible+'?: readonly string[]
  /** Actions that went from them. */
  readonly 'admissible-'?: readonly string[]
  /** Whether the goal held; left out: as in the row before. */
  readonly won?: boolean
  /** Whether the game had ended; left out: as in the row before. */
  readonly done?: boolean
}

/** One step of a play; the first has no action. */
export interface Row {
  /** What was done; null: nothing yet. */
  readonly action: string | null
  /** What the agent read. */
  readonly observation: string
  /** What the game said. */
  readonly raw: string
  /** All actions that could be taken. */
  readonly admissible: readonly string[]
  /** Whether the goal held. */
  readonly won: boolean
  /** Whether the game had ended. */
  readonly done: boolean
}

/** One play of a game. */
export interface Transcript {
  /** How the actions were chosen. */
  readonly kind: string
  /** What happened, in order. */
  readonly rows: readonly EncodedRow[]
}

/** One line of a set of games with recorded plays. */
export interface RecordedGame extends Partial<HouseholdGame> {
  /** How it was played. */
  readonly transcripts: readonly Transcript[]
}

/**
 * Encodes rows in the short form of a set's file.
 *
 * @example
 * declare const rows: Row[]
 * decodeRows(encodeRows(rows)) // the same rows
 */
export function encodeRows(rows: readonly Row[]): EncodedRow[] {
  return rows.map(({ action, observation, raw, admissible, won, done }, i) => {
    const before = new Set(rows[i - 1]?.admissible)
    const now = new Set(admissible)
    const plus = admissible.filter((command) => !before.has(command))
    const minus = [...before].filter((command) => !now.has(command))
    return {
      action,
      observation,
      ...(raw === observation ? {} : { raw }),
      ...(i === 0
        ? { admissible }
        : {
            ...(plus.length > 0 ? { 'admissible+': plus } : {}),
            ...(minus.length > 0 ? { 'admissible-': minus } : {}),
          }),
      ...(won ? { won } : {}),
      ...(done ? { done } : {}),
    }
  })
}

/**
 * Restores the rows that `encodeRows` encoded.
 *
 * @example
 * declare const encoded: EncodedRow[]
 * const rows = decodeRows(encoded)
 */
export function decodeRows(rows: readonly EncodedRow[]): Row[] {
  let admissible: readonly string[] = []
  return rows.map((row) => {
    const without = new Set(row['admissible-'])
    admissible =
      row.admissible ??
      [...new Set([...admissible, ...(row['admissible+'] ?? [])])]
        .filter((command) => !without.has(command))
        .sort()
    return {
      action: row.action,
      observation: row.observation,
      raw: row.raw ?? row.observation,
      admissible,
      won: row.won ?? false,
      done: row.done ?? false,
    }
  })
}
