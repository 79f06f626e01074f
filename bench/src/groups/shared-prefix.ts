import { figuresOf, type Group } from '../bench.ts'
import { secondsOf } from '../clock.ts'
import { interleave } from '../interleave.ts'
import { forwardFlops, openModel } from '../models.ts'
import { trainItems, trainStep } from '../workload.ts'

const GROUP = 8
const WORKLOAD = { batch: 2 * GROUP, prompt: 256, fresh: 64 }
const MOST = 0.45

/**
 * An update on groups of eight responses of 64 tokens to prompts of 256: each group's prompt
 * computed once, against once a response.
 */
export const sharedPrefix: Group = {
  name: 'shared-prefix',
  seconds: 60,
  run: async (bench) => {
    await using opened = await openModel('b', { packTokens: 8192 })
    const { policy, config } = opened
    const shared = trainItems(policy, { ...WORKLOAD, group: GROUP })
    const unshared = trainItems(policy, { ...WORKLOAD, group: 1 })
    const sides = {
      ours: () => secondsOf(() => trainStep(policy, shared)),
      theirs: () => secondsOf(() => trainStep(policy, unshared)),
    }
    const figures = figuresOf(
      await interleave(sides, { rounds: bench.quick ? 1 : 9, seconds: bench.left() / 2, pause: 0 }),
      (seconds) => seconds * 1000,
    )
    const { batch, prompt, fresh } = WORKLOAD
    const { layers, heads, headDim, vocabularySize, hiddenSize } = config
    const head = 2 * vocabularySize * hiddenSize
    const promptFlops = (batch / GROUP) * prompt * (forwardFlops(config, prompt) - head)
    const responseFlops =
      batch * fresh * (forwardFlops(config, fresh) + layers * 4 * heads * headDim * prompt)
    bench.report({
      name: `update with shared prefixes (b), ${batch / GROUP} groups of ${GROUP}, ${prompt} + ${fresh} tokens`,
      peer: 'the same shapes without a shared prompt',
      unit: 'ms',
      better: 'lower',
      targets: [{ ratio: MOST }],
      ...figures,
      ...(figures.ours === undefined
        ? {}
        : {
            work: {
              limit: 'multiply-adds',
              perSecond: (3 * (promptFlops + responseFlops)) / (figures.ours / 1000),
            },
          }),
    })
  },
}
