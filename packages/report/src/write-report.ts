import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { IcrlError } from '@icrl/core'
import type { ReportOptions } from './page-data/build-report-data.ts'
import { renderReport } from './render-report.ts'
import type { Run } from './run.ts'

/**
 * Writes the report page, under a temporary name first: a crash leaves the old page or the new one.
 *
 * @returns the bytes written
 * @throws `write-failed`; what `renderReport` throws.
 * @example
 * import { findRuns, writeReport } from '@icrl/report'
 * await writeReport(await findRuns('runs/quickstart'), 'runs/quickstart/report.html')
 */
export async function writeReport(
  runs: readonly Run[],
  file: string,
  options: ReportOptions = {},
): Promise<number> {
  const html = await renderReport(runs, options)
  const temporary = `${file}.tmp-${process.pid}`
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(temporary, html)
    await rename(temporary, file)
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw new IcrlError(`cannot write ${file}: ${(cause as Error).message}.`, {
      code: 'write-failed',
      remedy: 'Free disk space, or name a file in a folder you may write to.',
      cause,
    })
  }
  return Buffer.byteLength(html)
}
