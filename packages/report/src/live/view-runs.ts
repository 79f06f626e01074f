import { IcrlError, isIcrlError } from '@icrl/core'
import { distinctLabels } from '../distinct-labels.ts'
import { findRunFolders, noRunAt } from '../find-runs.ts'
import { pageAssets } from '../page-data/page-assets.ts'
import { readRun } from '../read-run.ts'
import { firstDivergence } from './first-divergence.ts'
import { LiveRun } from './live-run.ts'

/** Answers the requests of the live page. */
export type ViewHandler = (request: Request) => Promise<Response>

/**
 * The live page over runs, finished or going on: several curves over each other, sessions token by
 * token, where two runs part. Metrics are read as they are appended, sessions only when they are
 * looked at.
 *
 * @param folders of runs, or of comparisons; a comparison's later arms appear when they begin
 * @returns a handler for `listen` of `@icrl/serve`; it answers this machine's own names alone
 * @throws IcrlError as `findRuns`; `invalid-option` for a run given twice
 * @example
 * const handler = await viewRuns(['runs/first', 'runs/second'])
 * const page = await handler(new Request('http://127.0.0.1/'))
 */
export async function viewRuns(folders: readonly string[]): Promise<ViewHandler> {
  const live = new Map<string, LiveRun>()
  for (const folder of folders) {
    const found = await findRunFolders(folder)
    if (found.length === 0) throw noRunAt(folder)
    for (const { directory, label } of found) {
      if (live.has(directory)) throw twice(directory)
      live.set(directory, new LiveRun(await readRun(directory, { label })))
    }
  }
  /** Arms that have begun since. */
  const refresh = async (): Promise<void> => {
    for (const folder of folders)
      for (const { directory, label } of await findRunFolders(folder))
        if (!live.has(directory))
          live.set(directory, new LiveRun(await readRun(directory, { label })))
  }
  const answers: Readonly<Record<string, (query: URLSearchParams) => Promise<unknown>>> = {
    '/state': async (query) => {
      await refresh()
      const known = (query.get('known') ?? '').split(',')
      const runs = [...live.values()]
      const labels = distinctLabels(runs.map(({ run }) => run))
      return {
        runs: await Promise.all(
          runs.map(async (one, place) => {
            const [epoch, from] = (known[place] ?? '').split(':').map(Number)
            return { label: labels[place].label, ...(await one.news(epoch, from || 0)) }
          }),
        ),
      }
    },
    '/sessions': async (query) => chosen(query, live).sessions(number(query, 'step')),
    '/session': async (query) => {
      const [step, task] = [number(query, 'step'), query.get('task') ?? '']
      const found = await chosen(query, live).session(step, task, number(query, 'session'))
      if (found) return found
      throw invalid(`step ${step} has no such session of task ${task}.`)
    },
    '/divergence': async (query) =>
      firstDivergence(
        chosen(query, live, 'first').run.directory,
        chosen(query, live, 'second').run.directory,
      ),
  }
  return async (request) => {
    const { pathname, hostname, searchParams } = new URL(request.url)
    // A page of elsewhere whose name was made to lead here is not answered.
    if (!OWN_NAMES.includes(hostname)) return new Response('another host', { status: 403 })
    if (pathname === '/') return page(await pageAssets('view'))
    if (!Object.hasOwn(answers, pathname)) return new Response('not found', { status: 404 })
    try {
      return Response.json(await answers[pathname](searchParams), { headers: NEVER_STORED })
    } catch (error) {
      if (!isIcrlError(error)) throw error
      return Response.json({ error: error.message }, { status: 400, headers: NEVER_STORED })
    }
  }
}

const OWN_NAMES: readonly string[] = ['127.0.0.1', 'localhost', '[::1]']
const NEVER_STORED = { 'cache-control': 'no-store' }

function twice(directory: string): IcrlError {
  return new IcrlError(`${directory} is given twice.`, {
    code: 'invalid-option',
    remedy: 'Name each run once.',
  })
}

function chosen(query: URLSearchParams, live: ReadonlyMap<string, LiveRun>, name = 'run'): LiveRun {
  const place = number(query, name)
  const found = [...live.values()][place]
  if (found) return found
  throw invalid(`there is no run ${place}; there are ${live.size}.`)
}

function number(query: URLSearchParams, name: string): number {
  const value = Number(query.get(name) ?? Number.NaN)
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw invalid(`${name} is ${query.get(name)}.`)
}

function invalid(message: string): IcrlError {
  return new IcrlError(`view: ${message}`, {
    code: 'invalid-option',
    remedy: 'Load the page again.',
  })
}

function page({ script, style }: Awaited<ReturnType<typeof pageAssets>>): Response {
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>ICRL runs</title>
<style>${style.replaceAll('</style', '<\\/style')}</style>
</head>
<body>
<div id="page"></div>
<script>${script.replaceAll('</script', '<\\/script')}</script>
</body>
</html>
`
  return new Response(html, {
    headers: {
      ...NEVER_STORED,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:; frame-ancestors 'none'",
    },
  })
}
