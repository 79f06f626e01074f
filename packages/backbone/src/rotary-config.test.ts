import { describe, expect, it } from 'vitest'
import { configFields } from './config-fields.ts'
import { parseRotary, type RotaryConfig } from './rotary-config.ts'

const parse = (json: object, headDim = 8): RotaryConfig =>
  parseRotary(configFields(json, 'config.json'), headDim, 128)
const frequencies = (json: object, headDim = 8): number[] => [
  ...parse(json, headDim).inverseFrequencies,
]
const f32 = (values: number[]): number[] => values.map(Math.fround)

describe('parseRotary', () => {
  it('is θ^(−2i/d), θ = 10,000 where none is given', () => {
    expect(frequencies({})).toEqual(f32([1, 0.1, 0.01, 0.001]))
    expect(frequencies({ rope_theta: 16 })).toEqual([1, 0.5, 0.25, 0.125])
  })

  it('reads θ where newer configurations keep it', () => {
    expect(frequencies({ rope_parameters: { rope_type: 'default', rope_theta: 16 } })).toEqual([
      1, 0.5, 0.25, 0.125,
    ])
  })

  it('divides by the factor of linear scaling', () => {
    expect(frequencies({ rope_theta: 16, rope_scaling: { type: 'linear', factor: 2 } })).toEqual([
      0.5, 0.25, 0.125, 0.0625,
    ])
  })

  it('keeps fast components, divides slow ones and blends between (llama3)', () => {
    const scaling = {
      rope_type: 'llama3',
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 16 * Math.PI,
    }
    const found = frequencies({ rope_theta: 16, rope_scaling: scaling })
    // Turns in the original context are 8, 4, 2 and 1: kept, kept, a third of the way, divided.
    expect(found).toEqual(f32([1, 0.5, (2 / 3) * (0.25 / 8) + (1 / 3) * 0.25, 0.125 / 8]))
  })

  it('ramps between β_slow and β_fast turns and scales attention (yarn)', () => {
    const scaling = {
      rope_type: 'yarn',
      factor: 4,
      original_max_position_embeddings: 128,
      beta_fast: 4,
      beta_slow: 1,
    }
    const { inverseFrequencies, attentionFactor } = parse({ rope_theta: 16, rope_scaling: scaling })
    const component = (turns: number): number =>
      (8 * Math.log(128 / (turns * 2 * Math.PI))) / (2 * Math.log(16))
    const [low, high] = [Math.floor(component(4)), Math.ceil(component(1))]
    const expected = [1, 0.5, 0.25, 0.125].map((frequency, i) => {
      const share = Math.min(1, Math.max(0, (i - low) / (high - low)))
      return share * (frequency / 4) + (1 - share) * frequency
    })
    expect([...inverseFrequencies]).toEqual(f32(expected))
    expect(attentionFactor).toBeCloseTo(0.1 * Math.log(4) + 1, 12)
  })

  it('takes a given attention factor', () => {
    expect(
      parse({ rope_scaling: { type: 'yarn', factor: 4, attention_factor: 1.5 } }).attentionFactor,
    ).toBe(1.5)
  })

  const linear = { type: 'linear', factor: 2 }

  it('takes rope_scaling before rope_parameters, with the base of the file', () => {
    const both = { rope_theta: 16, rope_scaling: linear }
    const halves = [0.5, 0.25, 0.125, 0.0625]
    expect(frequencies({ ...both, rope_parameters: { rope_theta: 16 } })).toEqual(halves)
    expect(
      frequencies({ ...both, rope_parameters: { rope_type: 'default', rope_theta: 5e5 } }),
    ).toEqual(halves)
    expect(
      frequencies({
        rope_scaling: { ...linear, rope_theta: 16 },
        rope_parameters: { rope_theta: 1 },
      }),
    ).toEqual(halves)
  })

  it('takes rope_parameters where rope_scaling is empty or null', () => {
    const rope_parameters = { rope_theta: 16 }
    for (const rope_scaling of [null, {}])
      expect(frequencies({ rope_theta: 4, rope_scaling, rope_parameters })).toEqual([
        1, 0.5, 0.25, 0.125,
      ])
  })

  it('is not clear about the base where only what does not count has one', () => {
    expect(() => parse({ rope_scaling: linear, rope_parameters: { rope_theta: 16 } })).toThrow(
      'the base is unclear',
    )
  })

  it('takes rope_parameters by layer type: those of the type in use', () => {
    const full = { rope_type: 'linear', factor: 2 }
    expect(frequencies({ rope_theta: 16, rope_parameters: { full_attention: full } })).toEqual([
      0.5, 0.25, 0.125, 0.0625,
    ])
    expect(
      frequencies({
        layer_types: ['full_attention', 'full_attention'],
        rope_parameters: {
          full_attention: { rope_theta: 16 },
          sliding_attention: { rope_theta: 4 },
        },
      }),
    ).toEqual([1, 0.5, 0.25, 0.125])
  })

  it('refuses rope_parameters that differ between layers, or lack one of a type in use', () => {
    const layer_types = ['full_attention', 'sliding_attention']
    const full_attention = { rope_theta: 16 }
    expect(() =>
      parse({
        layer_types,
        rope_parameters: { full_attention, sliding_attention: { rope_theta: 4 } },
      }),
    ).toThrow('rope_parameters that differ between layers')
    expect(() => parse({ layer_types, rope_parameters: { full_attention } })).toThrow(
      'rope_parameters without one of sliding_attention',
    )
    expect(() => parse({ rope_parameters: { sliding_attention: full_attention } })).toThrow(
      'rope_parameters without one of full_attention',
    )
  })

  it.each([
    ['dynamic', { rope_type: 'dynamic', factor: 2 }],
    ['longrope', { type: 'longrope' }],
  ])('refuses %s', (type, scaling) => {
    expect(() => parse({ rope_scaling: scaling })).toThrow(`rope type "${type}"`)
  })

  it('refuses a partial rotation', () => {
    expect(() => parse({ partial_rotary_factor: 0.5 })).toThrow('partial_rotary_factor 0.5')
  })
})
