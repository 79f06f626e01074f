import type { Sample, SampleKeys } from '@icrl/core'

export interface SampleSketch {
  readonly keys?: Partial<SampleKeys>
  readonly reward?: number
  readonly length?: number
  readonly fields?: Partial<Sample>
}

/** A plain solver sample of two tokens, apart from what the test says. */
export function makeSample({
  keys = {},
  reward = 0,
  length = 2,
  fields = {},
}: SampleSketch = {}): Sample {
  const all = { task: 'q', role: 'solver', session: 0, round: 1, branch: 0, ...keys } as SampleKeys
  const prompt = Int32Array.of(1)
  return {
    id: `${all.task}/${all.session}/${all.role}/${all.round}`,
    parents: [],
    keys: all,
    sampledUnder: prompt,
    trainedUnder: prompt,
    response: new Int32Array(length),
    mask: new Uint8Array(length).fill(1),
    behaviorLogprobs: new Float32Array(length).fill(-1),
    rewards: { outcome: reward },
    reward,
    policy: 'shared',
    version: '0',
    temperature: 1,
    finish: 'stop',
    valid: true,
    ...fields,
  }
}

/** Samples of one task and role, one a session, with these rewards. */
export function makeGroup(rewards: readonly number[], keys: Partial<SampleKeys> = {}): Sample[] {
  return rewards.map((reward, session) => makeSample({ reward, keys: { session, ...keys } }))
}
