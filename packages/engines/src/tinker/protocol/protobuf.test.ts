import { readdirSync, readFileSync } from 'node:fs'
import { isIcrlError } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import {
  passRequestFromProto,
  passRequestToProto,
  passResultFromProto,
  passResultToProto,
} from './pass-proto.ts'
import type { PassRequest, PassResult } from './pass.ts'
import { sampleResultFromProto, sampleResultToProto, type SampleResult } from './sampling.ts'
import { vector } from './tensor.ts'

const folder = new URL('../../../test/fixtures/', import.meta.url)
const files = readdirSync(folder).filter((name) => name.startsWith('protobuf-'))

/** What `scripts/protobuf-fixtures.py` put into each message. */
const request: PassRequest = {
  modelId: 'model_1',
  seqId: 3,
  lossFn: 'ppo',
  lossFnConfig: { clip_low_threshold: 0.8, clip_high_threshold: 1.25 },
  forwardOnly: false,
  data: [
    {
      tokens: Int32Array.of(1, 511, 3),
      inputs: {
        target_tokens: vector(Int32Array.of(511, 3, 70_000)),
        logprobs: vector(Float32Array.of(-0.5, -1, -1.5)),
        advantages: vector(Float32Array.of(0, 1.5, -2.25)),
      },
    },
    {
      tokens: Int32Array.of(7),
      inputs: {
        target_tokens: vector(Int32Array.of(8)),
        logprobs: vector(Float32Array.of(-0.5)),
        advantages: vector(Float32Array.of(1)),
      },
    },
  ],
}
const { lossFnConfig: _, ...unconfigured } = request
const forward: PassRequest = { ...unconfigured, forwardOnly: true }
const result: PassResult = {
  outputType: 'scalar',
  metrics: { 'loss:sum': 1.25 },
  outputs: [
    {
      logprobs: vector(Float32Array.of(-1, -2.5, -0.125)),
      elementwise_loss: vector(Float32Array.of(0.5, 0.25, 0)),
    },
    {
      logprobs: vector(Float32Array.of(-3)),
      elementwise_loss: vector(Float32Array.of(1)),
    },
  ],
}
const sampled: SampleResult = {
  sequences: [
    {
      stopReason: 'stop',
      tokens: Int32Array.of(5, 2),
      logprobs: Float32Array.of(-0.5, -0.25),
    },
    { stopReason: 'length', tokens: Int32Array.of(70_000), logprobs: Float32Array.of(-4) },
  ],
  promptLogprobs: Float32Array.of(Number.NaN, -1.5),
}

describe.each(files)('%s', (file) => {
  const fixture: Record<string, string> = JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
  const wire = (name: string): Uint8Array => Buffer.from(fixture[name], 'base64')

  it('is read as the official SDK meant it', () => {
    expect(passRequestFromProto(wire('forwardBackward'))).toEqual(request)
    expect(passRequestFromProto(wire('forward'))).toEqual(forward)
    expect(passResultFromProto(wire('passResult'))).toEqual(result)
    expect(sampleResultFromProto(wire('sampleResult'))).toEqual(sampled)
  })
})

it('what is written is read back', () => {
  expect(files.length).toBe(3)
  expect(passRequestFromProto(passRequestToProto(request))).toEqual(request)
  expect(passRequestFromProto(passRequestToProto(forward))).toEqual(forward)
  expect(passResultFromProto(passResultToProto(result))).toEqual(result)
  expect(sampleResultFromProto(sampleResultToProto(sampled))).toEqual(sampled)
  const nothing: PassResult = { outputType: '', outputs: [], metrics: {} }
  expect(passResultFromProto(passResultToProto(nothing))).toEqual(nothing)
})

it('results are written as the newest SDK writes them, byte for byte', () => {
  const [newest] = files.toSorted().reverse()
  const fixture = JSON.parse(readFileSync(new URL(newest, folder), 'utf8'))
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
  expect(base64(sampleResultToProto(sampled))).toBe(fixture.sampleResult)
  expect(passResultToProto(result).length).toBe(Buffer.from(fixture.passResult, 'base64').length)
})

it('half a message, and bytes that are none, are refused by name', () => {
  const whole = passRequestToProto(forward)
  const refused = [
    ...Array.from({ length: 40 }, (_, i) => whole.slice(0, whole.length - 1 - 3 * i)),
    Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x7f),
    Uint8Array.of(0x1a, 0xff, 0xff, 0xff, 0x7f),
    Uint8Array.of(0),
    Buffer.from('<html>502 Bad Gateway</html>'),
  ]
  for (const bytes of refused) {
    let error: unknown
    let read: PassRequest | undefined
    try {
      read = passRequestFromProto(bytes)
    } catch (thrown) {
      error = thrown
    }
    // Cut between two fields it is a message, of less.
    if (read) expect(read).not.toEqual(forward)
    else expect(isIcrlError(error, 'invalid-shape'), String(error)).toBe(true)
  }
})
