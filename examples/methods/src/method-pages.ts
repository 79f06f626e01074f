import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { longestCurves, readCurves } from '@icrl/example-experiments'
import { docstringOf } from './docstring-of.ts'
import { usageOf } from './method-usage.ts'
import { SEEDS, type MethodExperiment } from './method-experiment.ts'
import { chainCell, experimentCell, experimentTable, markdownTable } from './result-tables.ts'
import { ROWS } from './rows/index.ts'
import { readResults, resultsFile } from './stored-results.ts'
import { NEIGHBORS, SYSTEMS, type System } from './systems.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const CURVES = join(ROOT, 'examples/quickstart/results')
const CHAIN_TOKENS = 60_000
const COMMAND = 'npx tsx --conditions=@icrl/source'

/**
 * What `docs/` has of methods: the index, its tables written anew, and a page for each method that
 * has a file. By path from the repository's root.
 */
export async function methodPages(): Promise<Map<string, string>> {
  const index = await readFile(join(ROOT, 'docs/methods.md'), 'utf8')
  const pages = new Map<string, string>()
  const tables = {
    systems: await indexTable(SYSTEMS),
    neighbors: await indexTable(NEIGHBORS),
  }
  pages.set('docs/methods.md', withTables(index, tables))
  for (const system of pagedSystems()) pages.set(`docs/${pageOf(system)}`, await page(system))
  return pages
}

/** The index with each marked table replaced. */
function withTables(text: string, tables: Readonly<Record<string, string>>): string {
  return Object.entries(tables).reduce(
    (all, [name, table]) =>
      all.replace(
        new RegExp(`(<!-- ${name}: .*? -->)[^]*?(<!-- /${name} -->)`),
        (_, open, close) => `${open}\n\n${table}\n\n${close}`,
      ),
    text,
  )
}

function pagedSystems(): System[] {
  const all = [...SYSTEMS, ...NEIGHBORS].filter(({ files }) => files.length > 0)
  return [...new Map(all.map((system) => [pageOf(system), system] as const)).values()]
}

/** The exports whose docstrings open the page. */
const mainsOf = ({ files: [file], main }: System): readonly string[] =>
  main ?? [baseOf(file).replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())]

const baseOf = (file: string): string => /([^/]+)\.ts$/.exec(file)![1]

/** A system's page, from `docs/`: named after its main export. */
function pageOf(system: System): string {
  const name = system.name.startsWith('replay') ? 'replay-and-mirror' : kebab(mainsOf(system)[0])
  return `methods/${name}.md`
}

const kebab = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

async function indexTable(systems: readonly System[]): Promise<string> {
  const isNumbered = systems.some(({ number }) => number !== undefined)
  const rows = await Promise.all(
    systems.map(async (system) => {
      const { number, name, paper, files, state } = system
      return [
        ...(isNumbered ? [String(number)] : []),
        files.length > 0 ? `[${name}](${pageOf(system)})` : name,
        paper,
        files.map((file) => `[\`${baseOf(file)}.ts\`](../${file})`).join(', ') || '–',
        state,
        (await measured(system)) || '–',
        commandsOf(system).join(', ') || '–',
      ]
    }),
  )
  return markdownTable(
    [
      ...(isNumbered ? ['#'] : []),
      'method',
      'paper',
      'file',
      isNumbered ? 'state' : 'how it differs from ICRL',
      'measured here',
      'command',
    ],
    rows,
  )
}

/** What makes the figures of a row again, and what compares with published files. */
function commandsOf({ rows = [], chain, published }: System): string[] {
  return [
    ...(chain ? [`quickstart ${chain.experiment}`] : []),
    ...rows.map((row) => `methods ${row}`),
    ...(published ? [`published ${published}`] : []),
  ].map((command) => `\`${command}\``)
}

/** What was measured of a method, in a cell. */
async function measured(system: System): Promise<string> {
  const cells = await Promise.all(
    rowsOf(system).map(async (row) => {
      const results = await completeResults(row)
      return results ? experimentCell(row, results) : ''
    }),
  )
  return [await chainMeasured(system), ...cells, system.known ?? ''].filter(Boolean).join('; ')
}

async function chainMeasured({ chain }: System): Promise<string> {
  if (!chain) return ''
  const stored = await Promise.all(
    ['methods-chain', chain.experiment].map((name) => readCurves(join(CURVES, `${name}.jsonl`))),
  )
  const [base, own] = stored.map(longestCurves)
  // What an experiment has itself is compared with itself, not with other seeds.
  const curves = [...own, ...base.filter(({ arm }) => !own.some((curve) => curve.arm === arm))]
  const isComplete = own.some(({ arm }) => arm === chain.arms[0])
  return isComplete ? chainCell(chain.arms, curves, CHAIN_TOKENS) : ''
}

function rowsOf({ rows = [] }: System): MethodExperiment[] {
  return rows.flatMap((name) => ROWS.filter((row) => row.name === name))
}

/** The runs of an experiment; undefined unless each arm has each seed. */
async function completeResults(
  row: MethodExperiment,
): Promise<Awaited<ReturnType<typeof readResults>> | undefined> {
  const results = await readResults(resultsFile(row.name, 'runs'))
  return results.length === SEEDS.length * Object.keys(row.arms).length ? results : undefined
}

/** What `state` says: of a system how far it is, of a neighbor how it differs. */
const stateLabel = ({ number }: System): string =>
  number === undefined ? 'Beside ICRL' : '[State](../methods.md)'

/** Marks such as `[code]` lead to what they mean. */
const withSources = (text: string): string =>
  text.replaceAll(
    /`\[(abs|code|mem|ours|paper)\]`/g,
    '[\\[$1\\]](../glossary.md#where-a-rule-is-from)',
  )

/** A method's page: docstring, files, experiment. */
async function page(system: System): Promise<string> {
  const { name, paper, files, state, chain } = system
  const source = await readFile(join(ROOT, files[0]), 'utf8')
  const experiments = await Promise.all(rowsOf(system).map(experimentPart))
  const curve = await chainMeasured(system)
  const parts = [
    `<!-- Written by examples/methods/src/write-docs.ts from the docstring and the stored results. -->`,
    `# ${name}`,
    `${/^\d/.test(paper) ? `[arXiv ${paper}](https://arxiv.org/abs/${paper})` : paper}. ${files.map((file) => `[\`${file}\`](../../${file})`).join(', ')}. ${stateLabel(system)}: ${state}.`,
    '## What it computes',
    ...mainsOf(system).map((main) => withSources(docstringOf(source, main))),
    ...usageOf(system, { main: mainsOf(system)[0], source, file: join(ROOT, files[0]) }),
    '## What was measured here',
    ...experiments,
    ...(curve && chain
      ? [
          `On the operator chain of [the results](../results.md), five seeds unless it says otherwise: ${curve}. That is the accuracy on held-out questions, averaged over a run’s first 60,000 sampled tokens.`,
          `    ${COMMAND} examples/quickstart/src/experiments.ts ${chain.experiment}`,
        ]
      : []),
    ...(experiments.some(Boolean) || curve ? [] : [system.known ?? 'Nothing yet.']),
  ]
  return `${parts.filter(Boolean).join('\n\n')}\n`
}

async function experimentPart(row: MethodExperiment): Promise<string> {
  const results = await completeResults(row)
  if (!results) return ''
  const speaker = Object.values(row.roles).some(({ policy }) => policy !== undefined)
    ? 'A toy for a transformer of about 100 thousand parameters'
    : 'A toy whose roles are all scripts'
  const table = experimentTable(row, results)
  return [
    row.question,
    table,
    ...(row.finding ? [row.finding] : []),
    `Each figure is a mean over five seeds on held-out tasks, with a 95% interval (percentile bootstrap over seeds). The rows with a minus sign are differences, the method less a control with the same seed. ${columnsInWords(table)}${speaker}: it shows the mechanism, not the size of an effect.`,
    `    ${COMMAND} examples/methods/src/experiments.ts ${row.name}`,
  ].join('\n\n')
}

function columnsInWords(table: string): string {
  const [head] = table.split('\n')
  const tokens = head.includes('| tokens |') ? '“Tokens” are those sampled in training. ' : ''
  const rate = head.includes('| learning rate |')
    ? 'The learning rate is the best of a search with one seed. '
    : ''
  return tokens + rate
}
