// A plugin of typedoc: modules are called as a user imports them and open with their package's README; documents are called by
// their first heading, so that several may be a README.md.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Converter, MinimalSourceFile, ReflectionKind, normalizePath } from 'typedoc'

const packages = resolve('packages')

/** Folder, import specifier and README of a module's package; only the package's main entry has the README. */
function packageOf(sourceFile) {
  const folder = join(packages, sourceFile.slice(packages.length + 1).split(/[\\/]/)[0])
  const { name, exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const [entry] = Object.entries(exports).find(([, target]) => target['@icrl/source'] && join(folder, target['@icrl/source']) === sourceFile)
  return { specifier: entry === '.' ? name : `${name}${entry.slice(1)}`, readme: entry === '.' ? join(folder, 'README.md') : undefined }
}

function nameModule(module, project, converter) {
  const sourceFile = module.sources[0].fullFileName
  const { specifier, readme } = packageOf(resolve(sourceFile))
  module.name = specifier
  if (!readme) return
  const path = normalizePath(readme)
  const { content } = converter.parseRawComment(new MinimalSourceFile(readFileSync(path, 'utf8'), path), project.files)
  module.readme = content
  project.files.registerReflectionPath(path, module)
}

function nameDocument(document) {
  const [, heading] = /^# (.+)$/m.exec(document.content.map(({ text }) => text).join('')) ?? []
  if (heading) document.name = heading
}

export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getReflectionsByKind(ReflectionKind.Module)) nameModule(module, project, app.converter)
    for (const document of project.documents ?? []) nameDocument(document)
  })
}
