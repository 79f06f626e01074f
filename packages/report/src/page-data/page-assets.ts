import { readFile } from 'node:fs/promises'
import { IcrlError } from '@icrl/core'

/** Script and style of the page, minified, ready to be put inside it. */
export interface PageAssets {
  readonly script: string
  readonly style: string
}

/**
 * The page's script and style: built beside this package's own code, or bundled from `page/` on the
 * fly if the package runs from its sources.
 *
 * @throws `unavailable` if neither works.
 */
export async function pageAssets(name: PageName = 'page'): Promise<PageAssets> {
  const assets = loaded.get(name) ?? load(name)
  loaded.set(name, assets)
  return assets
}

/** The report, and the live page. */
type PageName = 'page' | 'view'

const loaded = new Map<PageName, Promise<PageAssets>>()

async function load(name: PageName): Promise<PageAssets> {
  const built = await Promise.all([read(`./${name}.js`), read('./page.css')])
  const [script, style] = built
  if (script !== undefined && style !== undefined) return { script, style }
  // The specifier is not a literal, so that no bundler pulls it into a user's program.
  const bundler = new URL('../../scripts/bundle-page.mjs', import.meta.url).href
  try {
    const { bundlePage } = (await import(bundler)) as {
      bundlePage(name: PageName): Promise<PageAssets>
    }
    return await bundlePage(name)
  } catch (cause) {
    throw new IcrlError(
      `report: the page's script is neither built nor can it be bundled (${(cause as Error).message}).`,
      {
        code: 'unavailable',
        remedy: 'Install the package anew, or build it (`pnpm build`).',
        cause,
      },
    )
  }
}

function read(name: string): Promise<string | undefined> {
  return readFile(new URL(name, import.meta.url), 'utf8').catch(() => undefined)
}
