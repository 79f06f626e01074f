import { describe, expect, it } from 'vitest'
import { premiseCritique, processErrors, readItems, realCritic, stepErrors } from '../index.ts'

const read = (
  file: string | Uint8Array,
  onTorn?: (message: string) => void,
): Promise<{ id: string }[]> =>
  readItems(file, {
    format: 'things',
    fields: { id: 'string', n: 'number' },
    make: (record) => ({ ...record, id: record.id as string }),
    onTorn,
  })

describe('readItems', () => {
  it.each([
    ['lines', '{"id":"a","n":1,"more":[2]}\n{"id":"b","n":2}\n'],
    [
      'lines of Windows, blank ones and a byte order mark',
      '\ufeff{"id":"a","n":1,"more":[2]}\r\n\r\n{"id":"b","n":2}\r\n',
    ],
    ['an array', '[{"id":"a","n":1,"more":[2]},\n {"id":"b","n":2}]'],
  ])('reads %s, and keeps fields it does not know', async (_, file) => {
    const items = [
      { id: 'a', n: 1, more: [2] },
      { id: 'b', n: 2 },
    ]
    expect(await read(file)).toEqual(items)
    expect(await read(new TextEncoder().encode(file))).toEqual(items)
  })

  it('leaves out a last line that was cut off, and says so', async () => {
    const said: string[] = []
    expect(await read('{"id":"a","n":1}\n{"id":"b","n', (text) => said.push(text))).toHaveLength(1)
    expect(said).toEqual(['things: line 2, the last one, was cut off and is left out.'])
  })

  it.each([
    ['{"id":"a","n":1}\n{"id":"b"}\n', 'things, line 2: no "n"'],
    ['{"id":"a","n":1}\n{"id":"b","n":"2"}\n', 'things, line 2: "n" is "2", which is no number'],
    ['{"id":"a","n":1}\nnonsense\n{"id":"b","n":2}', 'things, line 2: not JSON'],
    ['{"id":"a","n":1}\n[1]\n', 'things, line 2: not an object'],
    ['{"id":"a","n":1}\n\n{"id":"a","n":1}\n', 'things, line 3: a second item "a"'],
    ['[{"id":"a","n":1}, 5]', 'things, entry 2: not an object'],
    ['[{"id":"a","n":1}, {"id":"b"}]', 'things, entry 2: no "n"'],
    ['', 'holds no item'],
    ['{"id":"a","n"', 'things, line 1: not JSON'],
  ])('of %j says %s', async (file, message) => {
    await expect(read(file)).rejects.toThrow(message)
  })

  it('refuses what only begins like Parquet', async () => {
    await expect(read(new TextEncoder().encode('PAR1 and nothing more'))).rejects.toMatchObject({
      code: 'corrupt-file',
    })
  })

  it.each([
    [processErrors().read, '{"id":"a","problem":"p","steps":["s",2],"label":0}', '"steps" is'],
    [
      stepErrors().read,
      '{"problem":"p","partial_solution":""}',
      'PRM800K, line 1: no "correct_last_step"',
    ],
    [realCritic().read, '{"question":"q","gt":"1","previous_score":[true]}', 'no "reasoning"'],
    [
      premiseCritique().read,
      '{"normal_query":"a","ill_query":"b","conflict_type":"contra_infer_insert","conflict":{}}',
      'PCBench, line 1, conflict: no "conflict_reason"',
    ],
  ])('benchmarks name the line and the field', async (of, file, message) => {
    await expect(of(file)).rejects.toThrow(message)
  })
})
