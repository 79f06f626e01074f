import type { LossSlopes } from '../../policy.ts'
import type { Check } from '../check.ts'
import { expect, largestDifference, rejection, sameValues } from '../expect.ts'
import { close, drawItems, learn, likelihood, raise, type Setting } from './setting.ts'

export function slopeChecks(setting: Setting): Check[] {
  const { create, learningRate } = setting
  return [
    {
      name: 'slopes are asked for in whole units, once for each item, with its scores',
      run: async () => {
        const policy = await create()
        const items = await drawItems(policy, setting)
        const asked: number[] = []
        const found = await policy.accumulate(items, (indices, scores) => {
          asked.push(...indices)
          expect(
            indices.includes(0) === indices.includes(2),
            `a unit was cut: items ${indices} without the other of its unit`,
          )
          indices.forEach((index, i) =>
            expect(
              scores[i]?.logprobs.length === items[index].response.length,
              `item ${index} came with the scores of another`,
            ),
          )
          return likelihood(items)(indices, scores)
        })
        expect(
          sameValues(asked.sort(), [0, 1, 2]),
          `slopes of the items ${asked} were asked for, of three`,
        )
        const scored = await policy.score(items)
        found.forEach(({ logprobs }, i) =>
          close(policy, logprobs, scored[i].logprobs, setting.tolerance, `result ${i}`),
        )
      },
    },
    {
      name: "each item's slopes go to that item",
      run: async () => {
        const policy = await create()
        const items = await drawItems(policy, setting)
        const before = await policy.score(items)
        await policy.accumulate(items, (indices) =>
          indices.map((index) => {
            const slopes = raise(items[index])
            return index === 1 ? slopes : { logprobs: slopes.logprobs.map(() => 0) }
          }),
        )
        await policy.step({ learningRate })
        const alone = await create()
        await learn(alone, items[1])
        await alone.step({ learningRate })
        const [after, expected] = [await policy.score(items), await alone.score(items)]
        after.forEach(({ logprobs }, i) =>
          expect(
            largestDifference(logprobs, expected[i].logprobs) <=
              0.05 * largestDifference(logprobs, before[i].logprobs) + setting.tolerance,
            `item ${i} moved otherwise than when the trained item is alone`,
          ),
        )
      },
    },
    {
      name: 'slopes that throw, do not fit or are not finite reject, and nothing stays accumulated',
      run: async () => {
        const [policy, fresh] = [await create(), await create()]
        const items = await drawItems(policy, setting)
        const thrown = new Error('no slopes today')
        const lengthOf = (index: number): number => items[index].response.length
        const wrong: Record<string, LossSlopes> = {
          'slopes that throw': () => {
            throw thrown
          },
          'a slope too few': (indices) =>
            indices.map((index) => ({ logprobs: new Float32Array(lengthOf(index) - 1) })),
          'no slopes for an item': (indices) =>
            indices.slice(1).map((index) => raise(items[index])),
          'a slope that is NaN': (indices) =>
            indices.map((index) => ({
              logprobs: new Float32Array(lengthOf(index)).fill(Number.NaN),
            })),
        }
        for (const [what, slopes] of Object.entries(wrong)) {
          await learn(policy, items[0], items[2])
          const error = await rejection(() => policy.accumulate(items, slopes), what)
          if (what === 'slopes that throw')
            expect(
              error === thrown,
              `it rejected with ${String(error)}, not with the slopes' error`,
            )
        }
        for (const one of [policy, fresh]) {
          await learn(one, items[1])
          await one.step({ learningRate })
        }
        const [[a], [b]] = [await policy.score([items[1]]), await fresh.score([items[1]])]
        close(
          policy,
          a.logprobs,
          b.logprobs,
          setting.tolerance,
          'what was accumulated before an error was learned from',
        )
      },
    },
    {
      name: 'slopes by entropy are taken, or refused before the first pass',
      run: async () => {
        const policy = await create()
        const [item] = await drawItems(policy, setting)
        let asked = false
        const slopes: LossSlopes = () => {
          asked = true
          const none = new Float32Array(item.response.length)
          return [{ logprobs: none, entropy: none.map(() => 1) }]
        }
        if (!policy.capabilities.has('entropy-gradient')) {
          await rejection(
            () => policy.accumulate([item], slopes, { entropySlopes: true }),
            'slopes by entropy without the capability',
          )
          expect(!asked, 'they were refused after the pass')
          return
        }
        await rejection(() => policy.accumulate([item], slopes), 'slopes by entropy, unannounced')
        const entropyOf = async (): Promise<number> => {
          const [{ entropy }] = await policy.score([item], { entropy: true })
          return entropy!.reduce((sum, value) => sum + value, 0)
        }
        const before = await entropyOf()
        await policy.accumulate([item], slopes, { entropySlopes: true })
        await policy.step({ learningRate })
        const after = await entropyOf()
        expect(after < before, `the entropy went from ${before} to ${after}, against its slope`)
      },
    },
  ]
}

export function learningChecks(setting: Setting): Check[] {
  const { create, draw, prompt, learningRate } = setting
  return [
    {
      name: 'a step raises the likelihood of what was trained',
      run: async () => {
        const policy = await create()
        const { tokens } = await draw(policy, 9)
        const item = { prompt, response: tokens, temperature: 1 }
        const sum = async (): Promise<number> =>
          (await policy.score([item]))[0].logprobs.reduce((all, value) => all + value, 0)
        const before = await sum()
        const version = policy.version
        await learn(policy, item)
        const { gradientNorm, version: made } = await policy.step({ learningRate })
        expect(
          gradientNorm === undefined || (gradientNorm > 0 && Number.isFinite(gradientNorm)),
          `gradient norm ${gradientNorm}`,
        )
        expect(
          made !== version && made === policy.version,
          `version ${version} became ${made}, the policy says ${policy.version}`,
        )
        const after = await sum()
        expect(after > before, `log-likelihood ${before} became ${after}`)
      },
    },
    {
      name: 'gradients of several calls add up',
      run: async () => {
        const [whole, parts] = [await create(), await create()]
        const items = await drawItems(whole, setting)
        await learn(whole, ...items)
        await learn(parts, items[1])
        await learn(parts, items[0], items[2])
        const before = await whole.score(items)
        await whole.step({ learningRate, clipNorm: 1 })
        await parts.step({ learningRate, clipNorm: 1 })
        const [a, b] = [await whole.score(items), await parts.score(items)]
        a.forEach(({ logprobs }, i) =>
          expect(
            largestDifference(logprobs, b[i].logprobs) <=
              0.05 * largestDifference(logprobs, before[i].logprobs) + setting.tolerance,
            `item ${i}: ${logprobs} at once, ${b[i].logprobs} in parts`,
          ),
        )
      },
    },
  ]
}
