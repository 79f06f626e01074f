import { describe, expect, it } from 'vitest'
import { makeSample } from '../../test/make-sample.ts'
import { dropSkewed } from './drop-skewed.ts'
import { replaceByBest } from './replace-by-best.ts'

const sample = (
  session: number,
  round: number,
  reward: number,
  task = 'q',
): ReturnType<typeof makeSample> =>
  makeSample({
    keys: { task, session, round },
    reward,
    fields: { id: `${task}/${session}/${round}` },
  })
const refined = replaceByBest({ of: ({ keys }) => keys.round === 2 })
const ids = (samples: readonly { readonly id: string }[]): string[] => samples.map(({ id }) => id)

describe('replaceByBest', () => {
  it('one refinement replaces the answer it refines: the first right one', () => {
    const group = [0, 1, 2].flatMap((i) => [sample(i, 1, 0), sample(i, 2, i > 0 ? 1 : 0)])
    expect(ids(refined(group).kept)).toEqual(['q/0/1', 'q/1/2', 'q/2/1'])
  })

  it('none right: the best score', () => {
    const group = [sample(0, 1, 0), sample(0, 2, 0.2), sample(1, 1, 0), sample(1, 2, 0.4)]
    expect(ids(refined(group).kept)).toEqual(['q/0/1', 'q/1/2'])
  })

  it('no refinement: the group stays, and groups do not meet', () => {
    const group = [sample(0, 1, 0), sample(0, 1, 0, 'p'), sample(0, 2, 1, 'p')]
    expect(ids(refined(group).kept)).toEqual(['q/0/1', 'p/0/2'])
  })
})

describe('dropSkewed', () => {
  const group = (wins: number, losses: number): ReturnType<typeof makeSample>[] =>
    [0, ...Array<number>(wins).fill(1), ...Array<number>(losses).fill(-1)].map((reward, i) =>
      sample(i, 1, reward),
    )

  it.each([
    [12, 3, 16],
    [13, 2, 0],
    [2, 13, 0],
    [0, 0, 0],
  ])('%i wins and %i losses beside the reference: %i kept', (wins, losses, kept) =>
    expect(dropSkewed()(group(wins, losses)).kept).toHaveLength(kept),
  )
})
