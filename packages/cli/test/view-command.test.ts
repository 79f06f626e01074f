import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { icrl } from './command-line.ts'

let run: string
beforeAll(async () => {
  run = await mkdtemp(join(tmpdir(), 'icrl-view-command-'))
  await writeFile(join(run, 'config.json'), '{"method":{"name":"grpo"},"seed":3}\n')
  await writeFile(join(run, 'metrics.jsonl'), '{"step":0,"accuracy/first":0.5}\n')
})
afterAll(() => rm(run, { recursive: true, force: true }))

it('icrl view serves the page and the runs, and ends on Ctrl-C', async () => {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  const child = spawn(
    process.execPath,
    ['--conditions=@icrl/source', '--import', 'tsx', main, 'view', run],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const line = await new Promise<string>((done) =>
    child.stdout!.once('data', (chunk: Buffer) => done(chunk.toString())),
  )
  const [url] = /^http:\/\/127\.0\.0\.1:\d+\//.exec(line)!
  const page = await fetch(url)
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(await page.text()).toContain('<title>ICRL runs</title>')
  const { runs } = (await (await fetch(`${url}state`)).json()) as {
    readonly runs: readonly { readonly label: string; readonly seed: number }[]
  }
  expect(runs).toMatchObject([{ label: 'grpo', seed: 3, isFinished: false, sampleSteps: [] }])
  child.kill('SIGINT')
  expect(await new Promise((done) => child.on('exit', done))).toBe(0)
}, 120_000)

it('icrl view of a folder without a run says so', async () => {
  const { code, err } = await icrl('view', join(run, 'none'))
  expect([code, err]).toEqual([1, expect.stringContaining('there is no folder')])
})
