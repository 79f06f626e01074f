import { describe, expect, it } from 'vitest'
import { checkOptimizer, learningRateAt, type Schedule } from './learning-rate.ts'

const rates = (schedule: Schedule, steps: readonly number[]): number[] =>
  steps.map((step) => learningRateAt(schedule, step))

describe('learningRateAt', () => {
  it('is the number itself', () => expect(learningRateAt(3e-6, 1000)).toBe(3e-6))

  it('rises to the peak, and stays there', () =>
    expect(rates({ peak: 8, warmup: 4 }, [0, 1, 2, 3, 4, 500])).toEqual([2, 4, 6, 8, 8, 8]))

  it('falls linearly to zero, which the steps after it keep', () =>
    expect(rates({ peak: 8, decay: 'linear', steps: 4 }, [0, 1, 2, 3, 4, 9])).toEqual([
      8, 6, 4, 2, 0, 0,
    ]))

  it('falls linearly to its floor after a warm-up', () =>
    expect(
      rates({ peak: 8, warmup: 2, decay: 'linear', steps: 6, floor: 4 }, [0, 1, 2, 3, 4, 5, 6]),
    ).toEqual([4, 8, 8, 7, 6, 5, 4]))

  it('falls as half a cosine', () => {
    const found = rates({ peak: 4, decay: 'cosine', steps: 6, floor: 2 }, [0, 2, 3, 4, 6, 7])
    const byHand = [4, 3.5, 3, 2.5, 2, 2]
    found.forEach((rate, i) => expect(rate).toBeCloseTo(byHand[i], 12))
  })

  it('may be all warm-up', () =>
    expect(rates({ peak: 6, warmup: 3, decay: 'cosine', steps: 3 }, [0, 2, 3])).toEqual([2, 6, 0]))
})

describe('checkOptimizer', () => {
  const schedule = (more: object): unknown => ({ learningRate: { peak: 1, ...more } })
  it.each([
    ['no rate', { learningRate: Number.NaN }, 'optimizer.learningRate is NaN'],
    ['a peak of 0', schedule({ peak: 0 }), 'optimizer.learningRate.peak is 0'],
    [
      'a length of 0',
      schedule({ decay: 'linear', steps: 0 }),
      'optimizer.learningRate.steps is 0. A schedule has a length of 1 step or more.',
    ],
    [
      'a fall without length',
      schedule({ decay: 'cosine' }),
      'decays, but has no steps. Give optimizer.learningRate.steps',
    ],
    [
      'a warm-up longer than the schedule',
      schedule({ warmup: 11, decay: 'linear', steps: 10 }),
      'optimizer.learningRate.warmup is 11 steps, and the schedule has 10',
    ],
    ['half a step', schedule({ warmup: 0.5 }), 'optimizer.learningRate.warmup is 0.5'],
    ['a floor above', schedule({ decay: 'linear', steps: 3, floor: 2 }), 'floor is 2'],
    ['a length without fall', schedule({ steps: 3 }), "decay, 'linear' or 'cosine'"],
    ['another fall', schedule({ decay: 'step' }), 'optimizer.learningRate.decay is "step"'],
    ['no clip', { learningRate: 1, clipNorm: 0 }, 'optimizer.clipNorm is 0'],
    [
      'a policy that is not there',
      { student: { learningRate: 1 }, techer: { learningRate: 1 } },
      'optimizer.techer: the run has no policy "techer". Policies are: student, teacher.',
    ],
    [
      'a policy left out',
      { student: { learningRate: 1 } },
      'the policy "teacher" has no optimizer settings. Give optimizer.teacher',
    ],
    [
      'a rate of one policy',
      { student: { learningRate: 1 }, teacher: { learningRate: -1 } },
      'optimizer.teacher.learningRate is -1',
    ],
  ])('refuses %s', (_, optimizer, message) => {
    const check = (): void => checkOptimizer(optimizer as never, ['student', 'teacher'])
    expect(check).toThrow(expect.objectContaining({ code: 'invalid-option' }))
    expect(check).toThrow(message)
  })
})
