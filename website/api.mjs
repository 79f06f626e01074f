// The reference of every package, written by typedoc as pages of the site.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pages, root, SOURCES } from './root.mjs'

const SIDEBAR = join(pages, 'api/typedoc-sidebar.json')

/** Writes the pages; throws where typedoc finds a fault: an export without a word, a dead link. */
export async function writeApi() {
  const { Application } = await import('typedoc')
  const app = await Application.bootstrapWithPlugins({
    options: join(root, 'typedoc.json'),
    plugin: [
      'typedoc-plugin-markdown',
      'typedoc-vitepress-theme',
      join(root, 'website/typedoc-packages.mjs'),
    ],
    tsconfig: join(root, 'tsconfig.json'),
    out: join(pages, 'api'),
    docsRoot: pages,
    sourceLinkTemplate: `${SOURCES}/packages/{path}#L{line}`,
    readme: 'none',
    entryFileName: 'index',
    router: 'member',
    hidePageHeader: true,
    hideBreadcrumbs: false,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    classPropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
    typeAliasPropertiesFormat: 'table',
    enumMembersFormat: 'table',
    propertyMembersFormat: 'table',
    tableColumnSettings: {
      hideSources: true,
      hideModifiers: true,
      hideInherited: true,
      hideOverrides: true,
      leftAlignHeaders: true,
    },
    expandParameters: true,
    useCodeBlocks: true,
    sanitizeComments: true,
  })
  const project = await app.convert()
  if (!project) throw new Error('typedoc could not read the packages; what it found is above.')
  app.validate(project)
  await app.generateOutputs(project)
  if (app.logger.hasErrors() || app.logger.hasWarnings())
    throw new Error('typedoc found faults in the packages; they are above.')
  inlineOptions()
}

/**
 * A function's page shows the options that it takes, not only the name of their interface. Typedoc
 * gives interfaces pages of their own; the table of such a page is repeated below the parameters.
 */
export function inlineOptions() {
  const files = readdirSync(join(pages, 'api'), { recursive: true })
    .filter((file) => /[\\/](functions|classes)[\\/][^\\/]+\.md$/.test(file))
    .map((file) => join(pages, 'api', file))
  for (const file of files) {
    const text = readFileSync(file, 'utf8')
    const [parameters] = /^#+ Parameters\n[^]*?(?=^#+ )/m.exec(text) ?? []
    if (parameters === undefined) continue
    const tables = [...parameters.matchAll(/\[`(\w*Options)`\]\(([^)#]+\.md)\)/g)].map(
      ([, name, link]) => optionsTable(name, link, join(dirname(file), link)),
    )
    if (tables.join('') !== '')
      writeFileSync(file, text.replace(parameters, parameters + tables.join('')))
  }
}

function optionsTable(name, link, path) {
  const [, table] =
    /^## Properties\n([^]*?)(?=^#+ |(?![^]))/m.exec(readFileSync(path, 'utf8')) ?? []
  if (table === undefined) return ''
  const folder = dirname(link)
  const moved = table
    .replace(/<a id="[^"]*"><\/a> /g, '')
    .replace(/\]\((?!https?:|\/|#)([^)]+)\)/g, (_, target) => `](${folder}/${target})`)
    .replace(/\]\(#/g, `](${link}#`)
  return `### ${name}\n${moved}`
}

/**
 * Sidebars of the reference, by path: a module's pages list what is in it, and the other modules by
 * name. (All names of all modules on every page would be a gigabyte.)
 */
export function apiSidebars() {
  const modules = existsSync(SIDEBAR) ? JSON.parse(readFileSync(SIDEBAR, 'utf8')) : []
  const names = modules.map(({ text, link }) => ({ text, link }))
  const all = { text: 'Modules', items: names, collapsed: false }
  return Object.fromEntries([
    ...modules.map(({ text, link, items }) => [link, [{ text, link, items }, all]]),
    ['/api/', [all]],
  ])
}
