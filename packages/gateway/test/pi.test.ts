import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { loadLocalPolicy, selectBackend } from '@icrl/backbone'
import { chatRenderer, loadTokenizer } from '@icrl/renderer'
import { runSessions, solveOnce } from '@icrl/rollout'
import { describe, expect, it } from 'vitest'
import { commandAttempt, type LedgerEntry } from '../src/index.ts'

// A coding agent from npm, unchanged, against a real model: what it makes the model say becomes
// samples. It need not succeed at its task. Minutes, so with ICRL_FULL alone.

const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
const pi = join(cache, 'icrl-clients/pi/node_modules/@mariozechner/pi-coding-agent/dist/cli.js')
const model = join(cache, 'icrl-models', 'smollm2')
const missing = [pi, join(model, 'model.safetensors')].filter((path) => !existsSync(path))
const isFull = process.env.ICRL_FULL !== undefined
const why = !isFull ? 'ICRL_FULL is not set' : `there is no ${missing.join(' and no ')}`
const isSkipped = !isFull || missing.length > 0

describe.skipIf(isSkipped)(`pi-coding-agent${isSkipped ? ` (skipped: ${why})` : ''}`, () => {
  it('completes a session whose log-probabilities are those of a fresh scoring, bit for bit', async () => {
    await selectBackend('native-cpu')
    await using policy = await loadLocalPolicy(model)
    const renderer = chatRenderer({ tokenizer: await loadTokenizer(model) })
    const ledgers: (readonly LedgerEntry[])[] = []
    const attempt = commandAttempt({
      command: process.execPath,
      args: () => [
        pi,
        '--print',
        '--no-session',
        '--provider',
        'icrl',
        '--model',
        'icrl',
        '--tools',
        'read,ls',
        'Which files are here?',
      ],
      prepare: async ({ folder, baseURL, apiKey }) => {
        await writeFile(join(folder, 'notes.txt'), 'Buy bread.\n')
        await mkdir(join(folder, '.pi', 'agent'), { recursive: true })
        const models = [{ id: 'icrl', contextWindow: 8192, maxTokens: 64, reasoning: false }]
        const compat = { supportsDeveloperRole: false, supportsReasoningEffort: false }
        const api = 'openai-completions'
        const icrl = { baseUrl: baseURL, api, apiKey, compat, models }
        await writeFile(
          join(folder, '.pi', 'agent', 'models.json'),
          JSON.stringify({ providers: { icrl } }),
        )
      },
      contextTokens: 8192,
      budget: { calls: 4 },
      reward: ({ output, code }) => (output.includes('notes.txt') && code === 0 ? 1 : 0),
      onLedger: (_, ledger) => ledgers.push(ledger),
    })
    const [{ samples, failure }] = await runSessions({
      protocol: solveOnce(attempt),
      tasks: [{ id: 'ls' }],
      sessions: 1,
      samplers: { solver: policy },
      bindings: {
        solver: { renderer, sampling: { maxTokens: 48, temperature: 1 }, policy: 'shared' },
      },
      draw: { seed: 0, domain: 'train', step: 0 },
    })
    expect(failure).toBeUndefined()
    expect(ledgers[0][0].kind).toBe('trained')
    expect(samples.length).toBeGreaterThan(0)
    for (const { sampledUnder: prompt, response, mask, behaviorLogprobs, temperature } of samples) {
      const [fresh] = await policy.score([{ prompt, response, mask, temperature }])
      expect(fresh.logprobs).toEqual(behaviorLogprobs)
    }
  }, 1_200_000)
})
