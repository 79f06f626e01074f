import { isIcrlError } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { checkShards, splitFiles } from './dataset-files.ts'
import { datasetName, parseDatasetName } from './dataset-name.ts'

const files = (...paths: string[]): { path: string }[] => paths.map((path) => ({ path }))

async function pathsOf(name: string, paths: readonly string[], card = ''): Promise<unknown> {
  return splitFiles(files(...paths), card, parseDatasetName(name)).then(
    (found) => found.map(({ path }) => path),
    (error: unknown) => (isIcrlError(error) ? `${error.code} ${error.message}` : error),
  )
}

const SUBSETS = [
  'README.md',
  'main/train-00001-of-00002.parquet',
  'main/train-00000-of-00002.parquet',
  'main/test-00000-of-00001.parquet',
  'socratic/train-00000-of-00001.parquet',
]
const CARD = `---
license: mit
configs:
- config_name: main
  data_files:
  - split: train
    path: main/train-*
  - split: test
    path: [main/test-*]
- config_name: socratic
  data_files:
  - split: train
    path: socratic/train-*
---
# Sums
`

describe('the files of a split', () => {
  it.each<[string, string[], unknown]>([
    ['hf:a/b#test', ['test.jsonl', 'train.jsonl', 'x.csv'], ['test.jsonl']],
    ['hf:a/b#train', ['data/train-00000-of-00001.parquet'], ['data/train-00000-of-00001.parquet']],
    ['hf:a/b#train', ['train/0.jsonl.gz', 'test/0.jsonl.gz'], ['train/0.jsonl.gz']],
    ['hf:a/b#main/train', SUBSETS, [SUBSETS[2], SUBSETS[1]]],
    ['hf:a/b', ['b.jsonl', 'a.jsonl', 'c.txt'], ['a.jsonl', 'b.jsonl']],
  ])('%s among %j are found by their names', async (name, paths, found) => {
    expect(await pathsOf(name, paths)).toEqual(found)
  })

  it('are those that the card names', async () => {
    expect(await pathsOf('hf:a/b#main/test', SUBSETS, CARD)).toEqual([SUBSETS[3]])
    expect(await pathsOf('hf:a/b#socratic/train', SUBSETS, CARD)).toEqual([SUBSETS[4]])
    const one = `---\nconfigs:\n- config_name: all\n  data_dir: in\n  data_files: "*.jsonl"\n---\n`
    expect(await pathsOf('hf:a/b#train', ['in/x.jsonl', 'y.jsonl'], one)).toEqual(['in/x.jsonl'])
    const preferred = CARD.replace('config_name: main', 'config_name: main\n  default: true')
    expect(await pathsOf('hf:a/b#train', SUBSETS, preferred)).toEqual([SUBSETS[2], SUBSETS[1]])
  })

  it.each<[string, string[], string, RegExp]>([
    ['hf:a/b#train', SUBSETS, '', /^invalid-option hf:a\/b#train: .*several subsets/],
    ['hf:a/b#train', SUBSETS, CARD, /^invalid-option .*several subsets/],
    ['hf:a/b#other/train', SUBSETS, CARD, /^invalid-option .*no subset "other"/],
    ['hf:a/b#dev', SUBSETS, CARD.replace('main\n', 'default\n'), /^missing-file a\/b#dev: no file/],
    ['hf:a/b#train', ['train.csv'], '', /^missing-file a\/b has no Parquet and no JSONL/],
  ])('%s are refused by name', async (name, paths, card, message) => {
    expect(await pathsOf(name, paths, card)).toMatch(message)
  })

  it('are refused where shards are missing', () => {
    checkShards(files('a-00000-of-00002.parquet', 'a-00001-of-00002.parquet', 'b.jsonl'), 'x/y#a')
    expect(() => checkShards(files('a-00000-of-00002.parquet'), 'x/y#a')).toThrow(
      /hf:x\/y#a: 1 of its 2 files/,
    )
  })
})

describe('the name of a data set', () => {
  it('has a revision, a subset and a split', () => {
    const wanted = parseDatasetName('hf:a/b@refs/convert/parquet#main/train')
    expect(wanted).toEqual({
      repository: { type: 'dataset', repository: 'a/b', revision: 'refs/convert/parquet' },
      subset: 'main',
      split: 'train',
    })
    expect(datasetName(wanted)).toBe('a/b@refs/convert/parquet#main/train')
  })

  it.each(['hf:a/b#', 'hf:a/b#x/', 'hf:a/b#/x', 'hf:a/b#x/y/z', 'hf:a/b#x#y', 'hf:a b#x'])(
    '%s is refused',
    (name) => {
      expect(() => parseDatasetName(name)).toThrow(/names no split|not the name of a repository/)
    },
  )
})
