import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { sharedData } from '../../test/shared-data.ts'
import { readLines } from '../node/read-lines.ts'
import { checkHousehold, formatHouseholdCheck } from './check-household.ts'
import { generateWorld } from './generate-world.ts'
import { recordGame } from './record-household.ts'
import { encodeRows, decodeRows } from './transcript.ts'
import { writeGame } from './write-game.ts'

const fixture = fileURLToPath(new URL('../../test/fixtures/household.jsonl.gz', import.meta.url))
const oracle = sharedData('envs/alfworld_oracle/games.jsonl.gz')

describe('checkHousehold', () => {
  // These plays were replayed in alfworld 0.3.5 / textworld 1.7.0 with its own domain and grammar:
  // no row differed.
  it('agrees with the engine on plays of our own worlds', async () => {
    const result = await checkHousehold(readLines(fixture))
    expect(result.differences, formatHouseholdCheck(result)).toBe(0)
    expect([result.games, result.rows]).toEqual([12, 1973])
  })

  it.skipIf(!oracle)('agrees with the engine on every recorded game', async () => {
    const result = await checkHousehold(readLines(oracle!))
    expect(result.differences, formatHouseholdCheck(result)).toBe(0)
    expect([result.games, result.rows]).toEqual([60, 13_262])
  })

  it('shows the first ten differences', async () => {
    const recorded = recordGame(writeGame(generateWorld({ seed: 2, size: 'small' })), 0)
    const [first, ...rest] = recorded.transcripts
    const wrong = {
      ...recorded,
      transcripts: [
        {
          ...first,
          rows: first.rows.map((row) => ({ ...row, observation: `${row.observation}!` })),
        },
        ...rest,
      ],
    }
    const result = await checkHousehold([JSON.stringify(wrong), '', JSON.stringify(wrong)])
    expect(result.differences).toBe(2 * first.rows.length)
    expect(result.first.length).toBe(Math.min(10, 2 * first.rows.length))
    expect(result.first[0]).toMatchObject({
      kind: 'expert',
      row: 0,
      action: null,
      field: 'observation',
    })
    expect(formatHouseholdCheck(result).split('\n').at(-1)).toBe(
      `2 games, ${result.rows} rows, ${result.differences} differ`,
    )
  })

  it.each([
    ['not JSON', '{', 'line 1: not JSON'],
    ['no transcripts', '{}', 'line 1: no transcripts'],
    ['no problem', '{"game": "g", "transcripts": []}', 'g: no text "pddl_domain"'],
  ])('names the line: %s', async (_, line, message) => {
    await expect(checkHousehold([line])).rejects.toThrow(message)
  })
})

describe('encodeRows', () => {
  it('is undone by decodeRows', () => {
    const rows = recordGame(
      writeGame(generateWorld({ seed: 4, size: 'small' })),
      1,
    ).transcripts.map((transcript) => decodeRows(transcript.rows))
    for (const whole of rows) expect(decodeRows(encodeRows(whole))).toEqual(whole)
  })
})
