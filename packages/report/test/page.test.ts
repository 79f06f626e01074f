import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { formatCount, formatPercent } from '../page/format.ts'
import { compareRuns, findRuns, readRun, writeReport } from '../src/index.ts'
import { chromiumPath, launchBrowser } from './browser.ts'
import { makeRun } from './make-run.ts'

const root = mkdtempSync(join(tmpdir(), 'icrl-page-'))
const out = join(root, 'out')
const HOSTILE = '</script><script>window.pwned = 1</script><img src=x onerror="window.pwned = 2">'
const SIZE = { steps: 12, tasks: 3, sessions: 4, heldOut: 48, evaluateEvery: 4 }
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

if (!chromiumPath)
  console.warn('report page: NOT TESTED, no Chromium found (install it, or set ICRL_CHROMIUM)')

/** A page that fails the test on any message, error or request. */
async function open(
  browser: Browser,
  file: string,
  options: { readonly width?: number; readonly colorScheme?: 'light' | 'dark' } = {},
): Promise<{ page: Page; problems: string[] }> {
  const page = await browser.newPage({
    viewport: { width: options.width ?? 1280, height: 900 },
    colorScheme: options.colorScheme ?? 'light',
    reducedMotion: 'reduce',
  })
  const problems: string[] = []
  page.on('console', (message) => problems.push(`console ${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`))
  page.on(
    'request',
    (request) =>
      request.url().startsWith('file:') ||
      request.url().startsWith('data:') ||
      problems.push(`request: ${request.url()}`),
  )
  await page.goto(pathToFileURL(file).href)
  return { page, problems }
}

/** The value of an expression in the page, which has a DOM where this file has none. */
function inPage<Value>(page: Page, expression: string): Promise<Value> {
  return page.evaluate(expression) as Promise<Value>
}

/** What axe finds wrong, as `rule: element`. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  return inPage(
    page,
    'axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")} ${failureSummary ?? ""}`)))',
  )
}

/** Texts of all elements of a selector. */
function texts(page: Page, selector: string): Promise<string[]> {
  return page.locator(selector).allInnerTexts()
}

describe.skipIf(!chromiumPath)('report page in Chromium', () => {
  let browser: Browser
  /** Most tests look at one page, and leave it open. */
  let page: Page
  let problems: string[]
  const file = join(root, 'report.html')

  async function made(name: string, directory: string): Promise<string> {
    const path = join(root, `${name}.html`)
    await writeReport(await findRuns(directory), path)
    return path
  }

  beforeAll(async () => {
    makeRun({
      ...SIZE,
      directory: join(out, 'icrl'),
      hasRatios: true,
      hasObservations: true,
      hasDialogue: true,
      textPrefix: `${HOSTILE} `,
      guidance: 0.6,
    })
    makeRun({
      ...SIZE,
      directory: join(out, 'grpo'),
      method: 'grpo',
      skill: (progress) => 0.1 + 0.2 * progress,
    })
    makeRun({ ...SIZE, directory: join(out, 'icrl-shuffled'), leakRate: 1, isUnfinished: true })
    writeFileSync(
      join(out, 'summary.json'),
      JSON.stringify({ methods: { icrl: {}, grpo: {}, 'icrl-shuffled': {} } }),
    )
    await writeReport(await findRuns(out), file, { title: `Compared ${HOSTILE}`, date: null })
    browser = await launchBrowser()
    ;({ page, problems } = await open(browser, file))
    await page.locator('#runs').waitFor()
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    rmSync(root, { recursive: true })
  })
  afterEach(() => expect(problems).toEqual([]))

  it('opens without a message, an error or a request, and runs nothing that a model wrote', async () => {
    expect(await page.title()).toContain('<script>')
    expect(await inPage(page, 'window.pwned')).toBeUndefined()
    expect(await page.locator('main img').count()).toBe(0)
  })

  it('has every section, each with a heading and a sentence, and every chart with a title and one', async () => {
    const ids = [
      'summary',
      'advice',
      'learning',
      'weights',
      'roles',
      'groups',
      'ledger',
      'phases',
      'update',
      'sessions',
      'runs',
    ]
    expect(
      await inPage(page, '[...document.querySelectorAll("main section[id]")].map(({ id }) => id)'),
    ).toEqual(ids)
    for (const id of ids)
      expect((await page.locator(`#${id} .lead`).innerText()).length, id).toBeGreaterThan(40)
    const captions = await inPage<[string, string][]>(
      page,
      '[...document.querySelectorAll(".chart figcaption")].map((one) => [one.querySelector("h3").textContent, one.querySelector("p").textContent])',
    )
    expect(captions.length).toBeGreaterThan(20)
    for (const [title, sentence] of captions)
      expect([title, sentence.length > 25 && sentence.endsWith('.')], sentence).toEqual([
        expect.stringMatching(/\w/),
        true,
      ])
    expect(await page.locator('.contents a').count()).toBe(ids.length)
  })

  it('shows how old the samples of an asynchronous run were, and only of one', async () => {
    expect(await page.locator('#staleness').count()).toBe(0)
    makeRun({
      ...SIZE,
      directory: join(root, 'asynchronous'),
      metrics: (step) => ({
        'staleness/steps': Math.min(step, 2),
        'staleness/stale_fraction': step === 0 ? 0 : 1,
        'staleness/kl': 0.01 * step,
        'ledger/stale': 7 * step,
      }),
    })
    const opened = await open(browser, await made('asynchronous', join(root, 'asynchronous')))
    await opened.page.locator('.contents a', { hasText: 'Staleness' }).waitFor()
    expect(await texts(opened.page, '#staleness .chart h3')).toEqual([
      'Steps since sampling',
      'Stale samples',
      'Stale tokens',
      'Distance from the older weights',
    ])
    const tokens = opened.page.locator('#staleness .chart').nth(2)
    await tokens.locator('summary').click()
    const row = tokens.locator('tbody tr').nth(3)
    await row.waitFor()
    expect(await row.locator('th, td').allInnerTexts()).toEqual(['3', '21'])
    expect(await violations(opened.page)).toEqual([])
    expect(opened.problems).toEqual([])
    await opened.page.close()
  })

  it('says the outcome with the very figures of the comparison', async () => {
    const { methods, pairs } = await compareRuns(await findRuns(out))
    const cards = await inPage(
      page,
      '[...document.querySelectorAll(".card")].map((card) => [card.querySelector("h3").textContent, card.querySelector(".big").firstChild.textContent])',
    )
    expect(cards).toEqual(
      methods.map(({ method, atHorizon }) => [method, formatPercent(atHorizon.value)]),
    )
    expect(await page.locator('.differences li').count()).toBe(pairs.length)
    expect(await page.locator('#summary').innerText()).toContain(
      'bootstrap resamples of 48 held-out tasks',
    )
  })

  it('gives advice in words, with the rule and the numbers', async () => {
    const leak = page.locator('.advisories li.warning', {
      hasText: 'leaks the answer in 100% of its critiques',
    })
    expect(await leak.innerText()).toContain('icrl-shuffled')
    await leak.locator('summary').click()
    expect(await leak.locator('details').innerText()).toContain('critic/leak_rate = 1')
  })

  it('draws every chart, walks along it by keyboard and reads out what the table says', async () => {
    const blank = await inPage(
      page,
      '[...document.querySelectorAll(".plot canvas")].filter((canvas) => !canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value !== 0)).length',
    )
    expect(blank).toBe(0)
    const chart = page.locator('#learning .chart').first()
    const slider = chart.getByRole('slider')
    await slider.focus()
    await page.keyboard.press('Home')
    const spoken = await slider.getAttribute('aria-valuetext')
    expect(spoken).toMatch(/^0: icrl \S+%, grpo \S+%, icrl-shuffled \S+%$/)
    await chart.locator('summary').click()
    await chart.locator('tbody tr').first().waitFor()
    const row = await chart.locator('tbody tr').first().locator('th, td').allInnerTexts()
    expect(spoken).toBe(`${row[0]}: icrl ${row[1]}, grpo ${row[2]}, icrl-shuffled ${row[3]}`)
    await slider.focus()
    await page.keyboard.press('End')
    const [now, most] = await Promise.all(
      ['aria-valuenow', 'aria-valuemax'].map((name) => slider.getAttribute(name)),
    )
    expect(now).toBe(most)
  })

  it('follows the pointer along a chart', async () => {
    const chart = page.locator('#roles .chart').first()
    await chart.scrollIntoViewIfNeeded()
    expect(await chart.locator('.at').innerText()).toBe('at the end')
    await chart.locator('.u-over').hover({ position: { x: 2, y: 60 } })
    expect(await chart.locator('.at').innerText()).toBe('at step 0')
  })

  it('has equal tokens and equal time, weights with capped share, roles, groups, ledger and phases', async () => {
    expect(await texts(page, '.chart h3')).toEqual(
      expect.arrayContaining([
        'At equal sampled tokens',
        'At equal time',
        'Mean weight, each step’s revisions',
        'Mean weight, the same answers',
        'Share above the cap',
        'Reward of the solver',
        'Reward of the critic',
        'Success of revisions',
        'Groups of the solver',
        'Groups of the critic',
        'Zero-variance groups',
        'Spread within a group',
      ]),
    )
    const run = await readRun(join(out, 'icrl'))
    const ledger = page.locator('#ledger .chart').first()
    await ledger.locator('summary').click()
    const firstRow = ledger.locator('tbody tr').first()
    await firstRow.waitFor() // the table is made once it is opened
    const row = await firstRow.locator('th, td').allInnerTexts()
    expect([row[0], row.at(-1)]).toEqual([
      'icrl',
      formatCount(run.metrics.reduce((sum, line) => sum + line['ledger/generated'], 0)),
    ])
    expect(await page.locator('#phases .bars li').count()).toBe(3)
    expect(await texts(page, '#ledger .bars li > .value')).toEqual(
      Array.from({ length: 3 }, () => expect.stringMatching(/^[\d.]+k? tokens$/)),
    )
    expect(await texts(page, '#phases .bars li > .value')).toEqual(
      Array.from({ length: 3 }, () => expect.stringMatching(/ in all$/)),
    )
    expect(await texts(page, '.card dt')).toContain('Tokens to reach 70%')
  })

  it('shades the edge that more is behind where a list scrolls', async () => {
    const shades = await inPage<string>(
      page,
      'getComputedStyle(document.querySelector(".list")).backgroundAttachment',
    )
    expect(shades).toBe('local, local, scroll, scroll, scroll')
  })

  it('shows another run where it is chosen, in every section at once', async () => {
    const ofCritic = page.locator('#groups .chart h3', { hasText: 'Groups of the critic' })
    expect(await ofCritic.count()).toBe(1)
    await page.locator('#ledger select').selectOption({ label: 'grpo' })
    expect(await ofCritic.count()).toBe(0)
    expect(await page.locator('#groups select').inputValue()).toBe('1')
    await page.locator('#groups select').selectOption({ label: 'icrl' })
  })

  it('shows sessions as transcripts, says how they were chosen, and derives each token’s weight', async () => {
    expect(await page.locator('.list button').count()).toBe(40)
    expect(await page.locator('#sessions .lead').innerText()).toMatch(
      /^What the model wrote, token by token\. 40 sessions of 432 are here with their tokens: the first, the last, the best and the worst one of each run, the others drawn by seed 0/,
    )
    expect(await texts(page, '.turn h4')).toEqual([
      'Attempt 1, unaided',
      'Critique of attempt 1',
      'Attempt 2, guided by the critique',
    ])
    expect(await page.locator('.session .answer').innerText()).toBe(
      `Reference answer ${HOSTILE} three eleven`,
    )
    const isOpen = '[...document.querySelectorAll(".turn .prompt")].map((prompt) => prompt.open)'
    expect(await inPage(page, isOpen)).toEqual([true, false, true])
    const revision = page.locator('.turn').last()
    expect(await revision.locator('del').innerText()).toMatch(/^tips/)
    await revision.locator('.token').first().hover()
    const values = await texts(page, '#token-tip td:nth-child(2)')
    const [free, guided, difference, weight, used] = values.map((text) =>
      Number(text.replace('−', '-')),
    )
    expect(free - guided).toBeCloseTo(difference, 3)
    expect(weight / Math.exp(difference)).toBeCloseTo(1, 3)
    expect(used).toBe(Math.min(weight, 2))
    expect(await revision.locator('.token.observed').count()).toBe(2)
    await revision.locator('.token.observed').first().hover()
    expect(await page.locator('#token-tip').innerText()).toContain('Written by the environment')
  })

  it('shows what an agent said to its tools, and what they answered', async () => {
    const [first, critique, revision] = await page.locator('.turn').all()
    expect(await critique.locator('.dialogue').count()).toBe(0)
    for (const turn of [first, revision]) {
      const lines = await turn.locator('.dialogue li').allInnerTexts()
      expect(lines.map((text) => text.split('\n')[0])).toEqual([
        'User',
        'Thinking',
        'Call of apply',
        'Result of apply',
        'Agent’s model',
      ])
      expect(lines[2]).toContain('"to":3')
      expect(lines[3]).toContain(`${HOSTILE} eleven`)
    }
    // An agent never sees guidance, and neither does its conversation.
    expect(await revision.locator('.dialogue li').first().innerText()).not.toContain('tips')
  })

  it('shades tokens by each figure, keeps the choice, and is walked by keyboard', async () => {
    const seen = new Set<string>()
    for (const name of ['Mask', 'Weight w', 'Ratio ρ', 'Advantage', 'Log-probability']) {
      await page.getByRole('radio', { name }).check({ force: true })
      const shades = await inPage<string[]>(
        page,
        '[...document.querySelectorAll(".turn:last-child .token, li:last-child > .turn .token")].map((token) => getComputedStyle(token).backgroundColor)',
      )
      expect(new Set(shades).size, name).toBeGreaterThan(1)
      seen.add(shades.join())
    }
    expect(seen.size).toBe(5)
    await page.locator('.turn').last().locator('.tokens [tabindex="0"]').focus()
    await page.keyboard.press('ArrowRight')
    expect(await inPage(page, 'document.activeElement.dataset.t')).toBe('1')
    expect(await page.locator('#token-tip').isVisible()).toBe(true)
    expect(await inPage(page, 'document.activeElement.getAttribute("aria-label")')).toMatch(
      /^\w+, Log-probability −\d/,
    )
    await page.keyboard.press('Escape')
    expect(await page.locator('#token-tip').isVisible()).toBe(false)
    await page.locator('.list button').nth(2).click()
    expect(await page.getByRole('radio', { name: 'Log-probability' }).isChecked()).toBe(true)
  })

  it('says where a run stores no ratios', async () => {
    await page.locator('.list button').last().click()
    expect(await page.getByRole('radio', { name: 'Ratio ρ' }).isDisabled()).toBe(true)
  })

  it('is light or dark, as the system or the reader says, without a violation axe can find', async () => {
    const look = (): Promise<string[]> =>
      inPage(
        page,
        '[getComputedStyle(document.body).backgroundColor, document.querySelector("#learning canvas").toDataURL()]',
      )
    await page.locator('.list button').first().click()
    expect(await violations(page)).toEqual([])
    const light = await look()
    await page.getByRole('button', { name: 'Switch to dark colors' }).click()
    const dark = await look()
    expect([dark[0] === light[0], dark[1] === light[1]]).toEqual([false, false])
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Switch to light colors' }).click()
    await page.emulateMedia({ colorScheme: 'dark' })
    expect((await look())[0]).toBe(light[0])
    const fresh = await open(browser, file, { colorScheme: 'dark' })
    expect(await inPage(fresh.page, 'getComputedStyle(document.body).backgroundColor')).toBe(
      dark[0],
    )
    await fresh.page.close()
  }, 60_000)

  it('fits a narrow screen', async () => {
    await page.setViewportSize({ width: 360, height: 740 })
    expect(
      await inPage(
        page,
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      ),
    ).toBe(0)
    await page.setViewportSize({ width: 1280, height: 900 })
  })

  it('shows several seeds as lines with their mean, and says so', async () => {
    const directory = join(root, 'seeds')
    for (const seed of [0, 1])
      for (const method of ['grpo', 'icrl'] as const)
        makeRun({
          ...SIZE,
          steps: 4,
          directory: join(directory, method, `seed-${seed}`),
          method,
          seed,
        })
    const seeds = await open(browser, await made('seeds', directory))
    expect(await seeds.page.locator('#learning .legend').first().locator('li').count()).toBe(2)
    expect(await seeds.page.locator('#learning figcaption').first().innerText()).toContain(
      'single seeds',
    )
    await seeds.page.locator('#learning .chart').first().locator('summary').click()
    expect(await texts(seeds.page, '#learning thead th')).toEqual([
      'sampled tokens',
      'grpo, seed 0',
      'grpo, seed 1',
      'icrl, seed 0',
      'icrl, seed 1',
    ])
    expect(seeds.problems).toEqual([])
    await seeds.page.close()
  })

  it('shows what there is of a run without evaluation, timing or vocabulary, and of one without a step', async () => {
    const bare = makeRun({
      directory: join(root, 'bare'),
      steps: 3,
      isUnfinished: true,
      isWithoutVocabulary: true,
      evaluateEvery: 9,
    })
    for (const gone of ['timing.jsonl', 'evaluations'])
      rmSync(join(bare, gone), { recursive: true })
    writeFileSync(
      join(bare, 'metrics.jsonl'),
      readFileSync(join(bare, 'metrics.jsonl'), 'utf8').replaceAll('"eval/', '"was/'),
    )
    const empty = makeRun({ directory: join(root, 'empty'), steps: 1, isUnfinished: true })
    for (const gone of ['metrics.jsonl', 'timing.jsonl', 'samples', 'evaluations'])
      rmSync(join(empty, gone), { recursive: true })
    for (const [name, directory] of [
      ['bare', bare],
      ['empty', empty],
    ]) {
      const found = await open(browser, await made(name, directory))
      await found.page.locator('#runs').waitFor()
      expect(found.problems, name).toEqual([])
      if (name === 'bare') expect(await violations(found.page)).toEqual([])
      expect(await found.page.locator('#summary .lead').innerText()).toContain(
        'No held-out evaluation',
      )
      if (name === 'bare')
        expect(await found.page.locator('.token').first().innerText()).toMatch(/^⟨\d+⟩$/)
      await found.page.close()
    }
  }, 60_000)
})
