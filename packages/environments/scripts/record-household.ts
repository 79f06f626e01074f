/**
 * Writes a set of generated games with plays of several kinds of player, for another engine to
 * replay:
 *
 *     tsx --conditions=@icrl/source scripts/record-household.ts FIRST_SEED GAMES_PER_TASK OUT.jsonl.gz
 *
 * Domain and grammar are left out: ALFWorld's own belong to the game then.
 */
import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { generateWorld } from '../src/household/generate-world.ts'
import { householdTasks } from '../src/household/household-world.ts'
import { recordGame } from '../src/household/record-household.ts'
import { writeGame } from '../src/household/write-game.ts'

const [firstSeed, perTask, out] = [
  Number(process.argv[2]),
  Number(process.argv[3]),
  process.argv[4],
]
const sizes = ['small', 'medium', 'large'] as const
const lines = householdTasks.flatMap((task) =>
  Array.from({ length: perTask }, (_, i) => {
    const world = generateWorld({ seed: firstSeed + i, task, size: sizes[i % sizes.length] })
    const {
      pddl_domain: _domain,
      grammar: _grammar,
      ...rest
    } = recordGame(writeGame(world), firstSeed)
    return JSON.stringify(rest)
  }),
)
writeFileSync(out, gzipSync(`${lines.join('\n')}\n`, { level: 9 }))
console.log(`${lines.length} games in ${out}`)
