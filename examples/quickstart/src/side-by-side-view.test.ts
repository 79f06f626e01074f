import type { Metrics, RunSummary } from '@icrl/trainer'
import { describe, expect, it } from 'vitest'
import { sideBySideView, type SideBySideView } from './side-by-side-view.ts'

const summary: RunSummary = {
  method: 'icrl',
  seed: 0,
  steps: 2,
  tokens_sampled: 2000,
  wall_seconds: 1,
  metrics_sha256: '',
  evaluations: [],
}
const metrics = (step: number): Metrics => ({
  step,
  'accuracy/first': 0.5,
  'ledger/generated': 1000,
  'tokens/sampled_total': 1000 * (step + 1),
})

function watch(isTTY: boolean, use: (view: SideBySideView) => void): string {
  let written = ''
  const stream = {
    isTTY,
    columns: 120,
    write: (text: string) => ((written += text), true),
  } as unknown as NodeJS.WriteStream
  const view = sideBySideView(2, stream)
  use(view)
  view.done()
  return written
}

function oneRun(view: SideBySideView, label: string, finished = true): void {
  view.show(label, { kind: 'stop-rule', stop: { tokens: 2000 } })
  view.show(label, { kind: 'start', event: { step: 0, resumed: false, metrics: [] } })
  view.show(label, {
    kind: 'evaluation',
    event: { step: 0, metrics: { 'eval/critique_free': 0.1 } },
  })
  view.show(label, { kind: 'step', event: { step: 0, metrics: metrics(0), timing: { step: 0 } } })
  view.show(label, {
    kind: 'evaluation',
    event: { step: 2, metrics: { 'eval/critique_free': 0.9 } },
  })
  view.show(label, { kind: 'outcome', outcome: { summary, finished } })
}

describe('the view of many runs', () => {
  it('elsewhere than on a terminal is a plain line a run at its end', () => {
    const text = watch(false, (view) => {
      oneRun(view, 'icrl seed 0')
      oneRun(view, 'icrl seed 1', false)
    })
    expect(text).not.toContain('\x1b')
    expect(text.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^icrl seed 0 {2}2 steps, \d+ s {2}held out 0\.10 ▂▇ 0\.90$/),
      'icrl seed 1  stopped after 2 steps  held out 0.10 ▂▇ 0.90',
    ])
  })

  it('on a terminal shows the runs under way, and leaves only their ends', () => {
    const text = watch(true, (view) => {
      view.show('grpo seed 0', { kind: 'stop-rule', stop: { tokens: 2000 } })
      oneRun(view, 'icrl seed 0')
    })
    expect(text).toContain('grpo seed 0 starting')
    expect(text).toMatch(/0 of 2 runs done/)
    expect(text).toMatch(/1 of 2 runs done/)
    expect(text.split('held out').at(-1)).not.toContain('icrl seed 0')
    expect(text.endsWith('\x1b[0J')).toBe(true)
  })

  it('does not stumble over what comes before a run begins', () => {
    expect(watch(false, (view) => view.show('icrl', { kind: 'error', message: 'no model' }))).toBe(
      '',
    )
  })
})
