import { beforeAll, describe, expect, it } from 'vitest'
import { measureReal, realModel } from '../test/parity/real-model.ts'
import { measureSmall, smallModels } from '../test/parity/small-models.ts'
import { selectBackend } from './select-backend.ts'

describe.each(smallModels.cases)('$name against transformers', ({ name }) => {
  beforeAll(async () => {
    await selectBackend('auto')
  })

  it('has its logits, gradients, greedy answer and weights after training', async () => {
    const { logits, gradients, greedy, trained } = await measureSmall(name)
    expect(logits).toBeLessThan(1e-4)
    expect(gradients).toBeLessThan(1e-3)
    expect(greedy.at).toBeUndefined()
    expect(trained).toBeLessThan(1e-3)
  })
})

/** A minute on one core, and several gigabytes. */
describe.skipIf(realModel === undefined || !process.env.ICRL_FULL)(
  'SmolLM2-135M-Instruct against transformers (where the model is, with ICRL_FULL)',
  () => {
    it('has its logits, gradients, greedy answer and weights after training', async () => {
      await selectBackend('auto')
      const { logits, gradients, greedy, trained } = await measureReal(realModel!)
      expect(logits).toBeLessThan(1e-4)
      expect(gradients).toBeLessThan(1e-3)
      expect(greedy.at).toBeUndefined()
      expect(trained).toBeLessThan(1e-3)
    })
  },
)
