import { afterAll, describe, expect, it } from 'vitest'
import { agentgymEnvironment } from '../src/client/agentgym-environment.ts'
import { faultyServer, type FaultyServer } from './faulty-server.ts'
import { nonceApp, nonceDialect, playNonce } from './nonce-app.ts'

const episodes = 2000
const sessions = 512
const ports = 8

// The large form, 100,000 episodes in 8,192 sessions over 32 ports: bench/agentgym-load.ts.
describe('load', async () => {
  const app = nonceApp(3)
  const servers: FaultyServer[] = await Promise.all(
    Array.from({ length: ports }, (_, seed) =>
      faultyServer(() => app, { rate: 0.05, seed, delayMs: 5 }),
    ),
  )
  afterAll(() => Promise.all(servers.map((server) => server.close())))

  it('loses no episode of 2,000 and mixes none up, with 5% faults, over 64 sockets, in flat memory', async () => {
    const environment = agentgymEnvironment(nonceDialect, {
      servers: servers.map(({ url }) => url),
      connections: 8,
      retryDelayMs: 2,
      retries: 10,
    })
    const heap: number[] = []
    let next = 0
    let rewarded = 0
    await Promise.all(
      Array.from({ length: sessions }, async () => {
        while (next < episodes) {
          const item = next++
          if (item % 500 === 499) heap.push(process.memoryUsage().heapUsed)
          const episode = await environment.open()
          const reward = await playNonce(episode, item)
          rewarded += reward
          await episode.close()
        }
      }),
    )
    expect(rewarded).toBe(episodes)
    expect(
      servers.flatMap(({ counts }) => [...counts.values()]).reduce((a, b) => a + b),
    ).toBeGreaterThan(200)
    for (const server of servers) expect(server.mostSockets()).toBeLessThanOrEqual(9)
    expect(heap[heap.length - 1] - heap[0]).toBeLessThan(64e6)
  }, 30_000)
})
