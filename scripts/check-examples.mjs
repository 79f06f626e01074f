// Compiles every @example of every exported declaration, and every ts or typescript block of the
// READMEs, the docs and the skills, as its own module (a part of one is marked js). In an @example
// the names of its own package need no import. A block whose first line is a comment with a path is
// compiled as that file, or as its last lines where there is one that does not hold them yet.
// node scripts/check-examples.mjs [PATH …]: only of the files and folders named.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { printHelp } from './print-help.mjs'

printHelp(import.meta.url)

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const wantedPaths = process.argv.slice(2).map((path) => join(root, path))
const isWanted = (file) =>
  wantedPaths.length === 0 || wantedPaths.some((path) => `${file}${sep}`.startsWith(path + sep))
const files = new Map()
let withoutExample = 0
const IGNORED = /(^|[\\/])(node_modules|dist|site)[\\/]/

function walk(folder, wanted) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => wanted(path) && !IGNORED.test(relative(root, path)))
}

function add(origin, line, code, folder, imports = '') {
  files.set(join(folder, `example-${files.size}.ts`), {
    origin: `${relative(root, origin)}:${line}`,
    code: `${imports}${code}\nexport {}\n`,
  })
}

function addBlock(origin, line, code, folder) {
  const path = /^\/\/ (\S+\.ts)\b/.exec(code)?.[1]
  if (!path) return add(origin, line, code, folder)
  const file = join(root, path)
  const existing = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const body = code.slice(code.indexOf('\n') + 1)
  files.set(file, {
    origin: `${relative(root, origin)}:${line}`,
    code: existing.includes(body) ? existing : `${existing}\n${code}`,
  })
}

/** Imports of the entry's names that the code uses and neither imports nor declares. */
function ownImports(code, names, entry) {
  const file = ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2022)
  const [used, bound] = [new Set(), new Set()]
  const visit = (node, parent) => {
    if (ts.isIdentifier(node)) {
      const binds =
        parent.name === node &&
        !ts.isPropertyAccessExpression(parent) &&
        !ts.isPropertyAssignment(parent)
      if (binds) bound.add(node.text)
      else if (
        !(ts.isPropertyAccessExpression(parent) && parent.name === node) &&
        !(ts.isPropertyAssignment(parent) && parent.name === node)
      )
        used.add(node.text)
      if (ts.isShorthandPropertyAssignment(parent)) used.add(node.text)
    }
    ts.forEachChild(node, (child) => visit(child, node))
  }
  visit(file, file)
  const wanted = [...used].filter((name) => names.has(name) && !bound.has(name))
  return wanted.length === 0 ? '' : `import { ${wanted.join(', ')} } from '${entry}'\n`
}

/** Declarations behind a package's entry points, with their JSDoc. */
function addExamples(entry, program, folder) {
  const checker = program.getTypeChecker()
  const symbol = checker.getSymbolAtLocation(program.getSourceFile(entry))
  if (!symbol) return
  const names = new Set(checker.getExportsOfModule(symbol).map(({ name }) => name))
  for (const exported of checker.getExportsOfModule(symbol)) {
    const target =
      exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
    const [declaration] = target.declarations ?? []
    const examples = target.getJsDocTags(checker).filter(({ name }) => name === 'example')
    if (examples.length === 0 && target.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Class)) {
      withoutExample++
      console.error(
        `${relative(root, declaration.getSourceFile().fileName)}: ${target.name} has no @example`,
      )
    }
    const source = declaration?.getSourceFile()
    for (const { text } of examples) {
      const code = ts.displayPartsToString(text).replace(/^```ts\n|\n```$/g, '')
      add(
        source.fileName,
        source.getLineAndCharacterOfPosition(declaration.getStart()).line + 1,
        code,
        folder,
        ownImports(code, names, entry),
      )
    }
  }
}

const configFile = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
const { options } = ts.parseJsonConfigFileContent(
  { ...configFile.config, include: [], files: ['x.ts'] },
  ts.sys,
  root,
)
const entries = readdirSync(join(root, 'packages')).flatMap((name) => {
  const { exports } = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'))
  return Object.values(exports)
    .filter((target) => target['@icrl/source'])
    .map((target) => join(root, 'packages', name, target['@icrl/source']))
    .filter(isWanted)
})
const declarations = ts.createProgram(entries, { ...options, noEmit: true })
for (const entry of entries) addExamples(entry, declarations, dirname(entry))

for (const path of [
  join(root, 'README.md'),
  join(root, 'CONTRIBUTING.md'),
  ...walk(join(root, 'docs'), (path) => path.endsWith('.md')),
  ...['packages', 'examples', 'skills'].flatMap((folder) =>
    walk(join(root, folder), (path) => path.endsWith('.md') && !path.endsWith('CHANGELOG.md')),
  ),
].filter(isWanted)) {
  const text = readFileSync(path, 'utf8')
  const folder = path.includes(`${join(root, 'packages')}`)
    ? join(root, 'packages', relative(join(root, 'packages'), path).split(/[\\/]/)[0], 'src')
    : root
  for (const match of text.matchAll(/```(?:ts|typescript)\n([\s\S]*?)```/g))
    addBlock(path, text.slice(0, match.index).split('\n').length, match[1], folder)
}

const host = ts.createCompilerHost(options)
const { getSourceFile, fileExists, readFile } = host
host.fileExists = (path) => files.has(path) || fileExists.call(host, path)
host.readFile = (path) => files.get(path)?.code ?? readFile.call(host, path)
host.getSourceFile = (path, ...rest) =>
  files.has(path)
    ? ts.createSourceFile(path, files.get(path).code, ts.ScriptTarget.ES2022)
    : getSourceFile.call(host, path, ...rest)
const program = ts.createProgram(
  [...files.keys()],
  {
    ...options,
    noEmit: true,
    noUnusedLocals: false,
    verbatimModuleSyntax: false,
    declaration: false,
    isolatedDeclarations: false,
  },
  host,
)
let broken = 0
for (const [path, { origin }] of files) {
  const file = program.getSourceFile(path)
  const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
  if (found.length === 0) continue
  broken++
  console.error(
    `${origin}: ${found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ')).join('; ')}`,
  )
}
console.log(
  `${files.size} examples, ${broken} do not compile, ${withoutExample} public functions and classes without one`,
)
process.exitCode = broken + withoutExample === 0 ? 0 : 1
