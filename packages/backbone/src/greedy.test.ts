import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { drawKey } from '../test/draw-key.ts'
import { loadLocalPolicy } from './load-local-policy.ts'
import type { LocalPolicy } from './local-policy.ts'
import { selectBackend } from './select-backend.ts'

interface GreedyCase { prompt: string; promptIds: number[]; tokens: number[]; /** places where the two best logits of transformers are within 1e-4 */ ties: number[] }

const cases: GreedyCase[] = JSON.parse(readFileSync(new URL('../test/golden/greedy.json', import.meta.url), 'utf8'))
const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
const folder = process.env.ICRL_TEST_MODEL ?? join(cache, 'icrl-models', 'smollm2')
const isNative = await selectBackend('native-cpu').then(() => true, () => false)

/** 135M parameters are too slow for plain JavaScript. */
describe.skipIf(!existsSync(join(folder, 'model.safetensors')) || !isNative)('SmolLM2-135M-Instruct, greedily, against transformers', () => {
  let policy: LocalPolicy

  beforeAll(async () => {
    await selectBackend('native-cpu')
    policy = await loadLocalPolicy(folder)
  }, 60_000)
  afterAll(() => policy[Symbol.asyncDispose]())

  it('says the same 64 tokens after each of five prompts, up to a tie', { timeout: 120_000 }, async () => {
    const found = await Promise.all(
      cases.map(({ promptIds, tokens }, i) =>
        policy.sample({ prompt: Int32Array.from(promptIds), maxTokens: tokens.length, temperature: 0, stop: [], key: drawKey(i) }),
      ),
    )
    found.forEach(({ tokens }, i) => {
      const parting = cases[i].tokens.findIndex((token, t) => token !== tokens[t])
      if (parting >= 0) expect(cases[i].ties, `${cases[i].prompt} parts at token ${parting}`).toContain(parting)
    })
  })
})
