/**
 * Household steps a second in one process: random admissible commands in generated worlds, the
 * admissible list asked for at every step.
 */
import { randomStream } from '@icrl/core'
import { compileGame } from '../src/household/compile-game.ts'
import { generateWorld } from '../src/household/generate-world.ts'
import { playGame } from '../src/household/play-game.ts'
import { writeGame } from '../src/household/write-game.ts'

const wanted = Number(process.argv[2] ?? 200_000)
const sizes = ['small', 'medium', 'large'] as const
for (const size of sizes) {
  const games = Array.from({ length: 24 }, (_, seed) =>
    compileGame(writeGame(generateWorld({ seed, size })), `${size}-${seed}`),
  )
  const stream = randomStream(0, 'bench', size)
  let steps = 0
  let episodes = 0
  const start = performance.now()
  const before = process.cpuUsage()
  while (steps < wanted / sizes.length) {
    const play = playGame(games[episodes++ % games.length])
    while (!play.turn.done) {
      const commands = play.admissible()
      play.step(commands[stream.integer(steps++, commands.length)])
    }
  }
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(before)
  console.log(
    `${size.padEnd(6)}  ${steps} steps, ${episodes} episodes, ${Math.round(steps / seconds)} steps/s, ${Math.round(steps / ((user + system) / 1e6))} a second of processor time`,
  )
}
