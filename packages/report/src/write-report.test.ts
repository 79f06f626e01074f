import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { makeRun } from '../test/make-run.ts'
import { findRuns } from './find-runs.ts'
import { renderReport } from './render-report.ts'
import { writeReport } from './write-report.ts'

const root = mkdtempSync(join(tmpdir(), 'icrl-report-'))
afterAll(() => rmSync(root, { recursive: true }))

describe('renderReport', () => {
  it('holds everything in one text and nothing that could end its elements early', async () => {
    makeRun({ directory: join(root, 'one'), steps: 2, textPrefix: '</script><!--<script>' })
    const html = await renderReport(await findRuns(join(root, 'one')), {
      title: '<b>&',
      date: null,
    })
    expect(html.match(/<script/g)).toHaveLength(2)
    expect(html.match(/<\/script>/g)).toHaveLength(2)
    expect(html).toContain('<title>&lt;b&gt;&amp;</title>')
    expect(html).not.toMatch(/(src|href)="(?!data:)/)
    const [, json] = /id="report-data">(.*?)<\/script>/s.exec(html)!
    expect(JSON.parse(json).runs[0].label).toBe('icrl')
  })

  it('of three arms, 60 steps and about 130 samples a step stays far below 3 MB', async () => {
    const arms = join(root, 'arms')
    for (const [arm, method, sessions] of [
      ['icrl', 'icrl', 8],
      ['grpo', 'grpo', 16],
      ['shuffled', 'icrl', 8],
    ] as const) {
      makeRun({
        directory: join(arms, arm),
        method,
        steps: 60,
        tasks: 8,
        sessions,
        heldOut: 64,
        evaluateEvery: 10,
        skill: (progress) => 0.1 + 0.4 * progress,
        hasRatios: true,
      })
    }
    const html = await renderReport(await findRuns(arms))
    expect(Buffer.byteLength(html)).toBeLessThan(600_000)
  })
})

describe('writeReport', () => {
  it('writes the page, folders above it included, and leaves nothing else', async () => {
    makeRun({ directory: join(root, 'run'), steps: 1 })
    const file = join(root, 'pages', 'deep', 'report.html')
    const bytes = await writeReport(await findRuns(join(root, 'run')), file)
    expect(readFileSync(file).length).toBe(bytes)
    expect(readdirSync(join(root, 'pages', 'deep'))).toEqual(['report.html'])
  })

  it('says where it cannot write, and leaves what is there', async () => {
    makeRun({ directory: join(root, 'other'), steps: 1 })
    const blocked = join(root, 'file')
    writeFileSync(blocked, 'kept')
    await expect(
      writeReport(await findRuns(join(root, 'other')), join(blocked, 'report.html')),
    ).rejects.toMatchObject({
      code: 'write-failed',
      message: expect.stringContaining('report.html'),
    })
    expect(readFileSync(blocked, 'utf8')).toBe('kept')
  })
})
