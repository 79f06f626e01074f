import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, describe, expect, it } from 'vitest'
import { agentgymEnvironment } from '../src/client/agentgym-environment.ts'
import { faultyServer, type FaultyServer } from './faulty-server.ts'
import { nonceApp, nonceDialect, playNonce } from './nonce-app.ts'

const episodes = 1600
/** Episodes after which everything that is made once has been made. */
const warmUp = 900
const sessions = 512
const ports = 8

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Bytes of JavaScript objects in use: garbage, which depends on the moment, does not count. */
function reachableBytes(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

// The large form, 100,000 episodes in 8,192 sessions over 32 ports: bench/agentgym-load.ts.
describe('load', async () => {
  const app = nonceApp(3)
  const servers: FaultyServer[] = await Promise.all(
    Array.from({ length: ports }, (_, seed) =>
      faultyServer(() => app, { rate: 0.05, seed, delayMs: 5 }),
    ),
  )
  afterAll(() => Promise.all(servers.map((server) => server.close())))

  it('loses no episode of 1,600 and mixes none up, with 5% faults, over 64 sockets, in flat memory', async () => {
    const environment = agentgymEnvironment(nonceDialect, {
      servers: servers.map(({ url }) => url),
      connections: 8,
      retryDelayMs: 2,
      retries: 10,
    })
    let next = 0
    let rewarded = 0
    const playUpTo = (last: number): Promise<unknown> =>
      Promise.all(
        Array.from({ length: sessions }, async () => {
          while (next < last) {
            const item = next++
            const episode = await environment.open()
            const reward = await playNonce(episode, item)
            rewarded += reward
            await episode.close()
          }
        }),
      )
    await playUpTo(warmUp)
    const before = reachableBytes()
    await playUpTo(episodes)
    const kept = (reachableBytes() - before) / (episodes - warmUp)
    expect(rewarded).toBe(episodes)
    // An episode's history alone is more. What a lost answer to /create leaves on the server, and
    // what the compiler keeps, is less.
    expect(kept).toBeLessThan(500)
    expect(
      servers.flatMap(({ counts }) => [...counts.values()]).reduce((a, b) => a + b),
    ).toBeGreaterThan(120)
    for (const server of servers) expect(server.mostSockets()).toBeLessThanOrEqual(9)
  }, 120_000)
})
