import { testObjective } from '@icrl/core/testing'
import { describe, it } from 'vitest'
import { cispo } from './cispo.ts'
import { clippedSurrogate } from './clipped-surrogate.ts'
import { gspo } from './gspo.ts'
import { k1, k2, k3 } from './kl/kl-estimators.ts'
import { withKl } from './kl/with-kl.ts'
import { nll } from './nll.ts'
import { pairwise } from './pairwise.ts'
import { reinforce } from './reinforce.ts'
import { shapedLikelihood } from './shaped-likelihood.ts'
import { withEntropyBonus } from './with-entropy-bonus.ts'

const objectives = {
  'clipped surrogate': clippedSurrogate(),
  'clip higher': clippedSurrogate({ clipLow: 0.2, clipHigh: 0.28 }),
  'dual clip': clippedSurrogate({ dualClip: 1.3 }),
  'no clip': clippedSurrogate({ clipLow: 1, clipHigh: Infinity }),
  'gspo, tight': gspo(),
  'gspo, wide': gspo({ clipLow: 0.5, clipHigh: 0.5 }),
  cispo: cispo(),
  'cispo with both clips': cispo({ clipLow: 0.1, clipHigh: 0.1 }),
  reinforce: reinforce(),
  nll: nll(),
  'shaped likelihood': shapedLikelihood(),
  'with k1': withKl(reinforce(), { coefficient: 0.3, estimator: k1 }),
  'with k2': withKl(clippedSurrogate(), { coefficient: 0.3, estimator: k2 }),
  'with k3': withKl(gspo(), { coefficient: 0.3, estimator: k3 }),
  'with entropy': withEntropyBonus(clippedSurrogate(), { coefficient: 0.1 }),
  'with both': withKl(withEntropyBonus(clippedSurrogate(), { coefficient: 0.1 }), {
    coefficient: 0.1,
  }),
}

describe.each(Object.entries(objectives))('%s', (_, objective) => {
  for (const { name, run } of testObjective(objective)) it(name, run)
})

describe('pairs', () => {
  const keys = [1, 0].map((preferred, session) => ({
    task: 'q',
    role: 'solver',
    session,
    round: 1,
    branch: 0,
    pair: 0,
    preferred,
  }))
  for (const objective of [
    pairwise(),
    pairwise({ beta: 2 }),
    withKl(pairwise(), { coefficient: 0.1 }),
  ]) {
    for (const { name, run } of testObjective(objective, { unitSize: 2, keys })) it(name, run)
  }
})
