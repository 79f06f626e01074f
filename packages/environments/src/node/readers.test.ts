import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isIcrlError } from '@icrl/core'
import { afterAll, describe, expect, it } from 'vitest'
import { sharedData } from '../../test/shared-data.ts'
import { readAgentgymTasks } from './read-agentgym-tasks.ts'
import { readCatalogFiles } from './read-catalog-files.ts'
import { readJson } from './read-json.ts'
import { readMathProblems } from './read-math-problems.ts'
import { readCorpus, readSearchQuestions } from './read-searchqa.ts'

const folder = mkdtempSync(join(tmpdir(), 'readers-'))
afterAll(() => rmSync(folder, { recursive: true }))
const write = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

describe('readAgentgymTasks', () => {
  it('reads item numbers, of a subset too', async () => {
    const path = write(
      'tasks.jsonl',
      '{"task_id": "3", "metadata": {"data_source": "alfworld", "subset": "look"}}\n{"task_id": 5, "metadata": {"subset": "heat"}}\n',
    )
    expect([await readAgentgymTasks(path), await readAgentgymTasks(path, 'heat')]).toEqual([
      ['3', '5'],
      ['5'],
    ])
    await expect(readAgentgymTasks(path, 'cool')).rejects.toThrow('no tasks of "cool"')
    await expect(readAgentgymTasks(write('odd.jsonl', '{"task_id": "x"}'))).rejects.toThrow(
      'odd.jsonl, line 1: no "task_id" that is a number',
    )
  })

  it.skipIf(!sharedData('agentgym/train/alfworld_train.jsonl'))(
    'reads the published lists',
    async () => {
      const counts: Record<string, number> = {
        'train/alfworld_train': 2420,
        'test/alfworld_test': 200,
        'train/webshop_train': 3930,
        'test/webshop_test': 200,
        'train/sciworld_train': 2120,
        'test/sciworld_test': 200,
        'test/searchqa_test': 400,
      }
      for (const [name, count] of Object.entries(counts))
        expect([
          name,
          (await readAgentgymTasks(sharedData(`agentgym/${name}.jsonl`)!)).length,
        ]).toEqual([name, count])
    },
  )
})

describe('readers of files', () => {
  it('name the line of a corpus or a question file that is not JSON, and a file without rows', async () => {
    const broken = write('corpus.jsonl', '{"id": "0", "contents": "\\"A\\"\\ntext"}\n\nnot json\n')
    await expect(readCorpus(broken)).rejects.toThrow('corpus.jsonl, line 3: not JSON')
    await expect(readSearchQuestions(broken)).rejects.toThrow('corpus.jsonl, line 1: no question')
    await expect(readCorpus(write('none.jsonl', '\n'))).rejects.toThrow(
      expect.toSatisfy((error) => isIcrlError(error, 'empty-tasks')),
    )
    await expect(readSearchQuestions(write('none.jsonl', ''))).rejects.toThrow('no questions')
  })

  it('name a catalog that is absent or broken', () => {
    expect(() =>
      readCatalogFiles({ products: join(folder, 'absent.json'), attributes: 'x' }),
    ).toThrow('absent.json: cannot be read')
    expect(() => readJson(write('half.json', '{"a":'))).toThrow('half.json: not JSON')
    const products = write('items.json', '[{"asin": "B01"}]')
    expect(() => readCatalogFiles({ products, attributes: write('about.json', '{}') })).toThrow(
      'product B01 has no text "name"',
    )
  })

  it('refuse answers whose writing JSON has lost', async () => {
    const math = write('math.jsonl', '{"problem": "q", "answer": 1e21}\n')
    await expect(readMathProblems(math)).rejects.toThrow('math.jsonl, line 1: no answer')
    const search = write('qa.jsonl', '{"question": "q", "golden_answers": ["x", 1e-7]}\n')
    await expect(readSearchQuestions(search)).rejects.toThrow(
      'qa.jsonl, line 1: how the number 1e-7 was written is lost',
    )
    const huge = write('math.jsonl', '{"problem": "q", "answer": 12345678901234567890}\n')
    await expect(readMathProblems(huge)).rejects.toThrow('12345678901234567890 cannot be kept')
  })
})
