import { describe, expect, it } from 'vitest'
import { checkLayout, packedLayout, segmentChain } from './packed-layout.ts'

describe('packedLayout', () => {
  it('starts each sequence where the last ended', () => {
    expect(packedLayout([3, 0, 2])).toEqual({
      starts: Int32Array.of(0, 3, 3, 5),
      prefix: Int32Array.of(-1, -1, -1),
    })
  })

  it('is one start for no sequences', () => {
    expect(packedLayout([])).toEqual({ starts: Int32Array.of(0), prefix: new Int32Array(0) })
  })
})

describe('segmentChain', () => {
  it('lists the root first and the segment last', () => {
    const layout = { starts: Int32Array.of(0, 1, 2, 3), prefix: Int32Array.of(-1, 0, 1) }
    expect(segmentChain(layout, 2)).toEqual([0, 1, 2])
    expect(segmentChain(layout, 0)).toEqual([0])
  })
})

describe('checkLayout', () => {
  it('refuses starts that go back', () => {
    expect(() =>
      checkLayout('op', { starts: Int32Array.of(0, 2, 1), prefix: Int32Array.of(-1, -1) }, 1),
    ).toThrow('segment 1 ends at row 1, before its start 2')
  })
})
