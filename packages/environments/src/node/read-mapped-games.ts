import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { IcrlError } from '@icrl/core'
import { readHouseholdGameFile, type NamedGame } from './read-household-games.ts'
import { readJson } from './read-json.ts'

/**
 * ALFWorld's games in the order of AgentGym's game numbers: a mapping file lists
 * `{item_id, task_type, task_id}`, and the game lies at `folder/task_type/task_id/game.tw-pddl`.
 * AgentGym's training games lie in `json_2.1.1/train`, its test games in `json_2.1.1/valid_train`.
 *
 * @throws IcrlError `missing-file`, `corrupt-file` naming the entry. A game's own file is read only
 * when it is played.
 * @example
 * const train = readMappedGames(
 *   `${process.env.ALFWORLD_DATA}/json_2.1.1/train`,
 *   'mappings_train.json',
 * )
 */
export function readMappedGames(folder: string, mapping: string): NamedGame[] {
  if (!existsSync(folder))
    throw new IcrlError(`${folder}: no such folder.`, {
      code: 'missing-file',
      remedy: 'Give a split of ALFWorld’s data.',
    })
  const rows = readJson(mapping)
  if (!Array.isArray(rows))
    throw new IcrlError(`${mapping}: not a list.`, {
      code: 'corrupt-file',
      remedy: 'Give AgentGym’s mapping of ALFWorld games.',
    })
  const entries = rows.map(
    (row: { item_id?: unknown; task_type?: unknown; task_id?: unknown } | null, i) => {
      if (
        typeof row?.item_id !== 'number' ||
        typeof row.task_type !== 'string' ||
        typeof row.task_id !== 'string'
      ) {
        throw new IcrlError(`${mapping}, entry ${i}: no item_id, task_type or task_id.`, {
          code: 'corrupt-file',
          remedy: 'Give AgentGym’s mapping of ALFWorld games.',
        })
      }
      return { item: row.item_id, name: `${row.task_type}/${row.task_id}` }
    },
  )
  return entries
    .sort((a, b) => a.item - b.item)
    .map(({ name }) => ({
      name,
      load: () => readHouseholdGameFile(join(folder, name, 'game.tw-pddl')),
    }))
}
