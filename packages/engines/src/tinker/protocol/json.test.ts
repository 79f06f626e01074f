import { existsSync, readFileSync } from 'node:fs'
import { isIcrlError } from '@icrl/core'
import { expect, it } from 'vitest'
import * as messages from './messages.ts'
import {
  passRequestFromJson,
  passRequestToJson,
  passResultFromJson,
  passResultToJson,
} from './pass.ts'
import { readMessage } from './refuse.ts'
import {
  sampleCallFromJson,
  sampleCallToJson,
  sampleResultFromJson,
  sampleResultToJson,
} from './sampling.ts'
import { vector } from './tensor.ts'
import { readWeightsPath } from './weights-path.ts'

interface Exchange {
  readonly n: number
  readonly path: string
  readonly status: number
  readonly request: any // eslint-disable-line typescript/no-explicit-any -- recorded JSON
  readonly response: any // eslint-disable-line typescript/no-explicit-any -- recorded JSON
}

const recorded = new URL(
  '../../../../../../shared/data/engines/tinker_exchanges.jsonl',
  import.meta.url,
)
const exchanges: Exchange[] = existsSync(recorded)
  ? readFileSync(recorded, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  : []
const ofPath = (path: string): Exchange[] =>
  exchanges.filter((one) => one.path === `/api/v1${path}` && one.status === 200)

it.skipIf(exchanges.length === 0)(
  'recorded requests of the official SDK and answers of SkyRL 0.3.0 are read',
  () => {
    const schemas = {
      '/client/config': [undefined, messages.clientConfig],
      '/get_server_capabilities': [undefined, messages.serverCapabilities],
      '/create_session': [messages.createSession, messages.sessionCreated],
      '/session_heartbeat': [messages.ofSession, undefined],
      '/create_model': [messages.createModel, messages.modelCreated],
      '/get_info': [messages.ofModel, messages.modelInfo],
      '/optim_step': [messages.optimStep, messages.ticket],
      '/save_weights': [messages.saveWeights, messages.ticket],
      '/load_weights': [messages.loadWeights, messages.ticket],
      '/save_weights_for_sampler': [messages.saveForSampler, messages.ticket],
      '/create_sampling_session': [messages.createSamplingSession, messages.samplingSessionCreated],
      '/retrieve_future': [messages.retrieveFuture, undefined],
    } as const
    for (const [path, [request, response]] of Object.entries(schemas)) {
      const found = ofPath(path)
      expect(found.length, path).toBeGreaterThan(0)
      for (const one of found) {
        if (request) readMessage(request as never, one.request, path)
        if (response) readMessage(response as never, one.response, path)
      }
    }
    for (const path of ['/forward_backward', '/forward'])
      for (const { request } of ofPath(path)) {
        const read = passRequestFromJson(request)
        expect(read.forwardOnly).toBe(path === '/forward')
        expect(read.data[0].inputs.target_tokens.data).toBeInstanceOf(Int32Array)
        expect(passRequestFromJson(JSON.parse(JSON.stringify(passRequestToJson(read))))).toEqual(
          read,
        )
      }
    for (const { request } of ofPath('/asample'))
      expect(sampleCallFromJson(sampleCallToJson(sampleCallFromJson(request)))).toEqual(
        sampleCallFromJson(request),
      )
    const results = ofPath('/retrieve_future').map(({ response }) => response)
    const passes = results.filter(({ loss_fn_outputs }) => loss_fn_outputs)
    const samples = results.filter(({ sequences }) => sequences)
    expect(Math.min(passes.length, samples.length)).toBeGreaterThan(2)
    for (const one of passes)
      expect(passResultFromJson(passResultToJson(passResultFromJson(one)))).toEqual(
        passResultFromJson(one),
      )
    for (const one of samples)
      expect(sampleResultFromJson(sampleResultToJson(sampleResultFromJson(one)))).toEqual(
        sampleResultFromJson(one),
      )
  },
)

const code = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    return isIcrlError(error) ? error.code : String(error)
  }
  return 'nothing thrown'
}

const datum = (inputs: object): object => ({
  model_input: { chunks: [{ type: 'encoded_text', tokens: [1, 2] }] },
  loss_fn_inputs: inputs,
})
const body = (data: object): object => ({
  model_id: 'm',
  forward_backward_input: { data: [data], loss_fn: 'ppo' },
})

it('whole advantages are floats, and a missing kind is known by the name', () => {
  const { data } = passRequestFromJson(
    body(datum({ target_tokens: { data: [2, 3] }, advantages: { data: [1, 0] } })),
  )
  expect(data[0].inputs).toEqual({
    target_tokens: vector(Int32Array.of(2, 3)),
    advantages: vector(Float32Array.of(1, 0)),
  })
})

it('what is wrong with a request is refused by name', () => {
  const wrong: [string, object][] = [
    ['invalid-shape', {}],
    ['invalid-shape', { model_id: 'm' }],
    ['invalid-shape', body(datum({ target_tokens: { data: [1.5], dtype: 'int64' } }))],
    ['invalid-shape', body(datum({ target_tokens: { data: [2 ** 31] } }))],
    ['invalid-shape', body(datum({ target_tokens: { data: [1], shape: [2] } }))],
    ['invalid-shape', body(datum({ target_tokens: { data: [null] } }))],
    ['invalid-shape', body({ ...datum({}), model_input: { chunks: [{ tokens: [-1] }] } })],
    ['unsupported', body({ ...datum({}), model_input: { chunks: [{ type: 'image' }] } })],
  ]
  for (const [expected, request] of wrong)
    expect([expected, code(() => passRequestFromJson(request))]).toEqual([expected, expected])
  const sample = {
    prompt: { chunks: [{ tokens: [1] }] },
    sampling_params: { max_tokens: 1 },
    base_model: 'b',
  }
  expect(sampleCallFromJson(sample)).toMatchObject({ temperature: 1, topK: -1, topP: 1 })
  const { base_model: _, ...homeless } = sample
  for (const more of [
    { num_samples: 0 },
    { sampling_params: { max_tokens: 0 } },
    { sampling_params: { max_tokens: 1, temperature: -1 } },
    { sampling_params: { max_tokens: 1, stop: 5 } },
    { model_path: 'tinker://m/n' },
  ])
    expect(code(() => sampleCallFromJson({ ...sample, ...more }))).toBe('invalid-shape')
  expect(code(() => sampleCallFromJson(homeless))).toBe('invalid-shape')
})

it('a value that is not finite does not become null on the wire', () => {
  const outputs = [{ logprobs: vector(Float32Array.of(Number.NaN)) }]
  expect(code(() => passResultToJson({ outputType: '', outputs, metrics: {} }))).toBe('non-finite')
})

it('paths of weights are read', () => {
  expect(readWeightsPath('tinker://m-1/sampler_weights/a_b')).toEqual({
    modelId: 'm-1',
    kind: 'sampler_weights',
    name: 'a_b',
  })
  expect(readWeightsPath('tinker://m/weights/n')?.kind).toBe('weights')
  for (const path of [
    '',
    'm/weights/n',
    'tinker://m/weights/',
    'tinker://m/w/n',
    'tinker://m/a/b/c',
  ])
    expect(readWeightsPath(path)).toBeUndefined()
})
