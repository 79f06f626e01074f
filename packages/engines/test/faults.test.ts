import { mkdtemp } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isIcrlError, type PassItem, type Policy, randomStream, type Renderer } from '@icrl/core'
import { grpo } from '@icrl/recipes'
import { singleTurn } from '@icrl/rollout'
import { train, type TrainOptions, type TrainResult } from '@icrl/trainer'
import { afterEach, expect, it } from 'vitest'
import { tinkerPolicy, type TinkerPolicy, type TinkerPolicyOptions } from '../src/index.ts'
import type { SavedTable } from './table-model.ts'
import { type Fault, type SkyrlOptions, type SkyrlServer, skyrlServer } from './skyrl-server.ts'

const open: AsyncDisposable[] = []
afterEach(async () => {
  // Whoever was cut off from its server cannot unload its model.
  for (const one of open.splice(0))
    await Promise.resolve(one[Symbol.asyncDispose]()).catch(() => undefined)
})

async function serve(options: SkyrlOptions = {}): Promise<SkyrlServer> {
  const server = await skyrlServer(options)
  open.unshift(server)
  return server
}

const known = {
  wire: 'json',
  reduction: 'datum-mean',
  clipping: 'measured',
  deduplicates: false,
  loadsWeightsAlone: false,
} as const

async function connect(
  { url }: { readonly url: string },
  more: Partial<TinkerPolicyOptions> = {},
): Promise<TinkerPolicy> {
  const limits = { model: 'tiny', vocabularySize: 12, contextLength: 64, rank: 8, deadline: 3000 }
  const policy = await tinkerPolicy({ url, ...limits, capabilities: known, ...more })
  open.unshift(policy)
  return policy
}

const item: PassItem = {
  prompt: Int32Array.of(1, 2),
  response: Int32Array.of(3, 4, 5),
  temperature: 1,
}
const learn = (policy: Policy): Promise<unknown> =>
  policy.accumulate([item], (_, [{ logprobs }]) => [{ logprobs: logprobs.map(() => -1) }])
const step = async (policy: Policy): Promise<unknown> => {
  await learn(policy)
  return policy.step({ learningRate: 0.05 })
}
const draw = (policy: Policy): Promise<unknown> =>
  policy.sample({
    prompt: Int32Array.of(1, 2),
    maxTokens: 3,
    temperature: 1,
    stop: [],
    draws: randomStream(0, 'faults'),
  })
const folder = (): Promise<string> => mkdtemp(join(tmpdir(), 'icrl-faults-'))

/** Code and words of what it is rejected with. */
async function refusal(action: Promise<unknown>): Promise<string> {
  return action.then(
    () => 'nothing was refused',
    (error: unknown) =>
      isIcrlError(error) ? `${error.code}: ${error.message}` : `untyped: ${String(error)}`,
  )
}

/** Answers the first call of a path itself. */
const once =
  (path: string, answer: (response: ServerResponse) => void): Fault =>
  (call) => {
    if (call.path !== path || call.times > 1) return false
    answer(call.response)
    return true
  }
const status =
  (code: number, body: string, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void =>
    void response.writeHead(code, headers).end(body)

it('a server that is gone in the middle of a step: named, not repeated, resumed on another', async () => {
  const checkpoints = new Map<string, SavedTable>()
  const first = await serve({ checkpoints })
  const policy = await connect(first)
  await step(policy)
  const directory = await folder()
  await policy.save(directory)
  const [kept] = await policy.score([item])
  // It takes the step, and is gone before it says so.
  first.fault = ({ path, response, take }) => {
    if (path !== '/optim_step') return false
    take()
    response.destroy()
    return true
  }
  await learn(policy)
  expect(await refusal(policy.step({ learningRate: 0.05 }))).toMatch(
    /^unavailable: optim_step: the server could not be reached .*Whether it took the request is not known/,
  )
  expect(first.log.filter((path) => path === '/optim_step').length).toBe(2)
  expect(await refusal(learn(policy))).toMatch(/not known any more.*Load the last checkpoint/s)
  expect(await refusal(draw(policy))).toMatch(/not known any more/)
  await first.close()

  const second = await serve({ checkpoints })
  const resumed = await connect(second)
  await resumed.load(directory)
  expect(resumed.version).toBe('policy@1')
  expect((await resumed.score([item]))[0]).toEqual(kept)
  await step(resumed)
  // The step that was taken unheard is in no checkpoint: the run has it once.
  expect([first.applied, second.applied, resumed.version]).toEqual([2, 1, 'policy@2'])
})

/** A run of four steps, with a checkpoint after each. */
const renderer: Renderer = {
  start: () => Int32Array.of(1, 2),
  continue: () => new Int32Array(),
  text: (ids) => ids.join(' '),
  stop: [0],
  vocabularySize: 12,
}
const attempt = singleTurn({
  prompt: () => [{ role: 'user', content: 'Say an odd number.' }],
  verifier: ({ text }) => ({ reward: Number(text) % 2, valid: true }),
})
const run = (
  policy: Policy,
  directory: string,
  more: Partial<TrainOptions> = {},
): Promise<TrainResult> =>
  train({
    recipe: grpo({ attempt, tasksPerStep: 1, sessionsPerTask: 16 }),
    policies: { model: policy },
    roles: { solver: { renderer, sampling: { maxTokens: 1, temperature: 1 }, policy: 'model' } },
    tasks: [{ id: 'odd' }],
    seed: 0,
    stop: { steps: 4 },
    optimizer: { learningRate: 0.3, clipNorm: 0.05 },
    checkpoints: { every: 1 },
    directory,
    ...more,
  })

it.each(['before', 'after'])(
  'a run whose server goes %s it takes a step is resumed to the bytes of one that was not cut',
  async (when) => {
    const whole = await run(
      await connect(await serve()),
      await folder().then((at) => join(at, 'run')),
    )
    const checkpoints = new Map<string, SavedTable>()
    const first = await serve({ checkpoints })
    const directory = join(await folder(), 'run')
    let steps = 0
    // Each step of a run that clips is two of the server: one that measures, and one that learns.
    first.fault = ({ path, response, take }) => {
      if (path !== '/optim_step' || ++steps < 6) return false
      if (when === 'after') take()
      response.destroy()
      return true
    }
    expect(await refusal(run(await connect(first), directory))).toMatch(
      /^unavailable: .*optim_step/,
    )
    await first.close()
    const second = await serve({ checkpoints })
    const resumed = await run(await connect(second), directory, { resume: true })
    expect(resumed.metrics.map(({ step }) => step)).toEqual([0, 1, 2, 3])
    expect(resumed.summary.metrics_sha256).toBe(whole.summary.metrics_sha256)
    expect([first.applied, second.applied]).toEqual([when === 'after' ? 3 : 2, 2])
    expect(whole.metrics[0]['policy/grad_norm']).toBeGreaterThan(0.05)
  },
)

it('the policy itself goes on after `load`, too', async () => {
  const server = await serve()
  const policy = await connect(server)
  const directory = await folder()
  await policy.save(directory)
  server.fault = once('/optim_step', (response) => response.destroy())
  await learn(policy)
  await refusal(policy.step({ learningRate: 0.05 }))
  await policy.load(directory)
  await step(policy)
  expect([server.applied, server.models.size, policy.version]).toEqual([1, 1, 'policy@1'])
})

it('a restarted server has lost its models: named', async () => {
  const first = await serve()
  const policy = await connect(first)
  await step(policy)
  const port = Number(new URL(first.url).port)
  await first.close()
  await serve({ port })
  expect(await refusal(learn(policy))).toMatch(/^unavailable: .*404: Model not found.*restarted/)
  expect(await refusal(draw(policy))).toMatch(/^unavailable: .*404: Model not found/)
})

it('a session that the server no longer knows is noticed by the heartbeat', async () => {
  const server = await serve()
  const policy = await connect(server, { heartbeat: 20 })
  server.sessions.clear()
  await expect
    .poll(() => refusal(policy.score([item])))
    .toMatch(/^unavailable: .*no longer knows session/)
})

it('weights that went back to older ones are noticed, by the step or by the next version', async () => {
  const server = await serve()
  const policy = await connect(server)
  await step(policy)
  const [{ model }] = server.models.values()
  const old = model.copy()
  await step(policy)
  await learn(policy)
  model.put(old, true)
  expect(await refusal(policy.step({ learningRate: 0.05 }))).toMatch(
    /^run-conflict: .*not those of policy@2 that were scored/,
  )

  const other = await connect(server)
  await step(other)
  const [, { model: second }] = server.models.values()
  const before = second.copy()
  await step(other)
  await step(other)
  second.put(before, true)
  expect(await refusal(learn(other))).toMatch(
    /^run-conflict: .*policy@3: it has gone back to policy@1/,
  )
})

it('another model than was named, or than was saved, is refused', async () => {
  const checkpoints = new Map<string, SavedTable>()
  const first = await serve({ checkpoints })
  expect(await refusal(connect(first, { model: 'huge' }))).toMatch(
    /^unsupported: .*does not serve the model huge. It serves: tiny/,
  )
  const policy = await connect(first)
  const directory = await folder()
  await policy.save(directory)
  // The same name, other weights below the adapter.
  for (const saved of checkpoints.values()) saved.table.fill(0.5)
  expect(await refusal(policy.load(directory))).toMatch(
    /^run-conflict: .*not those that were saved/,
  )
  checkpoints.clear()
  expect(await refusal(policy.load(directory))).toMatch(/^unavailable: .*404: Checkpoint not found/)
  // What was there goes on.
  await step(policy)
  expect(await refusal((await connect(first, { rank: 4 })).load(directory))).toMatch(
    /^invalid-shape: .*rank 8, this policy of tiny with rank 4/,
  )
})

it('half an answer to a result is asked for again; half an answer to a training call is not', async () => {
  const server = await serve()
  const policy = await connect(server)
  const half = (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' })
    response.write('{"loss_fn_out')
    setTimeout(() => response.destroy(), 5)
  }
  let isCut = false
  server.fault = ({ path, response }) => {
    if (path !== '/retrieve_future' || isCut) return false
    isCut = true
    half(response)
    return true
  }
  await step(policy)
  expect([isCut, server.applied]).toEqual([true, 1])
  server.fault = ({ path, response }) => {
    if (path !== '/forward_backward') return false
    half(response)
    return true
  }
  const passes = server.log.filter((path) => path === '/forward_backward').length
  await learn(policy)
  expect(await refusal(policy.step({ learningRate: 0.05 }))).toMatch(/^unavailable: .*not known/)
  expect(server.log.filter((path) => path === '/forward_backward').length).toBe(passes + 1)
})

it('where the server knows a repeated number, a training call is sent again and trains once', async () => {
  const server = await serve({ wire: 'protobuf' })
  const policy = await connect(server, {
    capabilities: { ...known, wire: 'protobuf', deduplicates: true, loadsWeightsAlone: true },
  })
  const reference = await connect(await serve({ wire: 'protobuf' }), {
    capabilities: { ...known, wire: 'protobuf', deduplicates: true },
  })
  await learn(policy)
  let cut = 0
  server.fault = ({ path, response, take }) => {
    if (path !== '/forward_backward' || cut++ > 0) return false
    take()
    response.destroy()
    return true
  }
  await policy.step({ learningRate: 0.05 })
  expect(cut).toBe(2)
  await step(reference)
  expect(await policy.score([item])).toEqual(await reference.score([item]))
})

it('statuses are final, or waited for, by what they mean', async () => {
  const final: [number, string, RegExp][] = [
    [400, '{"detail":"Model m not loaded"}', /^invalid-option: .*400: Model m not loaded/],
    [409, '{"detail":"already used"}', /^run-conflict: .*409: already used/],
    [415, '{"detail":"x-protobuf"}', /^unsupported: .*415: x-protobuf.*leave out `wire`/],
    [
      422,
      '{"detail":[{"loc":["body","data"],"msg":"bad","input":[1,2]}]}',
      /422: body.data: bad Compare/,
    ],
    [500, 'Internal Server Error', /^unavailable: .*500: Internal Server Error/],
  ]
  for (const [code, body, words] of final) {
    const server = await serve()
    const policy = await connect(server)
    server.fault = ({ path, response }) => {
      if (path !== '/optim_step') return false
      status(code, body)(response)
      return true
    }
    await learn(policy)
    expect(await refusal(policy.step({ learningRate: 0.05 })), String(code)).toMatch(words)
    expect(server.log.filter((path) => path === '/optim_step').length, String(code)).toBe(1)
  }
  // 429: not taken, so it is sent again, even a training call; 408 and 425: wait.
  for (const [path, code] of [
    ['/optim_step', 429],
    ['/retrieve_future', 408],
    ['/save_weights', 425],
  ] as const) {
    const server = await serve()
    const policy = await connect(server)
    let times = 0
    server.fault = (call) => {
      if (call.path !== path || times++ > 0) return false
      status(code, '{"detail":"later"}', { 'retry-after-ms': '5' })(call.response)
      return true
    }
    await step(policy)
    await policy.save(await folder())
    expect([server.applied, times > 1], path).toEqual([1, true])
  }
})

it('an unknown future is final, and a result that never comes ends at its deadline', async () => {
  const server = await serve()
  const policy = await connect(server, { deadline: 400 })
  server.fault = ({ path, response }) => {
    if (path !== '/retrieve_future') return false
    status(404, '{"detail":"Future not found"}')(response)
    return true
  }
  expect(await refusal(policy.score([item]))).toMatch(
    /^unavailable: forward: .*404: Future not found/,
  )
  for (const body of ['{"type":"try_again","request_id":"1"}', '']) {
    server.fault = ({ path, response }) => {
      if (path !== '/retrieve_future') return false
      // Without a body it holds the line, as a dead engine does.
      if (body) status(200, body, { 'content-type': 'application/json' })(response)
      return true
    }
    const began = performance.now()
    expect(await refusal(policy.score([item]))).toMatch(
      /^timeout: forward: no result before its deadline/,
    )
    expect(performance.now() - began).toBeLessThan(10_000)
  }
})

it('a clock that is wrong delays nothing: waits are bounded by the deadline', async () => {
  const server = await serve()
  const policy = await connect(server, { deadline: 500 })
  server.fault = ({ path, response }) => {
    if (path !== '/retrieve_future') return false
    status(429, '{}', { 'retry-after': 'Wed, 21 Oct 2099 07:28:00 GMT' })(response)
    return true
  }
  expect(await refusal(policy.score([item]))).toMatch(/^timeout/)
  // A time long past: try again at once, and it works.
  let times = 0
  server.fault = ({ path, response }) => {
    if (path !== '/retrieve_future' || times++ > 0) return false
    status(429, '{}', { 'retry-after': 'Wed, 21 Oct 1999 07:28:00 GMT' })(response)
    return true
  }
  await policy.score([item])
})

it('a sampler that answers other ids than asked for is refused, and nothing is learned', async () => {
  const sequence = (
    tokens: number[],
    logprobs: (number | null)[],
    stop_reason = 'length',
  ): string => JSON.stringify({ sequences: [{ stop_reason, tokens, logprobs }] })
  const wrong: [string, RegExp][] = [
    [sequence([1, 2, 99], [-1, -1, -1]), /^vocabulary-mismatch: .*id 99/],
    [sequence([1, 2, 3, 4], [-1, -1, -1, -1]), /^invalid-shape: .*4 tokens, of at most 3/],
    [sequence([], []), /^invalid-shape: .*0 tokens/],
    [sequence([1, 7, 3], [-1, -1, -1]), /^invalid-shape: .*behind the stop id 7/],
    [sequence([1, 2], [-1, -1], 'stop'), /^invalid-shape: .*stopped, at id 2/],
    [sequence([1, 2], [-1]), /^invalid-shape: .*1 log-probabilities for 2/],
    [sequence([1, 2], [-1, 0.5]), /^non-finite: .*log-probability 1 is 0.5/],
    [sequence([1, 2], [-1, null]), /^invalid-shape/],
    ['{"sequences":[]}', /^invalid-shape: .*0 sequences/],
    ['{"error":"out of memory","category":"server"}', /^unavailable: .*out of memory/],
  ]
  const server = await serve()
  const policy = await connect(server)
  await draw(policy)
  const request = {
    prompt: Int32Array.of(1),
    maxTokens: 3,
    temperature: 1,
    stop: [7],
    draws: randomStream(0, 'other'),
  }
  for (const [body, words] of wrong) {
    server.fault = ({ path, response }) => {
      if (path !== '/retrieve_future') return false
      status(200, body, { 'content-type': 'application/json' })(response)
      return true
    }
    expect(await refusal(policy.sample(request)), body).toMatch(words)
  }
  server.fault = () => false
  await policy.sample(request)
})

it('log-probabilities that are not finite, too few or too many are refused before any step', async () => {
  const outputs = (logprobs: unknown): string =>
    JSON.stringify({
      loss_fn_outputs:
        logprobs === null
          ? []
          : [{ logprobs: { data: logprobs } }, { logprobs: { data: new Array(16).fill(-1) } }],
    })
  const server = await serve()
  for (const [logprobs, words] of [
    [[-1, null, -1, -1], /^invalid-shape/],
    [[-1, 0.5, -1, -1], /^non-finite: .*is 0.5/],
    [[-1, -1, -1], /^invalid-shape: .*3 log-probabilities for 4/],
    [null, /^invalid-shape: .*0 results/],
  ] as const) {
    const policy = await connect(server)
    server.fault = ({ path, response }) => {
      if (path !== '/retrieve_future') return false
      status(200, outputs(logprobs), { 'content-type': 'application/json' })(response)
      return true
    }
    expect(await refusal(learn(policy))).toMatch(words)
    server.fault = () => false
    expect(await refusal(policy.step({ learningRate: 0.05 }))).toMatch(/no gradient/)
    expect(server.log.includes('/forward_backward')).toBe(false)
  }
})

it('what would poison a server is refused before it is sent', async () => {
  const server = await serve()
  const policy = await connect(server)
  const sent = server.log.length
  const ids = (...values: number[]): Int32Array => Int32Array.from(values)
  for (const [change, code] of [
    [{ response: ids(3, 12) }, 'vocabulary-mismatch'],
    [{ response: ids(-1) }, 'vocabulary-mismatch'],
    [{ prompt: ids(12) }, 'vocabulary-mismatch'],
    [{ prompt: ids() }, 'invalid-shape'],
    [{ mask: Uint8Array.of(1) }, 'invalid-shape'],
    [{ response: new Int32Array(63) }, 'context-exceeded'],
    [{ temperature: 0.7 }, 'unsupported'],
  ] as const)
    expect(await refusal(policy.score([{ ...item, ...change }]))).toMatch(new RegExp(`^${code}: `))
  const request = {
    prompt: ids(1),
    maxTokens: 1,
    temperature: 1,
    stop: [],
    draws: randomStream(0, 'x'),
  }
  for (const [change, code] of [
    [{ temperature: -1 }, 'invalid-option'],
    [{ temperature: 0.5 }, 'unsupported'],
    [{ maxTokens: 0 }, 'invalid-option'],
    [{ stop: [12] }, 'vocabulary-mismatch'],
    [{ prompt: new Int32Array(64) }, 'context-exceeded'],
    [{ topP: 0 }, 'invalid-option'],
  ] as const)
    expect(await refusal(policy.sample({ ...request, ...change }))).toMatch(
      new RegExp(`^${code}: `),
    )
  expect(server.log.length).toBe(sent)
  expect(await policy.score([])).toEqual([])
  await policy.accumulate([item], () => [{ logprobs: new Float32Array(3).fill(3e38) }])
  expect(await refusal(policy.step({ learningRate: 0.05 }))).toMatch(/^non-finite: .*too large/)
  expect(server.log.includes('/forward_backward')).toBe(false)
})
