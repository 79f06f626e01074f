import type { Task } from '@icrl/core'
import { agentgymEnvironment, textcraftDialect, type Transport } from '@icrl/environments/client'
import { serve, textcraftApp, type RunningServer } from '@icrl/environments/server'
import { icrl } from '@icrl/recipes'
import { multiTurn } from '@icrl/rollout'
import { train } from '@icrl/trainer'
import { buildRun, defineRun } from 'icrl'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { craftingCriticPrompt, craftingPrompt, parseCraftingTips } from './crafting-prompts.ts'
import { kitTasks, TREE } from './crafting-world.ts'

let server: RunningServer
beforeAll(async () => {
  server = await serve(textcraftApp({ tree: TREE }))
})
afterAll(() => server.close())

const [lost, ...kept] = kitTasks('train').slice(0, 4)

const lostSessions = new Set<number>()

/**
 * Carries requests to the server, but answers every step of one game in HTML, as a broken proxy
 * does.
 */
const transport: Transport = async (url, { method, body, signal }) => {
  const { id, data_idx: item } = JSON.parse(body ?? '{}') as { id?: number; data_idx?: number }
  if (id !== undefined && item !== undefined && String(item) === lost.id) lostSessions.add(id)
  if (id !== undefined && url.endsWith('/step') && lostSessions.has(id))
    return { status: 200, contentType: 'text/html', text: '<html>Bad gateway</html>' }
  const reply = await fetch(url, {
    method,
    body,
    signal,
    headers: { 'content-type': 'application/json' },
  })
  return {
    status: reply.status,
    contentType: reply.headers.get('content-type') ?? '',
    text: await reply.text(),
  }
}

it(
  'trains over the wire; a game whose server fails, and one nobody knows, are counted as failed and nothing more',
  { timeout: 120_000 },
  async () => {
    const remote = agentgymEnvironment(textcraftDialect, {
      servers: server.urls,
      transport,
      retries: 1,
      retryDelayMs: 1,
      maxTurns: 8,
    })
    const environment = { ...remote, parseAction: (text: string) => text.trim() || undefined }
    const tasks: Task[] = [lost, ...kept, { id: 'no-number' }]
    const config = defineRun({
      model: '../model',
      recipe: icrl({
        attempt: multiTurn({ environment, prompt: craftingPrompt, environmentRetries: 0 }),
        criticPrompt: craftingCriticPrompt,
        parseCritique: parseCraftingTips,
        tasksPerStep: tasks.length,
        sessionsPerTask: 2,
      }),
      roles: {
        solver: { sampling: { maxTokens: 20, temperature: 1 } },
        critic: { sampling: { maxTokens: 16, temperature: 1 } },
      },
      tasks: () => tasks,
      stop: { steps: 1 },
      optimizer: { learningRate: 3e-4 },
    })
    await using run = await buildRun(
      { config, file: `${import.meta.dirname}/remote.config.ts`, sha256: '' },
      '.',
    )
    const reasons = new Map<string, string | undefined>()
    const {
      metrics: [line],
    } = await train({
      ...run.options,
      onSession: ({ result }) => reasons.set(result.task, result.failure?.reason),
    })
    expect(reasons.get(lost.id)).toMatch(/action 1 failed/)
    expect(reasons.get('no-number')).toMatch(/no task "no-number"/)
    for (const { id } of kept) expect(reasons.get(id)).toBeUndefined()
    expect(line['ledger/failed']).toBeGreaterThanOrEqual(2)
    expect(line['ledger/generated']).toBeGreaterThan(line['ledger/failed'])
    expect(line['ledger/generated']).toBe(
      ['failed', 'filtered', 'truncated', 'zero_advantage', 'trained'].reduce(
        (sum, part) => sum + line[`ledger/${part}`],
        0,
      ),
    )
    expect(line['policy/mismatch_max']).toBe(0)
  },
)
