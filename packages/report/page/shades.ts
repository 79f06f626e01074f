import { formatNumber } from './format.ts'
import type { TokenFacts } from './token-facts.ts'

/** One way to color tokens. */
export interface Shade {
  readonly key: 'weight' | 'ratio' | 'advantage' | 'logprob' | 'mask'
  readonly name: string
  readonly sentence: string
  /** The number shown; undefined if the run stores none, or if only tokens of the model have one. */
  readonly valueOf: (facts: TokenFacts) => number | undefined
  /** From −1 to 1: strength and side of the color. */
  readonly strengthOf: (value: number) => number
  /** Values of the key, left to right. */
  readonly ticks: readonly number[]
  readonly format: (value: number) => string
}

const clamp = (value: number): number => Math.max(-1, Math.min(1, value))
const log2 =
  (factor: number) =>
  (value: number): number =>
    clamp(Math.log2(Math.max(value, 1e-9)) / factor)

/** A value that only tokens of the model have. */
const ofWritten =
  (valueOf: Shade['valueOf']): Shade['valueOf'] =>
  (facts) =>
    facts.isObserved ? undefined : valueOf(facts)

/** The ways to color tokens, for a run with this cap on weights. */
export function shadesFor(maxWeight: number | undefined): readonly Shade[] {
  return [
    {
      key: 'weight',
      name: 'Weight w',
      sentence:
        'How much the token counts: below 1 it leans on the critique, above 1 the model likes it better unaided.',
      valueOf: ofWritten(({ weight }) => weight),
      strengthOf: log2(2),
      ticks: [0.25, 0.5, 1, ...(maxWeight === undefined ? [2, 4] : [maxWeight])],
      format: formatNumber,
    },
    {
      key: 'ratio',
      name: 'Ratio ρ',
      sentence:
        'How far the policy had moved from the one that sampled the token when it was trained on it; 1 is not at all.',
      valueOf: ofWritten(({ ratio }) => ratio),
      strengthOf: log2(0.5),
      ticks: [0.7, 0.85, 1, 1.2, 1.4],
      format: formatNumber,
    },
    {
      key: 'advantage',
      name: 'Advantage',
      sentence:
        'How much better or worse than its group the sample did: above 0 its tokens are made likelier, below 0 less likely.',
      valueOf: ofWritten(({ advantage }) => advantage),
      strengthOf: (value) => clamp(value / 2),
      ticks: [-2, -1, 0, 1, 2],
      format: formatNumber,
    },
    {
      key: 'logprob',
      name: 'Log-probability',
      sentence: 'How surprising the token was when it was sampled: the darker, the less likely.',
      valueOf: ofWritten(({ behavior }) => behavior),
      strengthOf: (value) => -clamp(value / -5),
      ticks: [-5, -2, -1, 0],
      format: formatNumber,
    },
    {
      key: 'mask',
      name: 'Mask',
      sentence: 'Which tokens are learned from: 1, the model wrote them; 0, the environment did.',
      valueOf: ({ isObserved }) => (isObserved ? 0 : 1),
      strengthOf: (value) => 0.6 * value,
      ticks: [0, 1],
      format: formatNumber,
    },
  ]
}

/** A CSS color for a strength from −1 to 1. */
export function shadeColor(strength: number): string {
  const side = strength < 0 ? 'var(--shade-low)' : 'var(--shade-high)'
  return `color-mix(in oklab, ${side} ${Math.round(Math.abs(strength) * 62)}%, transparent)`
}
