import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isIcrlError } from '@icrl/core'
import { findModel } from '@icrl/example-gsm8k'
import { plannedRuns } from '@icrl/example-experiments'
import { describe, expect, it } from 'vitest'
import { experimentOf, reproduce } from './reproduce.ts'
import { SCALES } from './scales.ts'
import { STUDIES } from './studies.ts'

const RESULTS = fileURLToPath(new URL('../results/tiny', import.meta.url))
/** Layout aside, which the formatter decides. */
const plain = (text: string): string => text.replaceAll(/[\s-]+/g, '')
const written = Object.keys(STUDIES).filter((study) => existsSync(join(RESULTS, `${study}.md`)))

describe('the committed tables and figures', () => {
  it('are there for the main comparison, the ablation, w̄_t and the cost', () =>
    expect(written).toEqual(expect.arrayContaining(['main', 'ablation', 'dynamics', 'cost'])))

  it.each(written)('%s is what the stored runs give, without a run', async (study) => {
    const out = await mkdtemp(join(tmpdir(), 'icrl-reproduce-'))
    try {
      await reproduce({ study, scale: 'tiny', out, stored: true, plan: false })
      for (const kind of ['md', 'csv', 'json', 'svg']) {
        const [fresh, committed] = await Promise.all(
          [join(out, 'tiny'), RESULTS].map((folder) =>
            readFile(join(folder, `${study}.${kind}`), 'utf8'),
          ),
        )
        expect(plain(fresh), `${study}.${kind}: run icrl reproduce ${study} --stored`).toBe(
          plain(committed),
        )
      }
    } finally {
      await rm(out, { recursive: true, force: true })
    }
  })
})

describe('every scale', () => {
  for (const name of Object.keys(SCALES))
    it.skipIf(name === 'small' && !hasModel())(`${name}: plans its studies`, () => planned(name))
})

async function planned(name: string): Promise<void> {
  const scale = SCALES[name]
  for (const [study, of] of Object.entries(STUDIES)) {
    if (study === 'rounds' && name !== 'tiny') {
      await expect(experimentOf(of, scale)).rejects.toMatchObject({ code: 'invalid-option' })
      continue
    }
    const experiment = await experimentOf(of, scale)
    expect(experiment.arms[0]).toBe(of.arms[0])
    for (const { arm, seed } of plannedRuns(experiment)) {
      expect((await scale.load(arm))!.config.recipe, `${study}, ${arm}, ${seed}`).toBeDefined()
    }
  }
}

/** The scale `small` needs SmolLM2-135M: `icrl download HuggingFaceTB/SmolLM2-135M-Instruct`. */
function hasModel(): boolean {
  try {
    return findModel() !== ''
  } catch (error) {
    if (isIcrlError(error, 'missing-file')) return false
    throw error
  }
}
