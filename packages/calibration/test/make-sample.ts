import type { Sample } from '@icrl/core'

export interface RevisionSketch {
  /** Probabilities of its tokens without the critique, at the weights that sampled it. */
  readonly free: readonly number[]
  /** Probabilities with it. */
  readonly guided: readonly number[]
  readonly fields?: Partial<Sample>
}

/** A critique-guided revision: sampled under (q, c), trained under q. */
export function makeRevision({ free, guided, fields = {} }: RevisionSketch): Sample {
  return {
    id: 'q/0/solver/2',
    parents: [],
    keys: { task: 'q', role: 'solver', session: 0, round: 2, branch: 0 },
    sampledUnder: Int32Array.of(1, 2),
    trainedUnder: Int32Array.of(1),
    response: new Int32Array(free.length),
    mask: new Uint8Array(free.length).fill(1),
    behaviorLogprobs: Float32Array.from(guided, Math.log),
    oldLogprobs: Float32Array.from(free, Math.log),
    rewards: {},
    reward: 0,
    policy: 'shared',
    version: '0',
    temperature: 1,
    finish: 'stop',
    valid: true,
    ...fields,
  }
}

/**
 * What a sample that was trained under the prompt it was sampled under has in place of the pair of
 * prompts.
 */
export function unbound(): Pick<Sample, 'sampledUnder' | 'trainedUnder'> {
  const prompt = Int32Array.of(1)
  return { sampledUnder: prompt, trainedUnder: prompt }
}
