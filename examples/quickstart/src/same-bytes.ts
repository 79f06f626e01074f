import { fileURLToPath } from 'node:url'
import { train } from '@icrl/trainer'
import { buildRun, loadRunConfig } from 'icrl'

/** Configurations of ten steps, one per arm, by file name. */
export const SMOKE_CONFIGS = [
  'smoke.config.ts',
  'smoke-grpo.config.ts',
  'smoke-icrl-shuffled.config.ts',
] as const
export type SmokeConfig = (typeof SMOKE_CONFIGS)[number]

/** The major version of Node that the printed checksums are of. */
export const CHECKSUM_NODE = 20

/** The page that prints them. */
export const CHECKSUM_PAGE: URL = new URL('../../../docs/determinism.md', import.meta.url)

/**
 * SHA-256 of the `metrics.jsonl` that ten steps of an arm leave in `directory`, or the first
 * `steps` of them, on the code path and threads the environment names.
 */
export async function smokeChecksum(
  config: SmokeConfig,
  directory: string,
  steps = 10,
): Promise<string> {
  const loaded = await loadRunConfig(fileURLToPath(new URL(`../${config}`, import.meta.url)))
  await using run = await buildRun(loaded, directory, { backend: 'native-cpu', steps })
  const { summary } = await train({ ...run.options, directory })
  return summary.metrics_sha256
}

/** The row of a configuration, whatever the column's width. */
const row = (config: SmokeConfig): RegExp =>
  new RegExp(`(\\| \`${config.replaceAll('.', '\\.')}\` *\\| )\`([0-9a-f]{64}|)\``)

/** The checksum the page prints for a configuration. */
export function printedChecksum(page: string, config: SmokeConfig): string | undefined {
  return row(config).exec(page)?.[2]
}

/** The page with another checksum for a configuration. */
export function withChecksum(page: string, config: SmokeConfig, checksum: string): string {
  return page.replace(row(config), `$1\`${checksum}\``)
}
