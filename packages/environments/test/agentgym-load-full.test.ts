/**
 * The large form of the load test, in processes of its own: 100,000 episodes in 8,192 sessions over
 * 32 ports and 256 sockets, 5% of the requests with faults.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const bench = fileURLToPath(new URL('../bench/agentgym-load.ts', import.meta.url))

interface Report {
  readonly finished: number
  readonly failed: number
  readonly stepsPerSecond: number
  /** Resident megabytes. */
  readonly client: number
  readonly server: number
  readonly sockets: number
}

/** Runs the load and gives what it reported every ten seconds. */
async function load(...args: string[]): Promise<{ code: number | null; reports: Report[] }> {
  const child = spawn(
    process.execPath,
    ['--conditions=@icrl/source', '--import', 'tsx', bench, ...args],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' } },
  )
  const exit = new Promise<number | null>((resolve) => child.on('exit', resolve))
  const reports: Report[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    const found =
      /(\d+) episodes, (\d+) failed, (\d+) steps\/s, client (\d+) MB, server (\d+) MB, sockets (\d+)/.exec(
        line,
      )
    if (!found) continue
    const [finished, failed, stepsPerSecond, client, server, sockets] = found.slice(1).map(Number)
    reports.push({ finished, failed, stepsPerSecond, client, server, sockets })
  }
  return { code: await exit, reports }
}

describe.runIf(process.env.ICRL_FULL === '1')('load, in full', () => {
  it(
    'loses no episode of 100,000 and mixes none up, in flat memory',
    async () => {
      const { code, reports } = await load('--episodes', '100000')
      const last = reports.at(-1)!
      expect(last).toMatchObject({ finished: 100_000, failed: 0 })
      expect(code).toBe(0)
      // A socket that a fault has closed may overlap with the one that follows it.
      expect(last.sockets).toBeLessThanOrEqual(256 + 32)
      const settled = reports.find(({ finished }) => finished >= 20_000)!
      expect(last.client - settled.client).toBeLessThan(128)
      expect(last.server - settled.server).toBeLessThan(128)
      console.log(
        `${last.stepsPerSecond} steps/s, client ${last.client} MB, server ${last.server} MB`,
      )
    },
    45 * 60_000,
  )
})
