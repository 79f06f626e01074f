import { describe, expect, it } from 'vitest'
import { runLayout, stepFile, stepName, stepsIn } from './run-layout.ts'

describe('a run folder', () => {
  it('is laid out as documented', () => {
    const { config, samples, checkpoints } = runLayout('runs/first')
    expect([config, `${samples}/${stepFile(12)}`, `${checkpoints}/${stepName(123456)}`]).toEqual([
      'runs/first/config.json',
      'runs/first/samples/step-00012.jsonl',
      'runs/first/checkpoints/step-123456',
    ])
  })

  it('names its steps so that they sort, and finds them again', () => {
    expect(stepsIn([stepFile(123456), stepName(7), 'latest', '.tmp-step-00009', 'step-1'])).toEqual(
      [7, 123456],
    )
  })
})
