import type { Policy } from '../../policy.ts'
import type { Check } from '../check.ts'
import { expect, sameValues } from '../expect.ts'
import { close, learn, type Setting } from './setting.ts'

export function snapshotChecks({
  create,
  prompt,
  draw,
  learningRate,
  tolerance,
}: Setting): Check[] {
  return [
    {
      name: 'a snapshot stays while the policy learns',
      run: async () => {
        const policy = await create()
        if (!policy.capabilities.has('snapshot')) return
        const before = await draw(policy, 15)
        const snapshot = await policy.snapshot()
        await learn(policy, { prompt, response: before.tokens, temperature: 1 })
        await policy.step({ learningRate })
        const after = await draw(snapshot, 15)
        expect(
          sameValues(before.tokens, after.tokens),
          'the snapshot sampled otherwise after a step',
        )
        close(policy, before.logprobs, after.logprobs, tolerance, 'the snapshot after a step')
        const [kept] = await snapshot.score([{ prompt, response: before.tokens, temperature: 1 }])
        const [moved] = await policy.score([{ prompt, response: before.tokens, temperature: 1 }])
        expect(!sameValues(kept.logprobs, moved.logprobs), 'the policy did not move')
        await snapshot[Symbol.asyncDispose]()
        await snapshot[Symbol.asyncDispose]()
      },
    },
    {
      name: 'a restored snapshot brings back the weights, with a fresh optimizer',
      run: async () => {
        const [policy, fresh] = [await create(), await create()]
        if (!policy.capabilities.has('restore')) return
        const { tokens } = await draw(policy, 17)
        const item = { prompt, response: tokens, temperature: 1 }
        await using snapshot = await policy.snapshot()
        const versions = new Set([policy.version])
        for (let step = 0; step < 2; step++) {
          await learn(policy, item)
          await policy.step({ learningRate })
          versions.add(policy.version)
        }
        await policy.restore!(snapshot)
        for (const one of [policy, fresh]) {
          const [before] = await one.score([item])
          const [kept] = await snapshot.score([item])
          close(
            one,
            before.logprobs,
            kept.logprobs,
            tolerance,
            'the weights are not the snapshot’s',
          )
          await learn(one, item)
          await one.step({ learningRate })
        }
        expect(
          !versions.has(policy.version),
          `version ${policy.version} names other weights than before`,
        )
        const [[a], [b]] = [await policy.score([item]), await fresh.score([item])]
        close(policy, a.logprobs, b.logprobs, tolerance, 'the optimizer remembers earlier steps')
      },
    },
  ]
}

export function saveChecks(
  { create, prompt, draw, learningRate, tolerance }: Setting,
  directory: () => Promise<string>,
): Check[] {
  const stepOn = async (policy: Policy, tokens: Int32Array): Promise<void> => {
    await learn(policy, { prompt, response: tokens, temperature: 1 })
    await policy.step({ learningRate })
  }
  return [
    {
      name: 'weights saved alone come back with a fresh optimizer and a version of their own',
      run: async () => {
        const [policy, fresh] = [await create(), await create()]
        if (!policy.capabilities.has('save')) return
        const { tokens } = await draw(policy, 19)
        const item = { prompt, response: tokens, temperature: 1 }
        const [alone, later] = [await directory(), await directory()]
        await policy.save(alone, { optimizer: false })
        const versions = new Set([policy.version])
        for (let step = 0; step < 2; step++) {
          await stepOn(policy, tokens)
          versions.add(policy.version)
        }
        await policy.save(later)
        await policy.load(alone)
        expect(
          !versions.has(policy.version),
          `version ${policy.version} names other weights than before`,
        )
        versions.add(policy.version)
        const own = policy.version
        const resumed = await create()
        await resumed.load(later)
        await resumed.load(alone)
        expect(
          resumed.version === own,
          `version ${own}, but ${resumed.version} in a process that loaded the same folders`,
        )
        for (const one of [policy, fresh]) await stepOn(one, tokens)
        expect(
          !versions.has(policy.version),
          `version ${policy.version} names other weights than before`,
        )
        const [[a], [b]] = [await policy.score([item]), await fresh.score([item])]
        close(policy, a.logprobs, b.logprobs, tolerance, 'the optimizer remembers earlier steps')
      },
    },
    {
      name: 'a saved policy goes on with the same bits, optimizer included',
      run: async () => {
        const policy = await create()
        if (!policy.capabilities.has('save')) return
        const { tokens } = await draw(policy, 16)
        await stepOn(policy, tokens)
        const folder = await directory()
        await policy.save(folder)
        await stepOn(policy, tokens)
        const restored = await create()
        await restored.load(folder)
        await stepOn(restored, tokens)
        const item = { prompt, response: tokens, temperature: 1 }
        const [[a], [b]] = [await policy.score([item]), await restored.score([item])]
        close(
          policy,
          a.logprobs,
          b.logprobs,
          tolerance,
          'after one more step, and from the saved one',
        )
      },
    },
  ]
}
