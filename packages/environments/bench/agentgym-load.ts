/**
 * Load on the AgentGym wire: one server process with many ports, one client process with many
 * sessions.
 *
 *     tsx --conditions=@icrl/source bench/agentgym-load.ts [--app nonce|household] [--episodes N] [--sessions N] [--ports N] [--faults SHARE]
 *
 * With the nonce app every observation names its episode and all actions so far: a lost, repeated
 * or mixed-up action stops the run.
 */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { agentgymEnvironment } from '../src/client/agentgym-environment.ts'
import { alfworldDialect } from '../src/client/dialects/alfworld.ts'
import { generatedGames } from '../src/household/household-games.ts'
import { alfworldApp } from '../src/server/alfworld-app.ts'
import { faultyServer } from '../test/faulty-server.ts'
import { nonceApp, nonceDialect, nonceSteps, playNonce } from '../test/nonce-app.ts'

const { values } = parseArgs({
  options: {
    app: { type: 'string', default: 'nonce' },
    episodes: { type: 'string', default: '100000' },
    sessions: { type: 'string', default: '8192' },
    ports: { type: 'string', default: '32' },
    faults: { type: 'string', default: '0.05' },
    serve: { type: 'boolean', default: false },
  },
})
const [episodes, sessions, ports, rate] = [
  values.episodes,
  values.sessions,
  values.ports,
  values.faults,
].map(Number)

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

async function serveAll(): Promise<void> {
  const app =
    values.app === 'household'
      ? alfworldApp({ games: generatedGames({ size: 'small', train: 64, test: 0 }) })
      : nonceApp()
  // All ports lead to one app, each with faults of its own.
  const servers = await Promise.all(
    Array.from({ length: ports }, (_, seed) => faultyServer(() => app, { rate, seed })),
  )
  const report = (): void => {
    const sockets = servers.map((server) => server.mostSockets()).reduce((a, b) => a + b, 0)
    process.send?.({ rss: process.memoryUsage().rss, sockets, cpu: cpuSeconds() })
  }
  process.on('message', report)
  process.send?.({ urls: servers.map(({ url }) => url) })
}

async function load(): Promise<void> {
  const child = fork(fileURLToPath(import.meta.url), [...process.argv.slice(2), '--serve'], {
    execArgv: process.execArgv,
  })
  const message = (): Promise<Record<string, unknown>> =>
    new Promise((resolve) =>
      child.once('message', (value) => resolve(value as Record<string, unknown>)),
    )
  const servers = (await message()).urls as string[]
  const dialect = values.app === 'household' ? alfworldDialect : nonceDialect
  const environment = agentgymEnvironment(dialect, {
    servers,
    connections: Math.floor(256 / ports),
    retryDelayMs: 20,
    retries: 10,
  })
  let next = 0
  let finished = 0
  let failed = 0
  let steps = 0
  const started = performance.now()
  const report = async (): Promise<void> => {
    child.send('report')
    const { rss, sockets, cpu } = await message()
    const seconds = (performance.now() - started) / 1000
    const megabytes = (bytes: number): number => Math.round(bytes / 1e6)
    console.log(
      `${seconds.toFixed(0).padStart(4)} s  ${finished} episodes, ${failed} failed, ${Math.round(steps / seconds)} steps/s, client ${megabytes(process.memoryUsage().rss)} MB, server ${megabytes(rss as number)} MB, sockets ${sockets}, processor ${cpuSeconds().toFixed(0)} + ${Number(cpu).toFixed(0)} s`,
    )
  }
  const player = async (): Promise<void> => {
    while (next < episodes) {
      const item = next++
      const episode = await environment.open()
      try {
        if (values.app === 'household') {
          await episode.reset(String(item % 64))
          for (let turn = 0; turn < 10; turn++, steps++)
            if ((await episode.step(turn % 3 === 0 ? 'look' : `go to cabinet ${turn % 4}`)).done)
              break
        } else {
          if ((await playNonce(episode, item)) !== 1) throw new Error(`task ${item}: not rewarded`)
          steps += nonceSteps
        }
      } catch (error) {
        failed++
        if (failed <= 5) console.error(error instanceof Error ? error.message : error)
      }
      await episode.close()
      finished++
    }
  }
  const timer = setInterval(() => void report(), 10_000)
  await Promise.all(Array.from({ length: sessions }, player))
  clearInterval(timer)
  await report()
  child.kill()
  process.exitCode = failed > 0 ? 1 : 0
}

await (values.serve ? serveAll() : load())
