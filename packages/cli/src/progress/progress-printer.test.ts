import { describe, expect, it } from 'vitest'
import type { StepEvent } from '@icrl/trainer'
import { progressPrinter, type ProgressPrinter } from './progress-printer.ts'

const step = (number: number, accuracy: number): StepEvent => ({
  step: number,
  metrics: {
    step: number,
    'accuracy/first': accuracy,
    'accuracy/guided': 0.5,
    'calibration/weight_mean': 0.81,
    'ledger/generated': 1200,
    'tokens/sampled_total': 1200 * (number + 1),
  },
  timing: { step: number, 'perf/sample_tokens_per_second': 3456 },
  sessions: [],
  samples: [],
})

function watch(isTTY: boolean, use: (printer: ProgressPrinter) => void): string {
  let written = ''
  const stream = {
    isTTY,
    columns: 100,
    write: (text: string) => ((written += text), true),
  } as unknown as NodeJS.WritableStream & { isTTY: boolean }
  const printer = progressPrinter({ stop: { steps: 4 }, label: 'icrl', stream, everyMs: 0 })
  use(printer)
  printer.done()
  return written
}

describe('progressPrinter', () => {
  it('prints plain lines where the stream is no terminal', () => {
    const text = watch(false, ({ onStart, onStep, onEvaluation }) => {
      onStart({ step: 0, resumed: false, metrics: [] })
      onEvaluation({
        step: 0,
        metrics: { 'eval/critique_free': 0.125, 'eval/with_critique': 0.25, 'critic/lift': 0.1 },
      })
      onStep(step(0, 0.25))
    })
    expect(text).not.toContain('\x1b')
    expect(text.split('\n')).toEqual([
      'icrl held out, after 0 steps: critique free 0.13, with critique 0.25',
      expect.stringMatching(
        /^icrl {2}step 1\/4 {2}1\.2k tokens {2}first 0\.25 {2}guided 0\.50 {2}w̄ 0\.81 {2}3\.5k tok\/s {2}\d+s left$/,
      ),
      '',
    ])
  })

  it('replaces its lines on a terminal', () => {
    const text = watch(true, ({ onStart, onStep }) => {
      onStart({ step: 0, resumed: false, metrics: [] })
      onStep(step(0, 0))
      onStep(step(1, 1))
    })
    expect(text).toContain('\x1b[2A')
    expect(text).toMatch(/step 2\/4/)
    expect(text).toContain('▁█')
    expect(text.endsWith('\n')).toBe(true)
  })

  it('shows the loss where nothing is sampled', () => {
    const lossy = (number: number, loss: number): StepEvent => ({
      ...step(number, 0),
      metrics: {
        step: number,
        'policy/loss': loss,
        'tokens/sampled_total': 0,
        'ledger/generated': 0,
      },
    })
    const use = ({ onStart, onStep }: ProgressPrinter): void => {
      onStart({ step: 0, resumed: false, metrics: [] })
      onStep(lossy(0, 2.3456))
      onStep(lossy(1, 0.01234))
    }
    expect(watch(false, use)).toMatch(/step 1\/4 .*loss 2\.35 .*\n.*step 2\/4 .*loss 0\.0123 /)
    expect(watch(false, use)).not.toContain('first')
    expect(watch(true, use)).toMatch(/loss .*0\.0123.* .*█▁/)
  })

  it('says where a resumed run goes on', () => {
    expect(watch(false, ({ onStart }) => onStart({ step: 7, resumed: true, metrics: [] }))).toBe(
      'icrl continues with step 7\n',
    )
  })
})
