import { buildReportData, type ReportOptions } from './page-data/build-report-data.ts'
import { pageAssets, type PageAssets } from './page-data/page-assets.ts'
import type { ReportData } from './page-data/report-data.ts'
import type { Run } from './run.ts'

/**
 * The report page as one HTML text, with style, script and data inside; it fetches nothing. Runs of
 * one label are a method's seeds (see `distinctLabels`).
 *
 * @throws what reading the runs throws; `invalid-option` for a run given twice.
 * @example
 * import { findRuns, renderReport } from '@icrl/report'
 * const html = await renderReport(await findRuns('runs/quickstart'), { title: 'The quickstart' })
 * console.log(html.length)
 */
export async function renderReport(
  runs: readonly Run[],
  options: ReportOptions = {},
): Promise<string> {
  return htmlOf(await buildReportData(runs, options), await pageAssets())
}

function htmlOf(data: ReportData, { script, style }: PageAssets): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${escapeText(data.title)}</title>
<style>${style.replaceAll('</style', '<\\/style')}</style>
</head>
<body>
<div id="page"><noscript>${escapeText(data.title)}: this page draws its charts and transcripts with a script inside it. Allow scripts to read it; nothing is loaded from elsewhere.</noscript></div>
<script type="application/json" id="report-data">${escapeJson(data)}</script>
<script>${script.replaceAll('</script', '<\\/script')}</script>
</body>
</html>
`
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** Escapes every `<`, so that no text of a model can end the script element. */
function escapeJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c')
}
