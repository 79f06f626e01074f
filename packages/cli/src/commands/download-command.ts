import type { Command } from 'commander'
import { bytesInWords } from '../config/disk-use.ts'
import { EXIT } from '../exit-code.ts'
import {
  type DownloadPlan,
  missingContents,
  planDownload,
  runDownload,
} from '../hub/download-repository.ts'
import { cachedSnapshot } from '../hub/hub-cache.ts'
import { type HubSettings, hubSettings } from '../hub/hub-settings.ts'
import { type DatasetSplit, parseDatasetName } from '../hub/dataset-name.ts'
import { parseHubName } from '../hub/hub-name.ts'
import { liveLines } from '../progress/live-lines.ts'
import { durationInWords } from '../progress/words.ts'

interface DownloadFlags {
  readonly dataset?: boolean
  readonly revision?: string
  readonly to?: string
  readonly include?: readonly string[]
  readonly offline?: boolean
  readonly dryRun?: boolean
  readonly json?: boolean
  readonly quiet?: boolean
}

const EXAMPLES = `
Examples:
  icrl download Qwen/Qwen3-0.6B
  icrl download Qwen/Qwen3-4B --to models/Qwen3-4B
  icrl download meta-llama/Llama-3.2-1B-Instruct --dry-run
  icrl download --dataset openai/gsm8k#main/train
  icrl train --config run.config.ts --model hf:Qwen/Qwen3-0.6B --out runs/first

Only what is needed is fetched: of a model its configuration, tokenizer, chat template and safetensors; of a data set
its Parquet or JSONL, which a configuration reads as tasks: 'hf:owner/name#split'. An interrupted download goes
on where it stopped; checksums are compared. The cache is that of huggingface_hub. Environment: HF_TOKEN (private and gated
repositories), HF_ENDPOINT (a mirror), HF_HUB_CACHE or HF_HOME (where the cache is), HF_HUB_OFFLINE=1 (as --offline).`

/** `icrl download` */
export function downloadCommand(program: Command, finish: (code: number) => void): void {
  program
    .command('download')
    .argument(
      '<repository>',
      'owner/name on the Hugging Face hub; of a data set also owner/name#split',
    )
    .description('download a model or a data set, into the cache or a folder')
    .option('--dataset', 'the repository is a data set')
    .option('--revision <name>', 'branch, tag or commit; default: main')
    .option('--to <dir>', 'a new folder; default: the cache')
    .option(
      '--include <patterns...>',
      'files to fetch, such as *.json; default: what a model needs, or Parquet and JSONL',
    )
    .option('--offline', 'send no request: say where it is in the cache')
    .option('--dry-run', 'only say what would be fetched')
    .option('--json', 'print the result as JSON')
    .option('-q, --quiet', 'no progress')
    .addHelpText('after', EXAMPLES)
    .action(async (repository: string, flags: DownloadFlags) =>
      finish(await runDownloadCommand(repository, flags)),
    )
}

async function runDownloadCommand(name: string, flags: DownloadFlags): Promise<number> {
  const { repository: named, ...part }: DatasetSplit = flags.dataset
    ? parseDatasetName(name)
    : { repository: parseHubName(name) }
  const repository =
    flags.revision === undefined
      ? named
      : parseHubName(`${named.repository}@${flags.revision}`, named.type)
  const found = hubSettings()
  const settings = { ...found, offline: found.offline || flags.offline === true }
  if (settings.offline && flags.to === undefined) {
    const folder = await cachedSnapshot(settings.cache, repository)
    if (folder !== undefined) return say(flags, { folder }, folder)
  }
  const plan = await planDownload(settings, repository, { ...flags, part })
  const total = missingContents(plan.files).reduce((sum, { bytes }) => sum + bytes, 0)
  if (!flags.quiet) process.stderr.write(`${planInWords(plan, total)}\n`)
  if (flags.dryRun) return say(flags, resultOf(plan, total), plan.folder)
  const folder = await fetchWithProgress(settings, plan, total, flags.quiet ?? false)
  return say(flags, resultOf(plan, total), folder)
}

function resultOf({ repository, ...plan }: DownloadPlan, bytes: number): object {
  return { ...plan, repository: repository.repository, bytes }
}

function say({ json }: DownloadFlags, result: object, folder: string): number {
  process.stdout.write(`${json ? JSON.stringify(result) : folder}\n`)
  return EXIT.done
}

function planInWords({ repository, commit, folder, files }: DownloadPlan, total: number): string {
  const missing = files.filter(({ isThere }) => !isThere)
  const lines = missing.map(({ path, bytes }) => `  ${bytesInWords(bytes).padStart(9)}  ${path}`)
  const there = files.length - missing.length
  return [
    `${repository.repository} at ${commit.slice(0, 12)}: ${missing.length} files, ${bytesInWords(total)}${there > 0 ? `; ${there} are there already` : ''}, into ${folder}`,
    ...lines,
  ].join('\n')
}

/** Milliseconds between two looks at the progress. */
const OFTEN = 500

async function fetchWithProgress(
  settings: HubSettings,
  plan: DownloadPlan,
  total: number,
  quiet: boolean,
): Promise<string> {
  const lines = liveLines(process.stderr)
  const began = performance.now()
  let done = 0
  const timer = setInterval(() => {
    const seconds = (performance.now() - began) / 1000
    const rate = done / seconds
    const left = rate > 0 ? `, ${durationInWords((total - done) / rate)} left` : ''
    lines.show([
      `  ${bytesInWords(done)} of ${bytesInWords(total)}, ${bytesInWords(rate)}/s${left}`,
    ])
  }, OFTEN)
  if (quiet) clearInterval(timer)
  try {
    return await runDownload(settings, plan, { onBytes: (count) => (done += count) })
  } finally {
    clearInterval(timer)
    lines.show([])
    lines.done()
  }
}
