import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { guessing } from './guessing.ts'

const file = (path: string): Promise<string> =>
  readFile(fileURLToPath(new URL(path, import.meta.url)), 'utf8')
const FILES = ['guessing.ts', 'run.config.ts', 'guessing.test.ts'] as const

function run(...args: string[]): Promise<{ code: number | null; output: string }> {
  const root = fileURLToPath(new URL('../../', import.meta.url))
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, 'packages/cli/bin/icrl.js'), ...args], {
      cwd: root,
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => (output += data))
    child.on('close', (code) => resolve({ code, output }))
  })
}

describe('the guide', () => {
  it('shows the files that are here', async () => {
    const blocks = Array.from(
      (await file('../../docs/your-own-environment.md')).matchAll(
        /```ts\n\/\/ (\S+)\n([\s\S]*?)```/g,
      ),
      ([, name, code]) => [name, code],
    )
    const here = await Promise.all(FILES.map(async (name) => [name, await file(name)]))
    // The guide's reader has copied the model that lies beside this example.
    const copied = here.map(([name, text]) => [
      name,
      text.replace('../agentic-tiny/model', 'model'),
    ])
    expect(blocks).toEqual(copied)
  })

  it('takes 40 lines, imports aside', async () => {
    const lines = (await Promise.all(FILES.slice(0, 2).map(file)))
      .flatMap((text) => text.split('\n'))
      .filter((line) => line.trim() !== '' && !line.startsWith('import'))
    expect(lines.length).toBeLessThanOrEqual(40)
  })

  it('trains a step', { timeout: 120_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'icrl-guide-'))
    try {
      const { code, output } = await run(
        'train',
        '--config',
        'examples/your-own-environment/run.config.ts',
        '--steps',
        '1',
        '--out',
        join(folder, 'run'),
      )
      expect([code, output]).toEqual([0, expect.any(String)])
      const [metrics] = (await readFile(join(folder, 'run', 'metrics.jsonl'), 'utf8'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
      expect(metrics['ledger/generated']).toBeGreaterThan(0)
      expect(metrics['ledger/failed']).toBe(0)
      expect(metrics['policy/mismatch_max']).toBe(0)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})

describe('its environment', () => {
  it('can be won by halving, within its turns', async () => {
    const words = ['ash', 'copper', 'flax', 'hemp', 'linen']
    for (const id of [...(await guessing.taskIds('train')), ...(await guessing.taskIds('test'))]) {
      const episode = await guessing.open()
      await episode.reset(id)
      let [low, high] = [0, words.length - 1]
      let reward = 0
      for (let turn = 0; turn < guessing.maxTurns && reward === 0; turn++) {
        const middle = Math.floor((low + high) / 2)
        const step = await episode.step(words[middle])
        if (step.observation === 'More.') low = middle + 1
        else high = middle - 1
        reward = step.reward
      }
      await episode.close()
      expect([id, reward]).toEqual([id, 1])
    }
  })
})
