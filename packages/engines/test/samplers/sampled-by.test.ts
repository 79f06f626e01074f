import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadLocalPolicy, type LoadPolicyOptions, selectBackend } from '@icrl/backbone'
import { rolloutCorrection } from '@icrl/calibration'
import { type Policy, randomStream, type Renderer, type SampleRequest } from '@icrl/core'
import { grpo } from '@icrl/recipes'
import { singleTurn } from '@icrl/rollout'
import { train, type TrainOptions, type TrainResult } from '@icrl/trainer'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  llamaCppSampler,
  type RemoteSampler,
  sampledBy,
  sglangSampler,
  vllmSampler,
} from '../../src/index.ts'
import { AdapterEngine, VOCABULARY, writeTinyBase } from './adapter-engine.ts'
import { type Conduct, type SamplerServer, sglangServer, vllmServer } from './sampler-servers.ts'

const MODEL = 'tiny'
let root: string
let base: string
beforeAll(async () => {
  await selectBackend('auto')
  root = await mkdtemp(join(tmpdir(), 'icrl-samplers-'))
  base = join(root, 'base')
  await writeTinyBase(base)
})
afterAll(() => rm(root, { recursive: true, force: true }))

/** What a test opened, closed again after it, the last first. */
let opened: AsyncDisposable[] = []
const using = <Of extends AsyncDisposable>(one: Of): Of => {
  opened.push(one)
  return one
}
let adapters: string
let folders = 0
beforeEach(() => {
  opened = []
  adapters = join(root, `adapters-${folders++}`)
})
afterEach(async () => {
  for (const one of opened.reverse()) await one[Symbol.asyncDispose]()
})

const engineOf = async (options?: LoadPolicyOptions): Promise<AdapterEngine> =>
  using(await AdapterEngine.open(base, options))
const local = (seed = 1): Promise<Policy> =>
  loadLocalPolicy(base, { adapter: { rank: 4, alpha: 16, seed } })

const KINDS = {
  vLLM: { serve: vllmServer, sampler: vllmSampler },
  SGLang: { serve: sglangServer, sampler: sglangSampler },
} as const
type Kind = keyof typeof KINDS

interface Served {
  readonly engine: AdapterEngine
  readonly server: SamplerServer
  readonly sampler: RemoteSampler
}

async function served(
  kind: Kind,
  conduct: Conduct = {},
  { retries = 2, ...options }: LoadPolicyOptions & { retries?: number } = {},
): Promise<Served> {
  const engine = await engineOf(options)
  const server = using(await KINDS[kind].serve(engine, MODEL, conduct))
  const sampler = await KINDS[kind].sampler({
    url: server.url,
    model: MODEL,
    retries,
    timeoutMs: 5000,
    vocabularySize: VOCABULARY,
  })
  return { engine, server, sampler }
}

const request = (more: Partial<SampleRequest> = {}): SampleRequest => ({
  prompt: Int32Array.of(1, 2),
  maxTokens: 6,
  temperature: 1,
  stop: [0],
  draws: randomStream(3, 'test'),
  ...more,
})

const renderer: Renderer = {
  start: () => Int32Array.of(1, 2),
  continue: () => new Int32Array(),
  text: (ids) => ids.join(' '),
  stop: [0],
  vocabularySize: VOCABULARY,
}
const attempt = singleTurn({
  prompt: () => [{ role: 'user', content: 'Say 7.' }],
  verifier: ({ text }) => ({ reward: Number(text === '7'), valid: true }),
})
const run = (policy: Policy, more: Partial<TrainOptions> = {}): Promise<TrainResult> =>
  train({
    recipe: grpo({ attempt, tasksPerStep: 1, sessionsPerTask: 16 }),
    policies: { model: policy },
    roles: { solver: { renderer, sampling: { maxTokens: 1, temperature: 1 }, policy: 'model' } },
    tasks: [{ id: 'seven' }],
    seed: 0,
    stop: { steps: 7 },
    optimizer: { learningRate: 0.03 },
    correction: rolloutCorrection(),
    ...more,
  })

describe.each(['vLLM', 'SGLang'] as const)('%s', (kind) => {
  it('answers ids and log-probabilities of the weights that were handed over', async () => {
    const { sampler, server } = await served(kind)
    const policy = using(await sampledBy(await local(), { sampler, adapters }))
    const generation = await policy.sample(request({ maxTokens: 12, stop: [] }))
    expect(generation.version).toBe(policy.version)
    expect(generation.tokens).toHaveLength(12)
    const [{ logprobs }] = await policy.score([
      { prompt: request().prompt, response: generation.tokens, temperature: 1 },
    ])
    expect(generation.logprobs).toEqual(logprobs)
    expect(await policy.sample(request({ maxTokens: 12, stop: [] }))).toEqual(generation)
    expect(server.asked.filter((path) => path.endsWith('load_lora_adapter'))).toHaveLength(1)
  })

  it('samples for a run that learns here, each version by an adapter of its own', async () => {
    const { sampler, engine, server } = await served(kind)
    const policy = using(await sampledBy(await local(), { sampler, adapters }))
    const { metrics } = await run(policy)
    expect(metrics[0]['accuracy/first']).toBeLessThan(0.4)
    expect(metrics.at(-1)!['accuracy/first']).toBeGreaterThan(0.6)
    for (const line of metrics) {
      expect(line['policy/mismatch_max']).toBe(0)
      expect(line['correction/weight_mean']).toBe(1)
    }
    const loads = server.asked.filter((path) => path.endsWith('/load_lora_adapter'))
    expect(loads.length).toBeGreaterThan(3)
    // The versions that nobody samples any more are gone, there and here.
    expect(engine.adapters.size).toBeLessThanOrEqual(2)
    expect((await readdir(adapters)).length).toBe(engine.adapters.size)
    await policy[Symbol.asyncDispose]()
    opened = opened.filter((one) => one !== policy)
    expect(engine.adapters.size).toBe(0)
    expect(await readdir(adapters)).toEqual([])
  })

  it('takes another engine’s rounding for what it is: measured, and corrected', async () => {
    const { sampler } = await served(kind, {}, { weights: 'bf16' })
    const policy = using(await sampledBy(await local(), { sampler, adapters }))
    const { metrics } = await run(policy, { stop: { steps: 2 } })
    for (const line of metrics) {
      expect(line['policy/mismatch_max']).toBeGreaterThan(0)
      expect(line['policy/mismatch_max']).toBeLessThan(0.5)
      expect(line['policy/mismatch_mean']).toBeLessThanOrEqual(line['policy/mismatch_max'])
      expect(line['correction/weight_mean']).not.toBe(1)
      expect(line['correction/sample_fraction']).toBe(1)
    }
    await expect(run(policy, { correction: undefined })).rejects.toThrow(/has no correction/)
  })

  it('is refused where the server takes no adapters, with what to start it with', async () => {
    const { sampler } = await served(kind, { takesAdapters: false })
    const policy = sampledBy(await local(), { sampler, adapters })
    await expect(policy).rejects.toMatchObject({ code: 'unsupported' })
    await expect(policy).rejects.toThrow(/takes no adapters: 404.*enable-lora/s)
  })

  it('gives a server that was started again its adapter once more', async () => {
    const { sampler, engine } = await served(kind)
    const policy = using(await sampledBy(await local(), { sampler, adapters }))
    const before = await policy.sample(request())
    for (const name of engine.adapters.keys()) await engine.unload(name)
    expect(await policy.sample(request())).toEqual(before)
  })

  it('is told to every replica, which share the work and stand in for each other', async () => {
    const engines = [await engineOf(), await engineOf()]
    const servers: SamplerServer[] = []
    for (const engine of engines) servers.push(using(await KINDS[kind].serve(engine, MODEL)))
    const sampler = await KINDS[kind].sampler({
      url: servers.map(({ url }) => url),
      model: MODEL,
      retries: 2,
    })
    const policy = using(await sampledBy(await local(), { sampler, adapters }))
    const draws = (i: number): SampleRequest => request({ draws: randomStream(i, 'replicas') })
    await Promise.all(Array.from({ length: 8 }, (_, i) => policy.sample(draws(i))))
    for (const { asked } of servers) {
      expect(asked.filter((path) => path.endsWith('load_lora_adapter'))).toHaveLength(1)
      expect(asked.filter((path) => /completions|generate/.test(path)).length).toBeGreaterThan(3)
    }
    const whole = await policy.sample(draws(1))
    servers[0].conduct.meddle = () => {
      throw new Error('gone')
    }
    expect(await policy.sample(draws(1))).toEqual(whole)
    servers[0].conduct.meddle = undefined
  })

  it('is asked again after half an answer, and not for ever', async () => {
    const { sampler, server } = await served(kind)
    let left = 1
    server.conduct.meddle = async (_, answer) =>
      left-- > 0 ? new Response('{"choices":[{"tok') : answer()
    await expect(sampler.sample(request())).resolves.toMatchObject({ version: MODEL })
    left = Infinity
    const sampling = sampler.sample(request())
    await expect(sampling).rejects.toMatchObject({ code: 'unavailable' })
    await expect(sampling).rejects.toThrow(/half of it, of 17 characters, 3 times/)
  })

  it('waits as long as a busy server asks', async () => {
    const { sampler, server } = await served(kind)
    let refused = 0
    server.conduct.meddle = async (_, answer) => {
      if (refused++ > 1) return answer()
      return new Response('slow down', { status: 429, headers: { 'retry-after-ms': '60' } })
    }
    const began = performance.now()
    await sampler.sample(request())
    expect(performance.now() - began).toBeGreaterThan(110)
    expect(refused).toBe(3)
  })

  it('ends a generation that is aborted, and asks no more', async () => {
    const { sampler, server } = await served(kind)
    const controller = new AbortController()
    server.conduct.meddle = async (_, answer) => {
      controller.abort()
      return answer()
    }
    const { finish, tokens } = await sampler.sample(request(), controller.signal)
    expect(finish).toBe('aborted')
    expect(tokens).toHaveLength(0)
  })

  type Json = Record<string, never> & {
    choices: {
      token_ids: number[]
      prompt_token_ids: number[]
      logprobs: Record<string, unknown[]>
    }[]
    output_ids: number[]
    meta_info: Record<string, unknown> & { output_token_logprobs: (number | null)[][] }
    model: string
  }
  const tokensOf = (answer: Json): number[] => answer.choices?.[0].token_ids ?? answer.output_ids
  const refusals: [string, string, RegExp, (answer: Json) => void][] = [
    [
      'an id outside the vocabulary',
      'invalid-shape',
      /drew token 999/,
      (answer) => {
        tokensOf(answer)[0] = 999
        if (answer.meta_info) answer.meta_info.output_token_logprobs[0][1] = 999
      },
    ],
    [
      'fewer log-probabilities than ids',
      'invalid-shape',
      /log-probabilities for/,
      (answer) => {
        answer.choices?.[0].logprobs.token_logprobs.pop()
        answer.meta_info?.output_token_logprobs.pop()
      },
    ],
    [
      'more tokens than were asked for',
      'invalid-shape',
      /was asked for 1 to/,
      (answer) => {
        for (let i = 0; i < 9; i++) {
          tokensOf(answer).push(1)
          answer.choices?.[0].logprobs.token_logprobs.push(-1)
          answer.meta_info?.output_token_logprobs.push([-1, 1])
        }
      },
    ],
    [
      'an end that nobody asked for',
      'invalid-shape',
      /no stop that was asked for/,
      (answer) => {
        while (tokensOf(answer).length > 1) {
          tokensOf(answer).pop()
          answer.choices?.[0].logprobs.token_logprobs.pop()
          answer.meta_info?.output_token_logprobs.pop()
        }
      },
    ],
    [
      'null for NaN',
      'non-finite',
      /log-probability of token 0 is null/,
      (answer) => {
        if (answer.choices) answer.choices[0].logprobs.token_logprobs[0] = null
        else answer.meta_info.output_token_logprobs[0][0] = null
      },
    ],
    [
      'a probability above 1',
      'non-finite',
      /is 0.5/,
      (answer) => {
        if (answer.choices) answer.choices[0].logprobs.token_logprobs[0] = 0.5
        else answer.meta_info.output_token_logprobs[0][0] = 0.5
      },
    ],
    [
      'another shape',
      'invalid-shape',
      /a shape that was not expected/,
      (answer) => {
        if (answer.choices) answer.choices = []
        else answer.meta_info = {} as never
      },
    ],
    [
      'other weights',
      'run-conflict',
      /drew from "base"|has base weights of version 2/,
      (answer) => {
        if (answer.choices) answer.model = 'base'
        else answer.meta_info.weight_version = '2'
      },
    ],
  ]
  it(`is refused ${refusals.map(([what]) => what).join(', ')}`, async () => {
    const { sampler, server } = await served(kind)
    for (const [what, code, message, change] of refusals) {
      server.conduct.meddle = async (_, answer) => {
        const body = (await (await answer()).json()) as Json
        change(body)
        return Response.json(body)
      }
      const sampling = sampler.sample(request({ stop: [] }))
      await expect(sampling, what).rejects.toMatchObject({ code })
      await expect(sampling, what).rejects.toThrow(message)
    }
  })

  it('is refused a model that it does not serve', async () => {
    const { server } = await served(kind)
    const sampler = KINDS[kind].sampler({ url: server.url, model: 'other' })
    await expect(sampler).rejects.toMatchObject({ code: 'invalid-option' })
    await expect(sampler).rejects.toThrow(/does not serve "other"\. It serves: tiny/)
  })

  it('finds out what its log-probabilities are of', async () => {
    const raw = await served(kind, { raw: true })
    expect(raw.sampler.logprobs).toBe('raw')
    await expect(raw.sampler.sample(request({ temperature: 0.7 }))).rejects.toMatchObject({
      code: 'unsupported',
    })
    const policy = using(await sampledBy(await local(), { sampler: raw.sampler, adapters }))
    expect(policy.capabilities.has('temperature')).toBe(false)
    const tempered = await served(kind, { raw: false })
    expect(tempered.sampler.logprobs).toBe('tempered')
    const { tokens, logprobs } = await tempered.sampler.sample(request({ temperature: 0.7 }))
    const other = using((await local()) as Policy & AsyncDisposable)
    const [scored] = await other.score([
      { prompt: request().prompt, response: tokens, temperature: 0.7 },
    ])
    expect(logprobs).toEqual(scored.logprobs)
  })
})

it('samples ahead with older versions, which stay there as long as they are needed', async () => {
  const { sampler, engine } = await served('vLLM')
  const policy = using(await sampledBy(await local(), { sampler, adapters }))
  const versions: string[] = []
  const { metrics } = await run(policy, {
    asynchronous: { staleness: 2 },
    stop: { steps: 9 },
    onStep: ({ samples: [sample] }) => versions.push(sample.version),
  })
  expect(new Set(versions.slice(0, 3)).size).toBe(1)
  expect(new Set(versions).size).toBeGreaterThan(3)
  expect(metrics.at(-1)!['accuracy/first']).toBeGreaterThan(0.5)
  for (const line of metrics) expect(line['policy/mismatch_max']).toBe(0)
  expect(engine.adapters.size).toBeLessThanOrEqual(2)
})

it('answers another prompt than was sent: vLLM tells, and is refused', async () => {
  const { sampler, server } = await served('vLLM')
  server.conduct.meddle = async (_, answer) => {
    const body = (await (await answer()).json()) as { choices: { prompt_token_ids: number[] }[] }
    body.choices[0].prompt_token_ids = [1, 3]
    return Response.json(body)
  }
  await expect(sampler.sample(request())).rejects.toThrow(/answered another prompt, of 2 ids for 2/)
})

it('refuses servers of another model than is trained', async () => {
  const { sampler, engine, server } = await served('vLLM')
  server.conduct.meddle = async (path, answer) => {
    if (path !== '/v1/completions') return answer()
    const body = (await (await answer()).json()) as {
      choices: { logprobs: { token_logprobs: number[] } }[]
    }
    const { logprobs } = body.choices[0]
    logprobs.token_logprobs = logprobs.token_logprobs.map((value) => value - 2)
    return Response.json(body)
  }
  const policy = sampledBy(await local(), { sampler, adapters })
  await expect(policy).rejects.toMatchObject({ code: 'run-conflict' })
  await expect(policy).rejects.toThrow(/does not serve the policy's model.*by 2\.00 nats/)
  expect(engine.adapters.size).toBe(0)
})

it('refuses a policy that saves no adapter', async () => {
  const { sampler } = await served('vLLM')
  const whole = await loadLocalPolicy(base)
  await expect(sampledBy(whole, { sampler, adapters })).rejects.toThrow(/saves no adapter/)
})

it('refuses an address that is none, and a server that is not there', async () => {
  await expect(vllmSampler({ url: 'gpu:8000', model: MODEL })).rejects.toThrow(/no address/)
  const gone = vllmSampler({ url: 'http://127.0.0.1:9', model: MODEL, retries: 1 })
  await expect(gone).rejects.toMatchObject({ code: 'unavailable' })
  await expect(gone).rejects.toThrow(/vLLM at http:\/\/127\.0\.0\.1:9.*2 times/)
})

it('llama.cpp’s shape: fixed weights for roles that do not learn, refused for one that does', async () => {
  const engine = await engineOf()
  const { listen } = await import('@icrl/serve')
  const server = await listen(async (request) => {
    if (new URL(request.url).pathname === '/v1/models')
      return Response.json({ data: [{ id: MODEL }] })
    const body = (await request.json()) as Record<string, never>
    const { tokens, logprobs, top } = (await engine.draw(undefined, {
      prompt: body.prompt,
      maxTokens: body.max_tokens,
      temperature: 1,
      stop: [0],
      seed: body.seed,
    }))!
    const cell = (id: number, logprob: number, best: readonly [number, number]): object => ({
      id,
      token: '',
      bytes: [],
      logprob,
      top_logprobs: [{ id: best[0], token: '', bytes: [], logprob: best[1] }],
    })
    const content = tokens.map((id, t) => cell(id, logprobs[t], top))
    return Response.json({ choices: [{ index: 0, text: '', logprobs: { content } }] })
  })
  using({ [Symbol.asyncDispose]: () => server.close() })
  const sampler = await llamaCppSampler({ url: server.urls[0], model: MODEL })
  expect(sampler.logprobs).toBe('raw')
  const { tokens, version, finish } = await sampler.sample(request({ maxTokens: 40 }))
  expect(version).toBe(MODEL)
  expect(finish).toBe(tokens.at(-1) === 0 ? 'stop' : 'length')
  const policy = sampledBy(await local(), { sampler, adapters })
  await expect(policy).rejects.toMatchObject({ code: 'unsupported' })
  await expect(policy).rejects.toThrow(/llama\.cpp cannot be given the weights/)
})
