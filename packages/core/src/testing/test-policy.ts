import type {
  Generation,
  LossSlopes,
  PassItem,
  Policy,
  SampleRequest,
  Sampler,
  TokenSlopes,
} from '../policy.ts'
import { randomStream } from '../random.ts'
import type { Check } from './check.ts'
import { expect, largestDifference, rejection, sameValues } from './expect.ts'

/** Options of {@link testPolicy}. */
export interface TestPolicyOptions {
  /** Ids 0 … vocabularySize − 1 may be sampled. */
  readonly vocabularySize: number
  /** A prompt the policy accepts; default: ids 1, 2, 3. */
  readonly prompt?: Int32Array
  /** Makes an empty folder for `save`; without it that check is left out. */
  readonly directory?: () => Promise<string>
  /** Allowed |Δ log-probability| of a policy that is not `exact`; default: 1e-3. */
  readonly tolerance?: number
  /** Learning rate at which one step must raise a response's likelihood; default: 1e-2. */
  readonly learningRate?: number
}

/** Raises the likelihood of what is trained: loss −Σ logp. */
const likelihood =
  (items: readonly PassItem[]): LossSlopes =>
  (indices) =>
    indices.map((index) => raise(items[index]))

function raise({ response }: PassItem): TokenSlopes {
  return { logprobs: new Float32Array(response.length).fill(-1) }
}

async function learn(policy: Policy, ...items: PassItem[]): Promise<void> {
  await policy.accumulate(items, likelihood(items))
}

function close(
  policy: Policy,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  if (policy.capabilities.has('exact'))
    expect(
      sameValues(a, b),
      `${what}: not the same bits (${Array.from(a).slice(0, 4)} against ${Array.from(b).slice(0, 4)})`,
    )
  else
    expect(
      a.length === b.length && largestDifference(a, b) <= tolerance,
      `${what}: differ by ${largestDifference(a, b)}`,
    )
}

/** What the checks share. */
interface Setting extends Required<
  Pick<TestPolicyOptions, 'prompt' | 'tolerance' | 'learningRate' | 'vocabularySize'>
> {
  readonly create: () => Promise<Policy>
  readonly request: (session: number, more?: Partial<SampleRequest>) => SampleRequest
  readonly draw: (sampler: Sampler, session: number) => Promise<Generation>
}

/**
 * What every `Policy` must satisfy: generations that depend on their draws alone, stop ids and
 * limits, sampled = scored = training log-probabilities (the same bits if `exact`), figures by
 * capability; slopes asked for in whole units, once for each item, and put where they belong;
 * gradients that add up, a step that learns, a refused gradient that changes nothing; snapshots that
 * stay as they are and can be gone back to, saving and loading.
 *
 * @param create makes a new policy, with the same weights each time
 * @example
 * import type { Policy } from '@icrl/core'
 * import { it } from 'vitest'
 *
 * declare function loadTiny(): Promise<Policy> // yours
 * for (const { name, run } of testPolicy(() => loadTiny(), { vocabularySize: 64 })) it(name, run)
 */
export function testPolicy(create: () => Promise<Policy>, options: TestPolicyOptions): Check[] {
  const prompt = options.prompt ?? Int32Array.of(1, 2, 3)
  const request = (session: number, more: Partial<SampleRequest> = {}): SampleRequest => ({
    prompt,
    maxTokens: 6,
    temperature: 1,
    stop: [],
    draws: randomStream(7, 'conformance', session),
    ...more,
  })
  const setting: Setting = {
    create,
    prompt,
    request,
    draw: (sampler, session) => sampler.sample(request(session)),
    tolerance: options.tolerance ?? 1e-3,
    learningRate: options.learningRate ?? 1e-2,
    vocabularySize: options.vocabularySize,
  }
  return [
    ...samplingChecks(setting),
    ...scoringChecks(setting),
    ...slopeChecks(setting),
    ...learningChecks(setting),
    ...snapshotChecks(setting),
    ...(options.directory ? saveChecks(setting, options.directory) : []),
  ]
}

function samplingChecks({ create, request, draw, vocabularySize, tolerance }: Setting): Check[] {
  return [
    {
      name: 'a generation depends on its draws, not on its company',
      run: async () => {
        const alone = await draw(await create(), 0)
        const policy = await create()
        const crowd = await Promise.all([3, 0, 2, 1].map((session) => draw(policy, session)))
        expect(
          sameValues(alone.tokens, crowd[1].tokens),
          `tokens ${alone.tokens} alone, ${crowd[1].tokens} in a batch`,
        )
        close(
          policy,
          alone.logprobs,
          crowd[1].logprobs,
          tolerance,
          'log-probabilities alone and in a batch',
        )
      },
    },
    {
      name: 'limits, ids and log-probabilities are in range',
      run: async () => {
        const { tokens, logprobs, finish } = await draw(await create(), 1)
        expect(
          tokens.length === 6 && finish === 'length',
          `${tokens.length} tokens, finish ${finish}, for maxTokens 6 without stop ids`,
        )
        expect(
          tokens.every((id) => id >= 0 && id < vocabularySize),
          `ids ${tokens}`,
        )
        expect(
          logprobs.length === 6 && logprobs.every((value) => value <= 0 && Number.isFinite(value)),
          `log-probabilities ${logprobs}`,
        )
      },
    },
    {
      name: 'a stop id ends a generation and is kept',
      run: async () => {
        const policy = await create()
        const free = await draw(policy, 2)
        const stop = free.tokens[2]
        const first = free.tokens.indexOf(stop)
        const { tokens, finish } = await policy.sample(request(2, { stop: [stop] }))
        expect(
          finish === 'stop' && sameValues(tokens, free.tokens.slice(0, first + 1)),
          `tokens ${tokens}, finish ${finish}; without stop ids ${free.tokens}`,
        )
      },
    },
    {
      name: 'temperature 0 is deterministic whatever the draws',
      run: async () => {
        const policy = await create()
        const [a, b] = await Promise.all([
          policy.sample(request(3, { temperature: 0 })),
          policy.sample(request(4, { temperature: 0 })),
        ])
        expect(sameValues(a.tokens, b.tokens), `${a.tokens} against ${b.tokens}`)
      },
    },
    {
      name: 'an aborted request ends',
      run: async () => {
        const abort = new AbortController()
        abort.abort()
        const policy = await create()
        const outcome = await policy.sample(request(14), abort.signal).then(
          ({ finish }) => finish,
          () => 'rejected',
        )
        expect(outcome === 'aborted' || outcome === 'rejected', `it finished as ${outcome}`)
        expect((await draw(policy, 0)).tokens.length === 6, 'the policy does not sample any more')
      },
    },
  ]
}

function scoringChecks({ create, request, draw, prompt, tolerance }: Setting): Check[] {
  return [
    {
      name: 'sampled, scored and training log-probabilities agree',
      run: async () => {
        const policy = await create()
        const other = policy.capabilities.has('temperature') ? 0.7 : 1
        const drawn = await Promise.all(
          [5, 6, 7].map((session) =>
            policy.sample(
              request(session, { temperature: session === 6 ? other : 1, maxTokens: session - 3 }),
            ),
          ),
        )
        const items = drawn.map(({ tokens }, i) => ({
          prompt,
          response: tokens,
          temperature: i === 1 ? other : 1,
        }))
        const scored = await policy.score(items)
        const trained = await policy.accumulate(items, likelihood(items))
        drawn.forEach(({ logprobs }, i) => {
          close(
            policy,
            logprobs,
            scored[i].logprobs,
            tolerance,
            `response ${i}, sampled and scored`,
          )
          close(
            policy,
            logprobs,
            trained[i].logprobs,
            tolerance,
            `response ${i}, sampled and training`,
          )
        })
      },
    },
    {
      name: 'entropy and self-certainty are given where the policy has them',
      run: async () => {
        const policy = await create()
        const { tokens } = await draw(policy, 18)
        const item = { prompt, response: tokens, temperature: 1 }
        const [hasEntropy, hasCertainty] = (['entropy', 'self-certainty'] as const).map((one) =>
          policy.capabilities.has(one),
        )
        const [{ entropy, selfCertainty }] = await policy.score([item], {
          entropy: hasEntropy,
          selfCertainty: hasCertainty,
        })
        for (const [name, wanted, values] of [
          ['entropy', hasEntropy, entropy],
          ['self-certainty', hasCertainty, selfCertainty],
        ] as const)
          expect(
            !wanted ||
              (values?.length === tokens.length &&
                values.every((value) => value >= -tolerance && Number.isFinite(value))),
            `${name} is ${values} for ${tokens.length} tokens`,
          )
      },
    },
    {
      name: 'a masked position is not scored',
      run: async () => {
        const policy = await create()
        const { tokens } = await draw(policy, 8)
        const mask = Uint8Array.from(tokens, (_, t) => (t === 1 ? 0 : 1))
        const [all, some] = await policy.score([
          { prompt, response: tokens, temperature: 1 },
          { prompt, response: tokens, mask, temperature: 1 },
        ])
        expect(
          some.logprobs[1] === 0,
          `the masked position has log-probability ${some.logprobs[1]}`,
        )
        close(
          policy,
          some.logprobs.slice(2),
          all.logprobs.slice(2),
          tolerance,
          'positions behind the masked one',
        )
      },
    },
  ]
}

/** Items drawn from a policy, the first and the last of one unit. */
async function drawItems(
  policy: Policy,
  { draw, prompt }: Pick<Setting, 'draw' | 'prompt'>,
): Promise<PassItem[]> {
  const drawn = await Promise.all([10, 11, 12].map((session) => draw(policy, session)))
  return drawn.map(({ tokens }, i) => ({
    prompt,
    response: tokens.slice(0, 3 + i),
    temperature: 1,
    ...(i !== 1 && { unit: 'pair' }),
  }))
}

function slopeChecks(setting: Setting): Check[] {
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
        expect(
          sameValues(a.logprobs, b.logprobs),
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

function learningChecks(setting: Setting): Check[] {
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

function snapshotChecks({ create, prompt, draw, learningRate }: Setting): Check[] {
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
          sameValues(before.tokens, after.tokens) && sameValues(before.logprobs, after.logprobs),
          'the snapshot sampled otherwise after a step',
        )
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
          expect(sameValues(before.logprobs, kept.logprobs), 'the weights are not the snapshot’s')
          await learn(one, item)
          await one.step({ learningRate })
        }
        expect(
          !versions.has(policy.version),
          `version ${policy.version} names other weights than before`,
        )
        const [[a], [b]] = [await policy.score([item]), await fresh.score([item])]
        expect(sameValues(a.logprobs, b.logprobs), 'the optimizer remembers earlier steps')
      },
    },
  ]
}

function saveChecks(
  { create, prompt, draw, learningRate }: Setting,
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
        expect(sameValues(a.logprobs, b.logprobs), 'the optimizer remembers earlier steps')
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
        expect(
          sameValues(a.logprobs, b.logprobs),
          `after one more step: ${a.logprobs} against ${b.logprobs} from the saved one`,
        )
      },
    },
  ]
}
