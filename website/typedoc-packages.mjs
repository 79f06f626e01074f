// A plugin of typedoc. Every entry point of every package is documented; modules are called as a user
// imports them and open with a line of what they are; a parameter that is taken apart in place is
// called `options`.
import { readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Application, Comment, Converter, ReflectionKind } from 'typedoc'
import { root } from './root.mjs'

const packages = join(root, 'packages')

/** What users import, by source file: specifier, package, its folder and what it says of itself. */
const entries = new Map(
  readdirSync(packages).flatMap((folder) => {
    const { name, description, exports } = JSON.parse(
      readFileSync(join(packages, folder, 'package.json'), 'utf8'),
    )
    return Object.entries(exports)
      .filter(([, target]) => target['@icrl/source'])
      .map(([entry, target]) => [
        join(packages, folder, target['@icrl/source']),
        { package: name, specifier: name + entry.slice(1), folder, description },
      ])
  }),
)

function nameModule(module) {
  const { specifier, folder, description } = entries.get(resolve(module.sources[0].fullFileName))
  module.name = specifier
  module.readme = undefined
  const text = `${description} [What it is for, with examples](/packages/${folder}).`
  module.comment = new Comment([{ kind: 'text', text }])
}

export function load(app) {
  app.on(Application.EVENT_BOOTSTRAP_END, () => {
    app.options.setValue('entryPoints', [...entries.keys()])
    app.options.setValue('packagesRequiringDocumentation', [
      ...new Set([...entries.values()].map((entry) => entry.package)),
    ])
  })
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getReflectionsByKind(ReflectionKind.Module)) nameModule(module)
    for (const parameter of project.getReflectionsByKind(ReflectionKind.Parameter))
      if (parameter.name === '__namedParameters') parameter.name = 'options'
  })
}
