import MiniSearch from 'minisearch'
import { describe, expect, it, vi } from 'vitest'
import { bm25Retriever } from './bm25-retriever.ts'

const passages = [
  { id: 'a', contents: '"Ghent"\nghent lies in flanders' },
  { id: 'b', contents: '"Bruges"\nbruges lies in flanders in belgium' },
  { id: 'c', contents: '"Ștefan"\na poet' },
]

describe('bm25Retriever', () => {
  it('scores by BM25', async () => {
    const [found] = await bm25Retriever(passages, { k1: 0.9, b: 0.4 }).retrieve(
      ['Ghent in Flanders?'],
      3,
    )
    // Distinct words without stop words: a = ghent lies flanders (3), b = bruges lies flanders
    // belgium (4), c = stefan poet (2); mean 3.
    const idf = (n: number): number => Math.log(1 + (3 - n + 0.5) / (n + 0.5))
    const part = (f: number, length: number): number =>
      (f * 1.9) / (f + 0.9 * (0.6 + (0.4 * length) / 3))
    expect(found.map(({ id }) => id)).toEqual(['a', 'b'])
    expect(found[0].score).toBeCloseTo(idf(1) * part(2, 3) + idf(2) * part(1, 3), 10)
    expect(found[1].score).toBeCloseTo(idf(2) * part(1, 4), 10)
  })

  it('reads letters without marks and gives no more than asked', async () => {
    const retriever = bm25Retriever(passages)
    expect(
      (await retriever.retrieve(['stefan', 'Ștefan', 'flanders'], 1)).map((found) =>
        found.map(({ id }) => id),
      ),
    ).toEqual([['c'], ['c'], ['a']])
  })

  it('finds nothing for nothing', async () => {
    expect(await bm25Retriever(passages).retrieve(['', 'in the of', 'zzz'], 3)).toEqual([
      [],
      [],
      [],
    ])
    expect(await bm25Retriever([]).retrieve(['ghent'], 3)).toEqual([[]])
    expect(await bm25Retriever(passages).retrieve([], 3)).toEqual([])
  })

  it('reads no more than the first 2,000 characters of a huge query', async () => {
    const searched = vi.spyOn(MiniSearch.prototype, 'search')
    const huge = 'x y z '.repeat(100_000)
    const [before, behind] = await bm25Retriever(passages).retrieve(
      [`ghent ${huge}`, `${huge} ghent`],
      3,
    )
    expect(before[0].id).toBe('a')
    expect(behind).toEqual([])
    expect(searched.mock.calls.map(([query]) => String(query).length)).toEqual([2000, 2000])
    searched.mockRestore()
  })

  it('refuses two passages of one id', () =>
    expect(() => bm25Retriever([passages[0], passages[0]])).toThrow('two passages have one id'))
})
