// The reference of every package, written by typedoc as pages of the site.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { finishReference } from './reference-pages.mjs'
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
    indexFormat: 'table',
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
  finishReference(join(pages, 'api'))
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
