import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isIcrlError, type Task } from '@icrl/core'
import { afterAll, describe, expect, it } from 'vitest'
import { loadRunConfig } from './load-run-config.ts'
import { readTasks } from './read-tasks.ts'
import { sftRun } from './sft-run.ts'

const folder = mkdtempSync(join(tmpdir(), 'read-tasks-'))
afterAll(() => rmSync(folder, { recursive: true }))

function write(content: string | Uint8Array, name = 'tasks.jsonl'): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

async function failureOf(action: Promise<unknown>): Promise<string> {
  const error: unknown = await action.catch((caught: unknown) => caught)
  return isIcrlError(error) ? `${error.code} ${error.message}` : `none: ${String(error)}`
}

const answerOf = async (answer: string): Promise<unknown> =>
  (await readTasks(write(`{"question":"q","answer":${answer}}`)))[0].answer

describe('readTasks', () => {
  it('takes a byte order mark, line ends of Windows and U+2028 inside text', async () => {
    const content =
      '\ufeff{"question":"2+2","answer":"4"}\r\n\r\n{"id":"b","question":"x\u2028y","answer":5}'
    expect(await readTasks(write(content))).toEqual([
      { id: '1', question: '2+2', answer: '4' },
      { id: 'b', question: 'x\u2028y', answer: '5' },
    ])
  })

  it.each([
    ['1e21', '1e21'],
    ['1.50', '1.50'],
    ['-0', '-0'],
    ['100000000000000000000', '100000000000000000000'],
    ['"12345678901234567890"', '12345678901234567890'],
    ['" 4 "', ' 4 '],
    ['1, "answer": 2.0', '2.0'],
  ])('keeps the answer %s as it is written', async (written, answer) => {
    expect(await answerOf(written)).toBe(answer)
  })

  it.each<[string, string, RegExp]>([
    ['an empty answer', '""', /its "answer" is empty/],
    ['a blank answer', '" \\n"', /its "answer" is empty/],
    ['no answer', 'null', /it has no "answer"/],
    ['an answer that is true', 'true', /it has no "answer"/],
    ['an answer that is a list', '["4"]', /it has no "answer"/],
    ['a number that cannot be kept', '12345678901234567890', /number 12345678901234567890 cannot/],
    ['a broken line', '"4', /not JSON/],
  ])('refuses %s, naming file and line', async (_, answer, message) => {
    const failure = await failureOf(answerOf(answer))
    expect(failure).toMatch(/^corrupt-file .*tasks.jsonl, line 1: /)
    expect(failure).toMatch(message)
  })

  it('refuses Latin-1 and an empty question, naming file and line', async () => {
    const good = '{"question":"q","answer":"a"}\n'
    const latin = Buffer.from(`${good}{"question":"caf\xe9","answer":"a"}`, 'latin1')
    expect(await failureOf(readTasks(write(latin)))).toMatch(
      /^corrupt-file .*tasks.jsonl, line 2: not UTF-8 text: .* Latin-1/,
    )
    expect(await failureOf(readTasks(write(`${good}{"question":" ","answer":"a"}`)))).toMatch(
      /^corrupt-file .*line 2: its "question" is empty/,
    )
  })

  it('gives a parser of its own the line as it stands', async () => {
    const parse = (_: unknown, line: number, source: string): Task => ({ id: `${line} ${source}` })
    expect(await readTasks(write('\n{"a": 1.0}\r\n'), parse)).toEqual([{ id: '2 {"a": 1.0}' }])
  })
})

describe('data of icrl sft', () => {
  const flags = { model: 'm', epochs: 1, batch: 1, learningRate: 1, weightDecay: 0 }
  const run = (content: string): ReturnType<typeof sftRun> => sftRun(write(content), flags)

  it('takes numbers as readTasks does', async () => {
    const { config } = await run('{"question":1.10,"answer":2}')
    expect(config.tasks).toEqual([
      {
        id: '1',
        messages: [
          { role: 'user', content: '1.10' },
          { role: 'assistant', content: '2' },
        ],
      },
    ])
  })

  it.each<[string, RegExp]>([
    ['{"question":"q","answer":" "}', /its "answer" is empty/],
    ['{"question":"q"}', /neither "messages"/],
    ['{"question":"q","answer":null}', /it has no "answer"/],
    [
      '{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"\\n"}]}',
      /its last message is empty/,
    ],
    ['{"messages":[{"role":"user","content":"q"}]}', /neither "messages"/],
  ])('refuses %s', async (line, message) => {
    const failure = await failureOf(run(line))
    expect(failure).toMatch(/^corrupt-file .*line 1: /)
    expect(failure).toMatch(message)
  })
})

describe('a JSON configuration', () => {
  const text = JSON.stringify({
    model: 'm',
    method: { name: 'grpo' },
    task: { verifier: 'exact' },
    tasks: 'tasks.jsonl',
    stop: { steps: 1 },
    optimizer: { learningRate: 1 },
  })

  it('may begin with a byte order mark, and have line ends of Windows', async () => {
    const plain = await failureOf(loadRunConfig(write(text, 'run.json')))
    const marked = `\ufeff${text.replaceAll(',', ',\r\n')}`
    expect(await failureOf(loadRunConfig(write(marked, 'run.json')))).toBe(plain)
  })

  it('is refused by name where it is not UTF-8', async () => {
    const latin = Buffer.from('{ "model": "caf\xe9" }', 'latin1')
    expect(await failureOf(loadRunConfig(write(latin, 'run.json')))).toMatch(
      /^corrupt-file .*run.json: not UTF-8 text/,
    )
  })
})
