import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { registerWasmKernels } from '@icrl/tfjs-ops'
import '@tensorflow/tfjs-backend-wasm'
import { env, setBackend } from '@tensorflow/tfjs-core'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
// @ts-expect-error: a script without types
import { buildPage } from '../build.mjs'
import {
  trainChain,
  type ChainModel,
  type ChainRun,
  type Critique,
  type CurvePoint,
} from '../src/train-chain.ts'

const CHROMIUM = [process.env.ICRL_CHROMIUM, '/usr/bin/chromium'].find(
  (path) => path !== undefined && existsSync(path),
)
if (!CHROMIUM)
  console.warn(
    'training in a page: NOT TESTED, no Chromium found (install it, or set ICRL_CHROMIUM)',
  )

/** Milliseconds: a busy machine takes many times as long as an idle one. */
const MOST = 1_200_000

const SITE = 'http://localhost/'
const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
}

function quickstartModel(): ChainModel {
  const file = (name: string): Uint8Array =>
    readFileSync(fileURLToPath(new URL(`../../quickstart/model/${name}`, import.meta.url)))
  const json = (name: string): Record<string, unknown> =>
    JSON.parse(new TextDecoder().decode(file(name))) as Record<string, unknown>
  return {
    config: json('config.json'),
    weights: file('model.safetensors'),
    tokenizer: json('tokenizer.json'),
    tokenizerConfig: json('tokenizer_config.json'),
  }
}

interface ShortRun {
  readonly critique: Critique
  readonly seed: number
  readonly steps: number
  readonly questions: number
}

async function inNode(run: ShortRun): Promise<ChainRun> {
  registerWasmKernels()
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
  await setBackend('wasm')
  return trainChain({ ...run, model: quickstartModel() })
}

/** What the browser's pages and workers have computed so far. */
async function processorSeconds(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  const pages = processInfo.filter(({ type }) => type === 'renderer')
  return pages.reduce((sum, { cpuTime }) => sum + cpuTime, 0)
}

describe.skipIf(!CHROMIUM)('the page in Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'icrl-live-'))
  const problems: string[] = []
  let bundled: string[]
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    const { inputs } = await buildPage(folder)
    bundled = Object.keys(inputs as object)
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--headless', '--no-sandbox', '--disable-gpu'],
    })
    page = await browser.newPage({ viewport: { width: 390, height: 844 } })
    page.on('pageerror', ({ message }) => problems.push(message))
    // No server: what is not in the folder is not there.
    await page.route('**', (route) => {
      const name = new URL(route.request().url()).pathname.slice(1) || 'index.html'
      if (route.request().url().startsWith(SITE) && existsSync(join(folder, name)))
        return route.fulfill({ path: join(folder, name), contentType: TYPES[extname(name)] })
      problems.push(`asked for ${route.request().url()}`)
      return route.abort()
    })
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Trains in a fresh page, and returns what it found. */
  async function inPage({ critique, seed, steps, questions }: ShortRun) {
    await page.goto(SITE)
    await page.evaluate(
      `Object.assign(document.getElementById('live').dataset, { steps: ${steps}, questions: ${questions} })`,
    )
    await page.locator(`input[value=${critique}]`).check()
    await page.locator('input[name=seed]').fill(`${seed}`)
    await page.locator('button').click()
    await page
      .locator('[data-run], [data-state=failed]')
      .waitFor({ state: 'attached', timeout: 600_000 })
    const found = (await page.evaluate(
      `({ ...document.getElementById('live').dataset, status: document.querySelector('[role=status]').textContent })`,
    )) as Record<string, string>
    expect(found.state, found.status).toBe('idle')
    return {
      run: JSON.parse(found.run) as ChainRun,
      points: JSON.parse(found.points) as CurvePoint[],
      risen: Number(found.risen),
      status: found.status,
    }
  }

  it('bundles nothing that stands for a file system', () => {
    expect(bundled.length).toBeGreaterThan(100)
    expect(bundled.filter((path) => /\/(no-node|no-files)\.ts$/.test(path)).length).toBe(3)
    expect(bundled.filter((path) => /tfjs-native|backbone\/src\/node\.ts/.test(path))).toEqual([])
  })

  it(
    'trains with the bytes of Node, fits 390 pixels, and fetches nothing from elsewhere',
    async () => {
      const short: ShortRun = { critique: 'on', seed: 3, steps: 1, questions: 4 }
      const { run, points, status } = await inPage(short)
      expect(run).toEqual(await inNode(short))
      expect(points.map(({ step }) => step)).toEqual([0, 1])
      expect(status).toContain(`seed 3`)
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
      expect(problems).toEqual([])
    },
    MOST,
  )

  it.skipIf(!process.env.ICRL_FULL)(
    'without critique, too',
    async () => {
      for (const critique of ['off', 'shuffled'] as const) {
        const short: ShortRun = { critique, seed: 0, steps: 2, questions: 8 }
        expect((await inPage(short)).run, critique).toEqual(await inNode(short))
      }
    },
    MOST,
  )

  it.skipIf(!process.env.ICRL_FULL)(
    'the curve rises, and the page says when',
    async () => {
      const { points, risen } = await inPage({ critique: 'on', seed: 0, steps: 25, questions: 64 })
      const last = points.slice(-2).map(({ alone }) => alone)
      expect(Math.min(...last)).toBeGreaterThan(points[0].alone + 0.1)
      expect(risen).toBeGreaterThan(0)
      const seconds = await processorSeconds(browser)
      console.log(`risen after ${risen} s; ${seconds.toFixed(1)} s of processor time`)
      // By the clock a busy machine takes longer.
      expect(seconds).toBeLessThan(60)
    },
    MOST,
  )

  it.skipIf(!process.env.ICRL_FULL)(
    'stops when it is told to',
    async () => {
      await page.goto(SITE)
      await page.locator('button').click()
      await page.locator('[role=status]', { hasText: 'Step 1 of' }).waitFor({ timeout: 300_000 })
      await page.locator('button').click()
      await page.locator('[data-run]').waitFor({ state: 'attached', timeout: 120_000 })
      const { steps } = JSON.parse(
        (await page.locator('#live').getAttribute('data-run')) ?? '',
      ) as ChainRun
      expect(steps).toBeLessThan(6)
    },
    MOST,
  )
})
