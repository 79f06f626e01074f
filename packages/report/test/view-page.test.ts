import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { viewRuns } from '../src/index.ts'
import { chromiumPath, launchBrowser } from './browser.ts'
import { makeRun } from './make-run.ts'

if (!chromiumPath)
  console.warn('live page: NOT TESTED, no Chromium found (install it, or set ICRL_CHROMIUM)')

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const SITE = 'http://127.0.0.1/'
const STEPS = 3

describe.skipIf(!chromiumPath)('the live page in Chromium', () => {
  const root = mkdtempSync(join(tmpdir(), 'icrl-view-page-'))
  const [whole, growing] = [join(root, 'whole'), join(root, 'growing')]
  const lastSamples = `samples/step-0000${STEPS - 1}.jsonl`
  const problems: string[] = []
  let lines: string[]
  let refusals = 0
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    makeRun({
      directory: whole,
      steps: STEPS,
      tasks: 2,
      sessions: 2,
      heldOut: 4,
      evaluateEvery: 1,
      hasRatios: true,
      hasObservations: true,
      isUnfinished: true,
    })
    cpSync(whole, growing, { recursive: true })
    lines = readFileSync(join(whole, 'metrics.jsonl'), 'utf8').split(/(?<=\n)/)
    writeFileSync(join(growing, 'metrics.jsonl'), lines.slice(0, STEPS - 1).join(''))
    rmSync(join(growing, lastSamples))
    const handler = await viewRuns([growing, whole])
    browser = await launchBrowser()
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    page.on('pageerror', ({ message }) => problems.push(message))
    page.on('console', (message) => problems.push(`${message.type()}: ${message.text()}`))
    await page.route('**', async (route) => {
      const url = route.request().url()
      if (!url.startsWith(SITE)) problems.push(`asked for ${url}`)
      if (refusals > 0) {
        refusals -= 1
        return route.fulfill({ status: 400, json: { error: 'a moment' } })
      }
      const answer = await handler(new Request(url))
      return route.fulfill({
        status: answer.status,
        headers: Object.fromEntries(answer.headers),
        body: await answer.text(),
      })
    })
    await page.goto(SITE)
    await page.locator('.session').waitFor()
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    rmSync(root, { recursive: true, force: true })
  })
  afterEach(() => expect(problems).toEqual([]))

  /** What a sighted reader gets of a shading: the background of every token. */
  const backgrounds = async (): Promise<string> =>
    `${await page.evaluate('[...document.querySelectorAll(".token")].map((one) => getComputedStyle(one).backgroundColor)')}`

  it('shades the tokens of a session by each figure', async () => {
    await page.locator('#sessions nav button').last().click()
    await page.locator('#sessions nav button[aria-current]').waitFor()
    const seen = new Set<string>()
    for (const name of ['Weight w', 'Ratio ρ', 'Advantage', 'Mask']) {
      await page.locator('.shades label', { hasText: name }).click()
      expect(await page.locator('.token').first().getAttribute('aria-label')).toContain(name)
      seen.add(await backgrounds())
    }
    expect(seen.size).toBe(4)
    const observed = page.locator('.token.observed')
    expect(await observed.count()).toBeGreaterThan(0)
    expect(await observed.first().getAttribute('aria-label')).toMatch(/environment, Mask 0$/)
  })

  it('shows a step that arrives while one looks', async () => {
    const status = page.locator('main [role=status]').first()
    expect(await status.innerText()).toContain(`growing: ${STEPS - 1} steps`)
    const step = page.locator('#sessions select').nth(1)
    expect(await step.locator('option').count()).toBe(STEPS - 1)
    cpSync(join(whole, lastSamples), join(growing, lastSamples))
    appendFileSync(join(growing, 'metrics.jsonl'), lines[STEPS - 1])
    await status.filter({ hasText: `growing: ${STEPS} steps` }).waitFor()
    expect(await step.locator('option').count()).toBe(STEPS)
    await step.selectOption(`${STEPS - 1}`)
    await page.locator('.session h3', { hasText: `step ${STEPS - 1}` }).waitFor()
  })

  it('says what is wrong as long as it is', async () => {
    const status = page.locator('main [role=status]').first()
    refusals = 1
    await status.filter({ hasText: 'a moment' }).waitFor()
    await status.filter({ hasText: `growing: ${STEPS} steps` }).waitFor()
    expect(problems.splice(0)).toEqual([expect.stringMatching(/^error: .* 400 /)])
  })

  it('says where two runs part', async () => {
    await page.locator('#divergence button', { hasText: 'Compare' }).click()
    await page.locator('#divergence [role=status]', { hasText: 'byte for byte' }).waitFor()
  })

  it.each(['light', 'dark'] as const)(
    'fits 390 pixels, and axe finds nothing wrong, %s',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width: 390, height: 844 })
      // The charts take their new width a moment later. Asked from outside: the page forbids the
      // evaluation that waiting inside it needs.
      await expect
        .poll(() => page.evaluate('document.documentElement.scrollWidth'), { timeout: 20_000 })
        .toBe(390)
      await page.evaluate(AXE)
      const wrong = await page.evaluate(
        'axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(" ")}`)))',
      )
      expect(wrong).toEqual([])
    },
  )
})
