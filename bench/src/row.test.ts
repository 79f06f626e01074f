import { describe, expect, it } from 'vitest'
import { buildRow, reachesTarget } from './row.ts'

const machine = { fma: 200, read: 40, copy: 30, isa: 'avx2', threads: 2 }
const step = { name: 'training step (c)', peer: 'torch', unit: 'tokens/s' }

describe('buildRow', () => {
  it('divides ours by theirs and names the machine', () => {
    expect(buildRow({ ...step, ours: 300, theirs: 200 }, machine)).toEqual({
      name: 'training step (c)',
      peer: 'torch',
      unit: 'tokens/s',
      ours: 300,
      theirs: 200,
      ratio: 1.5,
      better: 'higher',
      isa: 'avx2',
      threads: 2,
    })
  })

  it('takes the only target as it is', () => {
    expect(
      buildRow({ ...step, ours: 300, theirs: 200, targets: [{ ratio: 1.6 }] }, machine).target,
    ).toBe(1.6)
  })

  it('takes the lesser of two targets, a figure as a ratio to the peer', () => {
    const targets = [{ ratio: 1.6 }, { figure: 250 }]
    expect(buildRow({ ...step, ours: 300, theirs: 200, targets }, machine).target).toBe(1.25)
    expect(buildRow({ ...step, ours: 300, theirs: 100, targets }, machine).target).toBe(1.6)
  })

  it('has neither ratio, target nor theirs without a peer', () => {
    const row = buildRow(
      { ...step, ours: 300, targets: [{ ratio: 1.6 }, { figure: 250 }], note: 'no peer' },
      machine,
    )
    expect(Object.keys(row).sort()).toEqual([
      'better',
      'isa',
      'name',
      'note',
      'ours',
      'peer',
      'threads',
      'unit',
    ])
  })

  it('has no figure where ours failed', () => {
    const row = buildRow(
      { ...step, theirs: 200, targets: [{ ratio: 1.6 }], failed: 'no figure within 60 s' },
      machine,
    )
    expect(row).toMatchObject({ theirs: 200, failed: 'no figure within 60 s' })
    expect(row).not.toHaveProperty('ours')
    expect(row).not.toHaveProperty('ratio')
    expect(row).not.toHaveProperty('target')
  })

  it('counts work against the limit it belongs to', () => {
    const compute = buildRow(
      { ...step, ours: 100, work: { limit: 'multiply-adds', perSecond: 100e9 } },
      machine,
    )
    expect(compute).toMatchObject({ limit: 'multiply-adds', share: 0.5 })
    expect(
      buildRow({ ...step, ours: 10, work: { limit: 'memory', perSecond: 10e9 } }, machine),
    ).toMatchObject({ limit: 'memory', share: 0.25 })
  })
})

describe('reachesTarget', () => {
  it('asks for at least the target where higher is better', () => {
    const row = buildRow({ ...step, ours: 320, theirs: 200, targets: [{ ratio: 1.6 }] }, machine)
    expect(reachesTarget(row)).toBe(true)
    expect(reachesTarget({ ...row, ratio: 1.59 })).toBe(false)
  })

  it('asks for at most the target where lower is better', () => {
    const row = buildRow(
      {
        name: 'peak memory',
        unit: 'MB',
        ours: 50,
        theirs: 100,
        better: 'lower',
        targets: [{ ratio: 0.6 }],
      },
      machine,
    )
    expect(reachesTarget(row)).toBe(true)
    expect(reachesTarget({ ...row, ratio: 0.61 })).toBe(false)
  })

  it('does not judge a row without a target or a peer', () => {
    expect(reachesTarget(buildRow({ ...step, ours: 320 }, machine))).toBeUndefined()
    expect(reachesTarget(buildRow({ ...step, ours: 320, theirs: 200 }, machine))).toBeUndefined()
  })
})
