import { describe, expect, it } from 'vitest'
import { mergeRows, replaceSections, sectionsOf } from './performance-page.ts'
import { buildRow } from './row.ts'

const machine = { fma: 200, read: 40, copy: 30, isa: 'avx2', threads: 2 }
const rows = [
  buildRow(
    { name: 'machine: reading memory', ours: 40, unit: 'GB/s', note: 'a processor' },
    machine,
  ),
  buildRow(
    {
      name: 'training step (a)',
      ours: 12_345.6,
      theirs: 10_000,
      peer: 'torch',
      unit: 'tokens/s',
      targets: [{ ratio: 3 }],
    },
    machine,
  ),
  buildRow({ name: 'group peak-memory', unit: '', failed: 'not finished within 5 s' }, machine),
  buildRow(
    {
      name: 'time of a step (b): matMul',
      ours: 100,
      theirs: 200,
      unit: 'GFLOP/s',
      work: { limit: 'multiply-adds', perSecond: 100e9 },
      part: 0.6,
    },
    machine,
  ),
  buildRow({ name: 'time of a step (b): JavaScript', ours: 3, unit: 'ms', part: 0.02 }, machine),
]

describe('sectionsOf', () => {
  it('says what the machine is', () => {
    expect(sectionsOf(rows).machine).toBe(
      'a processor; avx2, 2 threads. Measured first: reading memory 40 GB/s.',
    )
  })

  it('lists results beside those of the peer, and failures with their reason', () => {
    const { results } = sectionsOf(rows)
    expect(results).toContain(
      '| training step (a) | 12,346 tokens/s | 10,000 (torch) | 1.23 | – |  |',
    )
    expect(results).toContain(
      '| group peak-memory | – | – | – | – | failed: not finished within 5 s |',
    )
    expect(results).not.toContain('matMul')
  })

  it('makes a table of kernels for each model', () => {
    const { kernels } = sectionsOf(rows)
    expect(kernels).toContain('Model (b):')
    expect(kernels).toContain('| matMul | 60% | 100 GFLOP/s | 50% |  |')
    expect(kernels).toContain('| JavaScript | 2.0% | – | – |  |')
  })
})

describe('sectionsOf rows of adapters', () => {
  const adapted = buildRow(
    { name: 'group step of adapters of rank 16 (d)', ours: 3, unit: 'tokens/s', note: 'why' },
    machine,
  )

  it('gives them a section of their own, with the machine of their run', () => {
    const { adapters, ...rest } = sectionsOf([rows[0], adapted])
    expect(rest).toEqual({})
    expect(adapters).toContain('a processor; avx2, 2 threads.')
    expect(adapters).toContain(
      '| group step of adapters of rank 16 (d) | 3 tokens/s | – | – | – | why |',
    )
  })

  it('leaves them out of the other results', () => {
    const { results } = sectionsOf([...rows, adapted])
    expect(results).toContain('training step (a)')
    expect(results).not.toContain('adapters')
  })
})

describe('mergeRows', () => {
  it('lets a later result replace rows, but not the machine', () => {
    const later = rows.map((row) => ({ ...row, ours: 1 }))
    const merged = mergeRows([rows, later.slice(0, 2), [{ ...rows[1], name: 'training step (b)' }]])
    expect(merged.map(({ name }) => name)).toEqual([
      ...rows.map(({ name }) => name),
      'training step (b)',
    ])
    expect(merged.slice(0, 2).map(({ ours }) => ours)).toEqual([40, 1])
  })
})

describe('replaceSections', () => {
  const page =
    '# Title\n<!-- machine -->\nold\n<!-- /machine -->\ntext $1\n<!-- results -->\n<!-- /results -->\n<!-- kernels -->\n<!-- /kernels -->\n'

  it('replaces what lies between the markers, and only that', () => {
    const once = replaceSections(page, { machine: 'm $& m', results: 'r', kernels: 'k' })
    expect(once).toBe(
      '# Title\n<!-- machine -->\nm $& m\n<!-- /machine -->\ntext $1\n<!-- results -->\nr\n<!-- /results -->\n<!-- kernels -->\nk\n<!-- /kernels -->\n',
    )
    expect(replaceSections(once, { machine: 'm $& m', results: 'r', kernels: 'k' })).toBe(once)
  })

  it('leaves a section as it is for which there is nothing', () => {
    expect(replaceSections(page, { kernels: 'k' })).toBe(
      page.replace('<!-- kernels -->\n', '<!-- kernels -->\nk\n'),
    )
  })

  it('names a missing marker', () => {
    expect(() => replaceSections('# Title', sectionsOf(rows))).toThrow('<!-- machine -->')
  })
})
