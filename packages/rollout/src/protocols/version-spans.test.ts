import { describe, expect, it } from 'vitest'
import { versionSpans } from './version-spans.ts'

describe('versions of a response', () => {
  it('have no spans if all turns are of one', () => {
    expect(versionSpans([])).toEqual({ version: '' })
    expect(versionSpans([{ from: 0, version: 'a' }])).toEqual({ version: 'a' })
    const same = [0, 4, 9].map((from) => ({ from, version: 'a' }))
    expect(versionSpans(same)).toEqual({ version: 'a' })
  })

  it('begin a span with each change, also back to an earlier one', () => {
    const turns = ['a', 'a', 'b', 'a'].map((version, i) => ({ from: 3 * i, version }))
    expect(versionSpans(turns)).toEqual({
      version: 'a+b',
      versions: [
        { from: 0, version: 'a' },
        { from: 6, version: 'b' },
        { from: 9, version: 'a' },
      ],
    })
  })
})
