import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { suggestedSampling } from './suggested-sampling.ts'

const folder = mkdtempSync(join(tmpdir(), 'icrl-suggested-'))
afterAll(() => rmSync(folder, { recursive: true }))

const roles = {
  solver: { sampling: { maxTokens: 8, temperature: 1, topP: 0.9 } },
  critic: { sampling: { maxTokens: 8, temperature: 0 } },
}
const suggested = (config: object): Promise<string | undefined> => {
  writeFileSync(join(folder, 'generation_config.json'), JSON.stringify(config))
  return suggestedSampling(folder, roles)
}

describe('what a model suggests for sampling', () => {
  it('is said beside what the run does', async () => {
    const qwen3 = { do_sample: true, temperature: 0.6, top_k: 20, top_p: 0.95, eos_token_id: [1] }
    expect(await suggested(qwen3)).toBe(
      'the model suggests temperature 0.6, top_p 0.95, top_k 20; sampled is as the roles say (solver: temperature 1, top-p 0.9; critic: temperature 0)',
    )
  })

  it('is nothing where it says nothing, or is not there', async () => {
    expect(await suggested({ eos_token_id: 2 })).toBeUndefined()
    expect(await suggestedSampling(join(folder, 'none'), roles)).toBeUndefined()
  })
})
