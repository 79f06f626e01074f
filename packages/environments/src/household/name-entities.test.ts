import { describe, expect, it } from 'vitest'
import { mangleId, nameEntities } from './name-entities.ts'

describe('nameEntities', () => {
  it('counts down within a name, in the order of ids', () => {
    const ids = [
      'Cabinet|-01.50|+00.90',
      'Cabinet|+00.25|+00.90',
      'Sink|+01.00|SinkBasin',
      'loc|-1|2|0|30',
      'agent1',
    ]
      .map((id) => mangleId(id).toLowerCase())
      .sort()
    expect(ids.map((id, i) => [id.slice(0, 20), nameEntities(ids)[i]])).toEqual([
      ['agent1', 'agent1 '],
      ['cabinet_bar__minus_0', 'cabinet 2'],
      ['cabinet_bar__plus_00', 'cabinet 1'],
      ['loc_bar__minus_1_bar', 'loc 1'],
      ['sink_bar__plus_01_do', 'sinkbasin 1'],
    ])
  })

  it('has nothing to name', () => expect(nameEntities([])).toEqual([]))
})
