import type { DrawKey } from '../draw-key.ts'
import type { Objective } from '../objective.ts'
import type { Generation, Policy, SampleRequest, Sampler, TrainItem } from '../policy.ts'
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

const key = (session: number): DrawKey => ({
  seed: 7,
  domain: 'train',
  step: 0,
  task: 'conformance',
  session,
  role: 'solver',
  round: 1,
  branch: 0,
  turn: 0,
})

/** Raises the likelihood of what it is given: loss −Σ c·logp. */
const likelihood: Objective = {
  name: 'likelihood',
  evaluate: (unit) =>
    unit.map(({ logprobs, coefficients, mask }) => {
      const gradient = Float32Array.from(coefficients, (c, t) => (mask[t] ? -c : 0))
      const losses = Float32Array.from(gradient, (g, t) => (mask[t] ? g * logprobs[t] : 0))
      return { value: losses.reduce((sum, loss) => sum + loss, 0), losses, gradient }
    }),
}

const poisoned: Objective = {
  name: 'poisoned',
  evaluate: (unit) =>
    unit.map(({ logprobs }) => ({
      value: Number.NaN,
      losses: new Float32Array(logprobs.length).fill(Number.NaN),
      gradient: new Float32Array(logprobs.length).fill(Number.NaN),
    })),
}

function trainItem(
  prompt: Int32Array,
  response: Int32Array,
  unit: string,
  mask: Uint8Array = new Uint8Array(response.length).fill(1),
): TrainItem {
  const ones = new Float32Array(response.length).fill(1)
  return {
    prompt,
    response,
    temperature: 1,
    unit,
    input: { mask, coefficients: ones, advantages: ones },
  }
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
 * What every `Policy` must satisfy: draws that depend on their key alone, stop ids and limits,
 * sampled = scored = training log-probabilities (the same bits if `exact`), micro-batches that add
 * up, a step that learns, a non-finite gradient that changes nothing, snapshots that stay as they
 * are, saving and loading.
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
    key: key(session),
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
    ...learningChecks(setting),
    ...snapshotChecks(setting),
    ...(options.directory ? saveChecks(setting, options.directory) : []),
  ]
}

function samplingChecks({ create, request, draw, vocabularySize, tolerance }: Setting): Check[] {
  return [
    {
      name: 'a draw depends on its key, not on its company',
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
      name: 'temperature 0 is deterministic whatever the key',
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
        const drawn = await Promise.all(
          [5, 6, 7].map((session) =>
            policy.sample(
              request(session, { temperature: session === 6 ? 0.7 : 1, maxTokens: session - 3 }),
            ),
          ),
        )
        const items = drawn.map(({ tokens }, i) => ({
          prompt,
          response: tokens,
          temperature: i === 1 ? 0.7 : 1,
        }))
        const scored = await policy.score(items)
        const trained = await policy.accumulate(
          items.map((item, i) => ({
            ...trainItem(prompt, item.response, `${i}`),
            temperature: item.temperature,
          })),
          likelihood,
        )
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

function learningChecks({ create, draw, prompt, learningRate }: Setting): Check[] {
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
        await policy.accumulate([trainItem(prompt, tokens, 'a')], likelihood)
        const stats = await policy.step({ learningRate })
        expect(
          stats.gradientNorm > 0 && Number.isFinite(stats.gradientNorm),
          `gradient norm ${stats.gradientNorm}`,
        )
        expect(
          stats.version !== version && stats.version === policy.version,
          `version ${version} became ${stats.version}`,
        )
        const after = await sum()
        expect(after > before, `log-likelihood ${before} became ${after}`)
      },
    },
    {
      name: 'micro-batches add up',
      run: async () => {
        const [whole, parts] = [await create(), await create()]
        const drawn = await Promise.all([10, 11, 12].map((session) => draw(whole, session)))
        const items = drawn.map(({ tokens }, i) => trainItem(prompt, tokens, `${i}`))
        await whole.accumulate(items, likelihood)
        for (const item of items) await parts.accumulate([item], likelihood)
        const [a, b] = [
          await whole.step({ learningRate, clipNorm: 1 }),
          await parts.step({ learningRate, clipNorm: 1 }),
        ]
        expect(
          Math.abs(a.gradientNorm - b.gradientNorm) <= 1e-4 * a.gradientNorm,
          `gradient norm ${a.gradientNorm} at once, ${b.gradientNorm} in parts`,
        )
      },
    },
    {
      name: 'a non-finite gradient is refused and changes nothing',
      run: async () => {
        const policy = await create()
        const { tokens } = await draw(policy, 13)
        const item = { prompt, response: tokens, temperature: 1 }
        const [before] = await policy.score([item])
        await rejection(async () => {
          await policy.accumulate([trainItem(prompt, tokens, 'a')], poisoned)
          await policy.step({ learningRate })
        }, 'a NaN gradient')
        const [after] = await policy.score([item])
        expect(sameValues(before.logprobs, after.logprobs), 'the weights changed')
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
        await policy.accumulate([trainItem(prompt, before.tokens, 'a')], likelihood)
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
      },
    },
  ]
}

function saveChecks(
  { create, prompt, draw, learningRate }: Setting,
  directory: () => Promise<string>,
): Check[] {
  const learn = async (policy: Policy, tokens: Int32Array): Promise<void> => {
    await policy.accumulate([trainItem(prompt, tokens, 'a')], likelihood)
    await policy.step({ learningRate })
  }
  return [
    {
      name: 'a saved policy goes on with the same bits, optimizer included',
      run: async () => {
        const policy = await create()
        if (!policy.capabilities.has('save')) return
        const { tokens } = await draw(policy, 16)
        await learn(policy, tokens)
        const folder = await directory()
        await policy.save(folder)
        await learn(policy, tokens)
        const restored = await create()
        await restored.load(folder)
        await learn(restored, tokens)
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
