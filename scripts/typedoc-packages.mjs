// A plugin of typedoc. Every entry point of every package is documented; modules are called as a
// user imports them and open with their package's README; documents are called by their first
// heading, so that several may be a README.md; a parameter that is taken apart in place is called
// `options`.
import { readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Application, Converter, MinimalSourceFile, ReflectionKind, normalizePath } from 'typedoc'

const packages = resolve('packages')

/**
 * What users import, by source file: specifier, package, and the README that belongs to its main
 * entry.
 */
const entries = new Map(
  readdirSync(packages).flatMap((folder) => {
    const { name, exports } = JSON.parse(
      readFileSync(join(packages, folder, 'package.json'), 'utf8'),
    )
    return Object.entries(exports)
      .filter(([, target]) => target['@icrl/source'])
      .map(([entry, target]) => [
        join(packages, folder, target['@icrl/source']),
        {
          package: name,
          specifier: name + entry.slice(1),
          readme: entry === '.' ? join(packages, folder, 'README.md') : undefined,
        },
      ])
  }),
)

function nameModule(module, project, converter) {
  const { specifier, readme } = entries.get(resolve(module.sources[0].fullFileName))
  module.name = specifier
  if (!readme) return
  const path = normalizePath(readme)
  const { content } = converter.parseRawComment(
    new MinimalSourceFile(readFileSync(path, 'utf8'), path),
    project.files,
  )
  module.readme = withoutTitle(content)
  project.files.registerReflectionPath(path, module)
}

/** The page has a title already. */
function withoutTitle([first, ...rest]) {
  return [{ ...first, text: first.text.replace(/^\s*# .+\n/, '') }, ...rest]
}

function nameDocument(document) {
  const [, heading] = /^# (.+)$/m.exec(document.content.map(({ text }) => text).join('')) ?? []
  if (heading) document.name = heading
}

export function load(app) {
  app.on(Application.EVENT_BOOTSTRAP_END, () => {
    app.options.setValue('entryPoints', [...entries.keys()])
    app.options.setValue('packagesRequiringDocumentation', [
      ...new Set([...entries.values()].map((entry) => entry.package)),
    ])
  })
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getReflectionsByKind(ReflectionKind.Module))
      nameModule(module, project, app.converter)
    for (const document of project.documents ?? []) nameDocument(document)
    for (const parameter of project.getReflectionsByKind(ReflectionKind.Parameter))
      if (parameter.name === '__namedParameters') parameter.name = 'options'
  })
  app.converter.on(Converter.EVENT_END, ({ project }) => {
    if (project.readme) project.readme = withoutTitle(project.readme)
  })
}
