import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { initializeModel, LocalPolicy, selectBackend } from '@icrl/backbone'
import { listen } from '@icrl/serve'
import { parseTarGzip } from 'nanotar'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  passRequestToProto,
  passResultFromProto,
  PROTOBUF,
} from '../src/tinker/protocol/pass-proto.ts'
import { vector } from '../src/tinker/protocol/tensor.ts'
import { config, datum, type Fields, MODEL, serve, type Served } from './served.ts'

let served: Served
beforeAll(async () => {
  await selectBackend('auto')
  served = await serve({ maxRank: 8, maxModels: 100 })
})
afterAll(() => served[Symbol.asyncDispose]())

const IDS = [3, 14, 15, 9, 26, 5, 35]
const ones = IDS.slice(1).map(() => 1)
const input = (data: readonly object[], loss_fn: string, loss_fn_config?: object): object => ({
  data,
  loss_fn,
  ...(loss_fn_config && { loss_fn_config }),
})
const forward = async (
  model_id: string,
  data: readonly object[],
  at = served,
): Promise<number[][]> => {
  const forward_input = input(data, 'cross_entropy')
  const { loss_fn_outputs: outputs } = await at.run('/forward', { model_id, forward_input })
  return outputs.map(({ logprobs }: Fields) => logprobs.data)
}
const learn = (
  model_id: string,
  data: readonly object[],
  loss = 'cross_entropy',
  settings?: object,
  at = served,
): Promise<Fields> =>
  at.run('/forward_backward', {
    model_id,
    forward_backward_input: input(data, loss, settings),
  })
const step = async (model_id: string, adam: object = {}, at = served): Promise<Fields> =>
  (await at.run('/optim_step', { model_id, adam_params: { learning_rate: 0.01, ...adam } })).metrics
const train = async (model_id: string, at = served): Promise<void> => {
  await learn(model_id, [datum(IDS, {})], 'cross_entropy', undefined, at)
  await step(model_id, {}, at)
}
const sampler = async (model_id: string, count: number): Promise<string> =>
  (
    await served.run('/save_weights_for_sampler', {
      model_id,
      sampling_session_seq_id: count,
      seq_id: 1000 + count,
    })
  ).sampling_session_id
const draw = async (from: object, params: object = {}, more: object = {}): Promise<Fields> =>
  served.run('/asample', {
    ...from,
    num_samples: 1,
    prompt: { chunks: [{ type: 'encoded_text', tokens: IDS.slice(0, 3) }] },
    sampling_params: { max_tokens: 12, seed: 1, ...params },
    ...more,
  })

describe('a model that a client trains', () => {
  it('samples with the log-probabilities that forward has, to the bit', async () => {
    const model = await served.model()
    for (let i = 0; i < 3; i++) await train(model)
    const id = await sampler(model, 0)
    const { sequences, prompt_logprobs: prompt } = await draw(
      { sampling_session_id: id, seq_id: 0 },
      {},
      { num_samples: 3, prompt_logprobs: true },
    )
    expect(prompt[0]).toBeNull()
    for (const { tokens, logprobs, stop_reason } of sequences) {
      expect([tokens.length, stop_reason]).toEqual([12, 'length'])
      const [scored] = await forward(model, [datum([...IDS.slice(0, 3), ...tokens], {})])
      expect(logprobs).toEqual(scored.slice(2))
      expect(prompt.slice(1)).toEqual(scored.slice(0, 2))
    }
    expect(sequences[0].tokens).not.toEqual(sequences[1].tokens)
  })

  it('learns as the engine does that is called directly', async () => {
    const model = await served.model({ rank: 4, seed: 11 })
    await using own = served.base.withAdapter({ name: 'own', adapter: { rank: 4, seed: 11 } })
    const rates = { beta1: 0.8, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.1 }
    const item = {
      prompt: Int32Array.from(IDS.slice(0, 1)),
      response: Int32Array.from(IDS.slice(1)),
      temperature: 1,
    }
    for (const scale of [1, 0.5]) {
      const advantages = ones.map((_, t) => scale * (t - 2))
      const [logprobs] = await forward(model, [datum(IDS, {})])
      await learn(model, [datum(IDS, { logprobs, advantages })], 'importance_sampling')
      const metrics = await step(model, { beta1: 0.8, beta2: 0.99, eps: 1e-6, weight_decay: 0.1 })
      await own.accumulate([item], () => [{ logprobs: Float32Array.from(advantages, (a) => -a) }])
      const { gradientNorm } = await own.step({ learningRate: 0.01, rates })
      expect(metrics).toEqual({ learning_rate: 0.01, grad_norm: gradientNorm })
    }
    const [{ logprobs: expected }] = await own.score([item])
    expect((await forward(model, [datum(IDS, {})]))[0]).toEqual([...expected])
  })

  it('has a gradient that is the plain sum over tokens and datums, clipped if told so', async () => {
    const model = await served.model()
    const norm = async (data: readonly object[], adam: object = {}): Promise<number> => {
      await learn(model, data)
      return (await step(model, { learning_rate: 0, ...adam })).grad_norm
    }
    const one = datum(IDS, {})
    const alone = await norm([one])
    expect(await norm([one, one])).toBeCloseTo(2 * alone, 4)
    await learn(model, [one])
    expect(await norm([one])).toBeCloseTo(2 * alone, 4)
    expect(await norm([datum(IDS, { weights: ones.map(() => 0.5) })])).toBeCloseTo(alone / 2, 4)
    const sgd = { learning_rate: 1e3, beta1: 0, beta2: 0, eps: 1e6 }
    const moved = async (adam: object): Promise<number> => {
      const fresh = await served.model()
      const [before] = await forward(fresh, [one])
      await learn(fresh, [one])
      await step(fresh, { ...sgd, ...adam })
      const [after] = await forward(fresh, [one])
      return after.reduce((sum, x, t) => sum + x - before[t], 0)
    }
    const free = await moved({})
    expect(free).toBeGreaterThan(0)
    expect((await moved({ grad_clip_norm: alone / 4 })) / free).toBeCloseTo(0.25, 1)
    expect(await moved({ grad_clip_norm: 10 * alone })).toBe(free)
  })

  it('is scored by each loss as its formula says', async () => {
    const model = await served.model()
    const [x] = await forward(model, [datum(IDS, {})])
    const ratios = [0.3, 0.7, 0.9, 1.1, 1.5, 5]
    const advantages = [1, -1, 2, -2, 1, -1]
    const weights = [1, 1, 0.5, 1, 1, 2]
    const inputs = {
      logprobs: x.map((value, t) => value - Math.log(ratios[t])),
      advantages,
      weights,
    }
    const clip = (r: number, low: number, high: number): number => Math.min(Math.max(r, low), high)
    const losses: [string, object | undefined, (r: number, a: number, x: number) => number][] = [
      ['cross_entropy', undefined, (_, __, value) => -value],
      ['importance_sampling', undefined, (r, a) => -r * a],
      ['ppo', undefined, (r, a) => -Math.min(r * a, clip(r, 0.8, 1.2) * a)],
      ['ppo', { clip_high_threshold: 2 }, (r, a) => -Math.min(r * a, clip(r, 0.8, 2) * a)],
      ['cispo', { clip_low_threshold: 0.5 }, (r, a, value) => -clip(r, 0.5, 4) * value * a],
    ]
    for (const [name, settings, expected] of losses) {
      const result = await learn(model, [datum(IDS, inputs)], name, settings)
      const { elementwise_loss: loss } = result.loss_fn_outputs[0]
      const wanted = x.map((value, t) => weights[t] * expected(ratios[t], advantages[t], value))
      loss.data.forEach((value: number, t: number) => expect(value).toBeCloseTo(wanted[t], 4))
      expect(result.metrics['loss:sum']).toBeCloseTo(
        wanted.reduce((a, b) => a + b),
        3,
      )
      await step(model, { learning_rate: 0 })
    }
  })

  it('goes on by its momentum in a step without a gradient, and only with one', async () => {
    const model = await served.model()
    const before = await forward(model, [datum(IDS, {})])
    expect((await step(model)).grad_norm).toBe(0)
    expect(await forward(model, [datum(IDS, {})])).toEqual(before)
    await train(model)
    const trained = await forward(model, [datum(IDS, {})])
    await step(model)
    expect(await forward(model, [datum(IDS, {})])).not.toEqual(trained)
  })

  it('scores targets that are not the next tokens', async () => {
    const model = await served.model()
    const [next] = await forward(model, [datum(IDS, {})])
    const other: Fields = datum(IDS, {})
    other.loss_fn_inputs.target_tokens.data = IDS.slice(1).map((id, t) => (t === 2 ? 39 : id))
    const [scored] = await forward(model, [other])
    const [alone] = await forward(model, [datum([...IDS.slice(0, 3), 39], {})])
    expect(scored).toEqual(next.map((x, t) => (t === 2 ? alone[2] : x)))
    const weights = ones.map((_, t) => (t === 2 ? 1 : 0))
    other.loss_fn_inputs.weights = { data: weights, dtype: 'float32', shape: [6] }
    await learn(model, [other])
    await step(model)
    expect((await forward(model, [other]))[0][2]).toBeGreaterThan(scored[2])
  })

  it('speaks protobuf', async () => {
    const model = await served.model()
    const [x] = await forward(model, [datum(IDS, {})])
    const headers = { 'x-api-key': served.server.token }
    const body = passRequestToProto({
      modelId: model,
      seqId: 1,
      data: [
        {
          tokens: Int32Array.from(IDS.slice(0, -1)),
          inputs: { target_tokens: vector(Int32Array.from(IDS.slice(1))) },
        },
      ],
      lossFn: 'cross_entropy',
      forwardOnly: true,
    })
    const post = (
      path: string,
      type: string,
      content: string | Uint8Array<ArrayBuffer>,
    ): Promise<Response> =>
      served.server.fetch(
        new Request(`http://localhost/api/v1${path}`, {
          method: 'POST',
          headers: { ...headers, 'content-type': type, accept: PROTOBUF },
          body: content,
        }),
      )
    const ticket = (await (
      await post('/forward_backward', PROTOBUF, new Uint8Array(body))
    ).json()) as { request_id: string }
    const result = await post(
      '/retrieve_future',
      'application/json',
      JSON.stringify({ request_id: ticket.request_id }),
    )
    expect(result.headers.get('content-type')).toBe(PROTOBUF)
    const { outputs } = passResultFromProto(new Uint8Array(await result.arrayBuffer()))
    expect([...outputs[0].logprobs.data]).toEqual(x)
  })
})

describe('a call that is sent again', () => {
  it('gets its first ticket, and trains once', async () => {
    const [twice, once] = [await served.model(), await served.model()]
    const one = { forward_backward_input: input([datum(IDS, {})], 'cross_entropy'), seq_id: 1 }
    const adam = { adam_params: { learning_rate: 0.01 }, seq_id: 2 }
    const tickets = []
    for (let i = 0; i < 2; i++)
      tickets.push(
        (await served.send('/forward_backward', { ...one, model_id: twice })).body.request_id,
      )
    expect(tickets[0]).toBe(tickets[1])
    for (let i = 0; i < 2; i++) await served.run('/optim_step', { ...adam, model_id: twice })
    await served.run('/forward_backward', { ...one, model_id: once })
    await served.run('/optim_step', { ...adam, model_id: once })
    expect(await forward(twice, [datum(IDS, {})])).toEqual(await forward(once, [datum(IDS, {})]))
    const other = { adam_params: { learning_rate: 1 }, seq_id: 2, model_id: twice }
    expect(await served.send('/optim_step', other)).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining('seq_id 2') },
    })
  })

  it('runs in order, submitted all at once', async () => {
    const [model, slow] = [await served.model(), await served.model()]
    const body = {
      model_id: model,
      forward_backward_input: input([datum(IDS, {})], 'cross_entropy'),
    }
    const adam = { model_id: model, adam_params: { learning_rate: 0.01 } }
    const tickets = []
    for (let i = 0; i < 3; i++)
      for (const [path, request] of [
        ['/forward_backward', body],
        ['/optim_step', adam],
      ] as const)
        tickets.push((await served.send(path, request)).body.request_id)
    const saved = await served.run('/save_weights', { model_id: model, path: 'after' })
    for (let i = 0; i < 3; i++) await train(slow)
    expect(await forward(model, [datum(IDS, {})])).toEqual(await forward(slow, [datum(IDS, {})]))
    expect(saved.path).toBe(`tinker://${model}/weights/after`)
    for (const request_id of tickets)
      expect((await served.send('/retrieve_future', { request_id })).body.error).toBeUndefined()
  })
})

describe('weights', () => {
  it('are saved with the optimizer, and go on to the same bits, also in another model', async () => {
    const model = await served.model()
    await train(model)
    const { path } = await served.run('/save_weights', { model_id: model, path: 'one' })
    const session_id = model.split(':')[0]
    const whole = { session_id, model_seq_id: 1, path, optimizer: true }
    const { model_id: second } = await served.run('/load_weights', whole)
    const { model_id: third } = await served.run('/load_weights', {
      ...whole,
      model_seq_id: 2,
      optimizer: false,
    })
    const [x] = await forward(model, [datum(IDS, {})])
    expect(await forward(third, [datum(IDS, {})])).toEqual([x])
    for (const id of [model, second, third]) await train(id)
    const [a, b, c] = await Promise.all(
      [model, second, third].map((id) => forward(id, [datum(IDS, {})])),
    )
    expect(b).toEqual(a)
    expect(c).not.toEqual(a)
    await served.run('/load_weights', { model_id: model, path, optimizer: true })
    expect(await forward(model, [datum(IDS, {})])).toEqual([x])
    await train(model)
    expect(await forward(model, [datum(IDS, {})])).toEqual(a)
  })

  it('that were given to a sampler stay, while the model goes on', async () => {
    const model = await served.model()
    await train(model)
    const [x] = await forward(model, [datum(IDS, {})])
    const named = await served.run('/save_weights_for_sampler', { model_id: model, path: 'v1' })
    const id = await sampler(model, 7)
    for (let i = 0; i < 3; i++) await train(model)
    const prompt = { chunks: [{ type: 'encoded_text', tokens: IDS }] }
    for (const from of [{ sampling_session_id: id, seq_id: 0 }, { model_path: named.path }]) {
      const { prompt_logprobs: scored } = await draw(from, {}, { prompt, prompt_logprobs: true })
      expect(scored).toEqual([null, ...x])
    }
    const { prompt_logprobs: base } = await draw(
      { base_model: MODEL },
      {},
      { prompt, prompt_logprobs: true },
    )
    expect(base.slice(1)).not.toEqual(x)
    expect((await served.send(`/samplers/${encodeURIComponent(id)}`)).body).toEqual({
      sampler_id: id,
      base_model: MODEL,
      model_path: null,
    })
  })

  it('are listed, described, archived as a PEFT adapter, and removed', async () => {
    const model = await served.model()
    await train(model)
    await served.run('/save_weights', { model_id: model, path: 'a' })
    const { path } = await served.run('/save_weights_for_sampler', { model_id: model, path: 'b' })
    const again = await served.send('/save_weights', { model_id: model, path: 'a' })
    const { body: failed } = await served.send('/retrieve_future', again.body)
    expect(failed).toMatchObject({
      category: 'user',
      error: expect.stringContaining('choose another'),
    })
    const run = `/training_runs/${encodeURIComponent(model)}`
    const { body: list } = await served.send(`${run}/checkpoints`)
    expect(
      list.checkpoints.map(({ checkpoint_id: id, checkpoint_type: type }: Fields) => [id, type]),
    ).toEqual([
      ['weights/a', 'training'],
      ['sampler_weights/b', 'sampler'],
    ])
    expect((await served.send(run)).body).toMatchObject({ is_lora: true, lora_rank: 4 })
    expect((await served.send('/weights_info', { tinker_path: path })).body).toMatchObject({
      base_model: MODEL,
      is_lora: true,
      lora_rank: 4,
    })
    const { urls, close } = await listen((request) => served.server.fetch(request), {
      isGuarded: true,
    })
    const headers = { 'x-api-key': served.server.token }
    const moved = await fetch(`${urls[0]}/api/v1${run}/checkpoints/b/archive`, {
      headers,
      redirect: 'manual',
    })
    expect(moved.status).toBe(302)
    const archive = await fetch(moved.headers.get('location')!)
    const files = await parseTarGzip(await archive.arrayBuffer())
    expect(files.map(({ name }) => name)).toEqual([
      'adapter_config.json',
      'adapter_model.safetensors',
    ])
    expect((await fetch(`${urls[0]}/archives/${'0'.repeat(32)}`)).status).toBe(404)
    await close()
    expect(
      (await served.send(`${run}/checkpoints/sampler_weights/b`, undefined, 'DELETE')).status,
    ).toBe(204)
    expect((await served.send(`${run}/checkpoints/b`, undefined, 'DELETE')).status).toBe(404)
    expect(
      (
        await served.send('/asample', {
          model_path: path,
          prompt: { chunks: [{ tokens: [1] }] },
          sampling_params: { max_tokens: 1 },
        })
      ).status,
    ).toBe(404)
  })

  it('all learn where the rank is 0, and are sampled from as they were', async () => {
    await using whole = await serve({
      fullModel: async (name) => new LocalPolicy(config, initializeModel(config, 0), { name }),
    })
    const model = await whole.model({ rank: 0 })
    await train(model, whole)
    const scored = await forward(model, [datum(IDS, {})], whole)
    const { path } = await whole.run('/save_weights_for_sampler', { model_id: model, path: 'v' })
    await train(model, whole)
    const { prompt_logprobs: sampled } = await whole.run('/asample', {
      model_path: path,
      prompt: { chunks: [{ type: 'encoded_text', tokens: IDS }] },
      sampling_params: { max_tokens: 1 },
      prompt_logprobs: true,
    })
    expect(sampled.slice(1)).toEqual(scored[0])
    expect((await whole.send('/weights_info', { tinker_path: path })).body.is_lora).toBe(false)
  })

  it('are there for the next server', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'icrl-tinker-'))
    let saved: string
    let scored: number[][]
    {
      await using first = await serve({ directory })
      const model = await first.model()
      await train(model, first)
      scored = await forward(model, [datum(IDS, {})], first)
      saved = (await first.run('/save_weights', { model_id: model, path: 'kept' })).path
    }
    await using second = await serve({ directory })
    const model = await second.model()
    expect(await forward(model, [datum(IDS, {})], second)).not.toEqual(scored)
    await second.run('/load_weights', { model_id: model, path: saved, optimizer: true })
    expect(await forward(model, [datum(IDS, {})], second)).toEqual(scored)
    await rm(directory, { recursive: true })
  })
})

describe('samples', () => {
  it('repeat by seed, stop at ids and texts, and are filtered', async () => {
    const base = { base_model: MODEL }
    const { sequences } = await draw(base, {}, { num_samples: 2 })
    const [{ tokens, logprobs }, second] = sequences
    expect((await draw(base)).sequences[0]).toEqual(sequences[0])
    expect((await draw(base, { seed: 2 })).sequences[0]).toEqual(second)
    const at = tokens.indexOf(tokens[3]) + 1
    const byId = (await draw(base, { stop: [tokens[3]] })).sequences[0]
    expect(byId).toEqual({
      stop_reason: 'stop',
      tokens: tokens.slice(0, at),
      logprobs: logprobs.slice(0, at),
    })
    const word = String.fromCharCode(65 + tokens[2], 65 + tokens[3])
    const text = (await draw(base, { stop: [word, 'never'] })).sequences[0]
    expect(text).toEqual({
      stop_reason: 'stop',
      tokens: tokens.slice(0, 4),
      logprobs: logprobs.slice(0, 4),
    })
    const greedy = (await draw(base, { temperature: 0 })).sequences[0]
    expect((await draw(base, { top_k: 1, seed: 5 })).sequences[0]).toEqual(greedy)
    expect((await draw(base, { top_p: 1e-6, seed: 5 })).sequences[0].tokens).toEqual(greedy.tokens)
    const hot = (await draw(base, { temperature: 2 })).sequences[0]
    const prompt = { chunks: [{ tokens: [...IDS.slice(0, 3), ...hot.tokens] }] }
    const { prompt_logprobs: untempered } = await draw(base, {}, { prompt, prompt_logprobs: true })
    expect(hot.logprobs).toEqual(untempered.slice(3))
  })
})

describe('what cannot be', () => {
  const prompt = { chunks: [{ tokens: [1, 2] }] }
  const sampling_params = { max_tokens: 2 }
  const asked = { base_model: MODEL, prompt, sampling_params }

  it('is refused without the secret, on every route', async () => {
    expect(served.server.routes.length).toBeGreaterThan(20)
    for (const { method, path } of served.server.routes) {
      const url = `http://localhost/api/v1${path.replace(/[:*]/g, '')}`
      for (const headers of [{}, { 'x-api-key': 'tml-wrong' }] as Record<string, string>[])
        expect((await served.server.fetch(new Request(url, { method, headers }))).status).toBe(401)
    }
    expect((await served.send('/whoami')).status).toBe(404)
  })

  // CVE-2026-3059, -3060, -3989, -7304, CVE-2025-10164: a body that is decoded as objects runs code.
  it('reads no pickled object, on any route', async () => {
    const pickle = "cposix\nsystem\n(S'touch icrl-was-here'\ntR."
    const readsBody = ({ method, path }: { method: string; path: string }): boolean =>
      method === 'POST' && !/^\/(client\/|telemetry)/.test(path)
    for (const { method, path } of served.server.routes.filter(readsBody))
      for (const type of ['application/octet-stream', 'application/json', PROTOBUF]) {
        const headers = { 'x-api-key': served.server.token, 'content-type': type }
        const url = `http://localhost/api/v1${path.replace(/[:*]/g, '')}`
        const response = await served.server.fetch(
          new Request(url, { method, headers, body: pickle }),
        )
        expect([path, type, response.status >= 400 && response.status < 500]).toEqual([
          path,
          type,
          true,
        ])
      }
  })

  it.each<[string, object, number, string]>([
    ['/asample', { ...asked, base_model: 'other' }, 404, 'other'],
    ['/asample', { ...asked, model_path: 'tinker://a/sampler_weights/b' }, 422, 'exactly one'],
    ['/asample', { ...asked, prompt: { chunks: [] } }, 422, 'no token'],
    ['/asample', { ...asked, prompt: { chunks: [{ tokens: [99] }] } }, 422, 'id 99'],
    [
      '/asample',
      { ...asked, prompt: { chunks: [{ type: 'image', data: 'aa', format: 'png' }] } },
      422,
      'a chunk of type image',
    ],
    ['/asample', { ...asked, num_samples: 0 }, 422, 'num_samples'],
    ['/asample', { ...asked, sampling_params: { max_tokens: 0 } }, 422, 'max_tokens'],
    [
      '/asample',
      { ...asked, sampling_params: { max_tokens: 1, temperature: -1 } },
      422,
      'temperature',
    ],
    ['/asample', { ...asked, sampling_params: { max_tokens: 1, seed: 2 ** 31 } }, 422, 'seed'],
    ['/asample', { ...asked, topk_prompt_logprobs: 3 }, 422, 'topk_prompt_logprobs'],
    ['/create_session', {}, 422, 'tags'],
    ['/session_heartbeat', { session_id: 'no' }, 404, 'session no'],
    ['/get_info', { model_id: 'no' }, 404, 'model no'],
    ['/retrieve_future', { request_id: 'no' }, 404, 'request_id no'],
    ['/weights_info', { tinker_path: 'tinker://a/weights/b' }, 404, 'tinker://a/weights/b'],
    ['/weights_info', { tinker_path: '../x' }, 422, 'no path'],
    ['/optim_step', { model_id: 'no', adam_params: { beta1: 1 } }, 422, 'beta1'],
  ])('%s of %j is answered %i', async (path, body, status, detail) => {
    const answered = await served.send(path, body)
    expect(answered).toMatchObject({ status, body: { detail: expect.stringContaining(detail) } })
  })

  it('is a compressed body, whatever is asked and in whatever form', async () => {
    const { status, body } = await served.send('/client/config', {})
    expect([status, body.proto_compress_fwdbwd]).toEqual([200, false])
    for (const [path, type] of [
      ['/forward_backward', PROTOBUF],
      ['/asample', 'application/json'],
    ])
      for (const encoding of ['zstd', 'gzip']) {
        const answered = await served.server.fetch(
          new Request(`http://localhost/api/v1${path}`, {
            method: 'POST',
            headers: {
              'x-api-key': served.server.token,
              'content-type': type,
              'content-encoding': encoding,
            },
            body: new Uint8Array([40, 181, 47, 253]),
          }),
        )
        const { detail } = (await answered.json()) as { detail: string }
        expect([answered.status, detail]).toEqual([415, expect.stringContaining(encoding)])
      }
  })

  it('of a model is refused before it is made', async () => {
    const { body } = await served.send('/create_session', { tags: [], sdk_version: '0' })
    const create = (more: object): Promise<{ status: number; body: Fields }> =>
      served.send('/create_model', { session_id: body.session_id, base_model: MODEL, ...more })
    for (const [more, detail] of [
      [{ base_model: 'other', lora_config: { rank: 4 } }, 'other'],
      [{ lora_config: { rank: 9 } }, 'rank 9'],
      [{}, 'rank 0'],
      [{ lora_config: { rank: 4, train_attn: false, train_mlp: false } }, 'neither'],
    ] as const)
      expect(await create(more)).toMatchObject({
        status: 422,
        body: { detail: expect.stringContaining(detail) },
      })
  })

  it('of a pass is refused at once, naming the datum, and no other model is touched', async () => {
    const [model, other] = [await served.model(), await served.model()]
    const before = await forward(other, [datum(IDS, {})])
    const short = ones.slice(1)
    const passes: [object[], string, object | undefined, string][] = [
      [[], 'cross_entropy', undefined, 'data is empty'],
      [[datum(IDS, {})], 'dro', undefined, 'no "dro"'],
      [[datum(IDS, {})], 'dppo', undefined, 'no "dppo" here, but cross_entropy'],
      [
        [{ ...datum(IDS, {}), model_input: { chunks: [{ type: 'image_asset_pointer' }] } }],
        'cross_entropy',
        undefined,
        'a chunk of type image_asset_pointer',
      ],
      [[datum(IDS, {})], 'ppo', undefined, 'needs logprobs'],
      [[datum(IDS, {})], 'cross_entropy', { beta: 1 }, 'no "beta"'],
      [[datum([1, 40], {})], 'cross_entropy', undefined, 'id 40'],
      [
        [datum(IDS, {}), datum(IDS, { weights: short })],
        'cross_entropy',
        undefined,
        'data[1]: weights',
      ],
      [[datum(IDS, { scores: ones })], 'cross_entropy', undefined, '"scores"'],
      [
        [
          datum(
            Array.from({ length: 66 }, () => 1),
            {},
          ),
        ],
        'cross_entropy',
        undefined,
        '65 tokens',
      ],
      [[datum([1], {})], 'cross_entropy', undefined, 'no token'],
    ]
    for (const [data, loss, settings, detail] of passes)
      expect(
        await served.send('/forward_backward', {
          model_id: model,
          forward_backward_input: input(data, loss, settings),
        }),
      ).toMatchObject({ status: 422, body: { detail: expect.stringContaining(detail) } })
    await learn(model, [datum(IDS, {})])
    // exp(x − q) overflows: a pass that fails, after one that did not.
    const broken = datum(IDS, { logprobs: ones.map(() => -2000), advantages: ones })
    await expect(learn(model, [broken], 'importance_sampling')).rejects.toThrow(/Infinity/)
    await expect(learn(model, [datum(IDS, {})])).rejects.toThrow(/same step failed before/)
    await expect(step(model)).rejects.toThrow(/No step was made/)
    expect(await forward(other, [datum(IDS, {})])).toEqual(before)
    await train(model)
    await train(other)
    expect(await forward(model, [datum(IDS, {})])).toEqual(await forward(other, [datum(IDS, {})]))
  })
})

describe('a session', () => {
  it('that stops sending heartbeats ends, and its models with it', async () => {
    await using short = await serve({ sessionTimeoutMs: 30 })
    const model = await short.model()
    expect((await short.send('/get_info', { model_id: model })).status).toBe(200)
    await short.send('/session_heartbeat', { session_id: model.split(':')[0] })
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect((await short.send('/get_info', { model_id: model })).status).toBe(404)
  })

  it('has models that are unloaded, and no more than there may be', async () => {
    await using few = await serve({ maxModels: 1 })
    const model = await few.model()
    await expect(few.model()).rejects.toThrow(/1 models already/)
    await few.run('/unload_model', { model_id: model })
    await few.model()
  })

  it('has tickets that say for a while that nothing is there yet', async () => {
    await using hasty = await serve({ holdMs: 0 })
    const { body } = await hasty.send('/asample', {
      base_model: MODEL,
      num_samples: 32,
      prompt: { chunks: [{ tokens: [1] }] },
      sampling_params: { max_tokens: 60 },
    })
    const { body: answered } = await hasty.send('/retrieve_future', { request_id: body.request_id })
    expect(answered.type).toBe('try_again')
  })
})
