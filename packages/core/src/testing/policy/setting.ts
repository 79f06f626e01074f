import type {
  Generation,
  LossSlopes,
  PassItem,
  Policy,
  SampleRequest,
  Sampler,
  TokenSlopes,
} from '../../policy.ts'
import { expect, largestDifference, sameValues } from '../expect.ts'
import type { TestPolicyOptions } from '../test-policy.ts'

/** What the checks share. */
export interface Setting extends Required<
  Pick<TestPolicyOptions, 'prompt' | 'tolerance' | 'learningRate' | 'vocabularySize'>
> {
  readonly create: () => Promise<Policy>
  readonly request: (session: number, more?: Partial<SampleRequest>) => SampleRequest
  readonly draw: (sampler: Sampler, session: number) => Promise<Generation>
}

/** Raises the likelihood of what is trained: loss −Σ logp. */
export const likelihood =
  (items: readonly PassItem[]): LossSlopes =>
  (indices) =>
    indices.map((index) => raise(items[index]))

export function raise({ response }: PassItem): TokenSlopes {
  return { logprobs: new Float32Array(response.length).fill(-1) }
}

export async function learn(policy: Policy, ...items: PassItem[]): Promise<void> {
  await policy.accumulate(items, likelihood(items))
}

export function close(
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

/** Items drawn from a policy, the first and the last of one unit. */
export async function drawItems(
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
