import { describe, expect, it } from 'vitest'
import { distinctLabels } from './distinct-labels.ts'
import type { Run } from './run.ts'

const run = (directory: string, label: string, seed = 0): Run => ({
  directory,
  label,
  seed,
  metrics: [],
  timing: [],
  evaluations: [],
  sampleSteps: [],
  evaluationSteps: [],
  notes: [],
})
const labels = (...runs: Run[]): string[] => distinctLabels(runs).map(({ label }) => label)

describe('distinctLabels', () => {
  it('leaves the seeds of methods as they are', () => {
    expect(labels(run('a', 'icrl', 0), run('b', 'icrl', 1), run('c', 'grpo', 0))).toEqual([
      'icrl',
      'icrl',
      'grpo',
    ])
    expect(distinctLabels([])).toEqual([])
  })

  it('calls variants of one method by their folders', () => {
    expect(
      labels(run('runs/slow', 'icrl'), run('runs/fast', 'icrl'), run('runs/grpo', 'grpo')),
    ).toEqual(['slow', 'fast', 'grpo'])
  })

  it('takes as much of the path as tells them apart', () => {
    expect(
      labels(
        run('x/icrl/seed-0', 'icrl'),
        run('y/icrl/seed-0', 'icrl'),
        run('y/icrl/seed-1', 'icrl', 1),
      ),
    ).toEqual(['x/icrl/seed-0', 'y/icrl/seed-0', 'seed-1'])
  })

  it('refuses a folder given twice', () => {
    expect(() => distinctLabels([run('a', 'icrl'), run('./a', 'icrl')])).toThrow(
      expect.objectContaining({
        code: 'invalid-option',
        message: expect.stringContaining('given twice'),
      }),
    )
  })
})
