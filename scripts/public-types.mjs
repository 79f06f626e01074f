// Public types, read from the sources alone: what each package exports, and the members of an
// interface with what is said of them.
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
export const folder = join(root, 'packages')
const parsed = new Map()

/** The syntax of a file, read once. */
export function parse(file) {
  if (!parsed.has(file))
    parsed.set(
      file,
      ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true),
    )
  return parsed.get(file)
}

/** Entry points by the specifier that a user imports. */
export const entries = new Map(
  readdirSync(folder).flatMap((name) => {
    const manifest = JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8'))
    return Object.entries(manifest.exports)
      .filter(([, target]) => target['@icrl/source'])
      .map(([entry, target]) => [
        manifest.name + entry.slice(1),
        join(folder, name, target['@icrl/source']),
      ])
  }),
)

const isDeclaration = (node) =>
  ts.isInterfaceDeclaration(node) ||
  ts.isTypeAliasDeclaration(node) ||
  ts.isClassDeclaration(node) ||
  ts.isFunctionDeclaration(node)

const isExported = (node) =>
  ts.canHaveModifiers(node) &&
  ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)

function fileOf(specifier, from) {
  return specifier.startsWith('.') ? join(dirname(from), specifier) : entries.get(specifier)
}

/** The declaration that a name has in a file: its own, imported, or exported again. */
export function declarationOf(name, file) {
  for (const node of parse(file).statements) {
    if (isDeclaration(node) && node.name?.text === name) return node
    const [named, specifier] = ts.isExportDeclaration(node)
      ? [node.exportClause, node.moduleSpecifier]
      : ts.isImportDeclaration(node)
        ? [node.importClause?.namedBindings, node.moduleSpecifier]
        : []
    if (!named || !specifier || !('elements' in named)) continue
    const found = named.elements.find((element) => element.name.text === name)
    const target = found && fileOf(specifier.text, file)
    if (target) return declarationOf((found.propertyName ?? found.name).text, target)
  }
  return undefined
}

/** Every declaration that an entry point exports, once. */
export function exportedDeclarations(file) {
  const found = new Set()
  for (const node of parse(file).statements) {
    const names = ts.isExportDeclaration(node)
      ? (node.exportClause?.elements ?? []).map((element) => element.name.text)
      : isDeclaration(node) && isExported(node)
        ? [node.name.text]
        : []
    for (const name of names) found.add(declarationOf(name, file))
  }
  found.delete(undefined)
  return [...found]
}

const isHidden = (node) =>
  (ts.getCombinedModifierFlags(node) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) !==
    0 || ts.isPrivateIdentifier(node.name)

const isMember = (node) =>
  (ts.isPropertySignature(node) ||
    ts.isMethodSignature(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isGetAccessorDeclaration(node)) &&
  !isHidden(node)

/** What stands in the comment before a member, and its default; undefined where there is none. */
function described(node) {
  const [comment] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc)
  if (comment === undefined) return {}
  const tag = comment.tags?.find(({ tagName }) => tagName.text === 'defaultValue')
  return { text: inOneLine(comment.comment), defaultValue: tag && inOneLine(tag.comment) }
}

const inOneLine = (comment) => ts.getTextOfJSDocComment(comment)?.replace(/\s+/g, ' ').trim()

const memberOf = (node) => ({
  name: node.name.getText(),
  type: node.type?.getText().replace(/\s+/g, ' ') ?? '',
  isOptional: node.questionToken !== undefined,
  place: placeOf(node),
  ...described(node),
})

/** `path:line:column`, as editors open it. */
export function placeOf(node) {
  const file = node.getSourceFile()
  const { line, character } = file.getLineAndCharacterOfPosition(node.getStart())
  return `${relative(root, file.fileName)}:${line + 1}:${character + 1}`
}

/** Names that a class only fills in for an interface are described there. */
const isOfInterface = (node) =>
  ts.isClassDeclaration(node) &&
  node.heritageClauses?.some(({ token }) => token === ts.SyntaxKind.ImplementsKeyword)

/** Members that a declaration itself lists, of each of its type's parts. */
export function ownMembers(node) {
  const lists = ts.isTypeAliasDeclaration(node) ? literalsOf(node.type) : [node]
  return lists.flatMap(({ members }) => [...(members ?? [])].filter(isMember).map(memberOf))
}

function literalsOf(type) {
  if (ts.isTypeLiteralNode(type)) return [type]
  if (ts.isParenthesizedTypeNode(type)) return literalsOf(type.type)
  if (ts.isUnionTypeNode(type) || ts.isIntersectionTypeNode(type))
    return type.types.flatMap(literalsOf)
  return []
}

/** Public members without a word, of everything that is exported. */
export function undescribed() {
  const declarations = new Set([...entries.values()].flatMap(exportedDeclarations))
  return [...declarations]
    .filter((node) => !isOfInterface(node))
    .flatMap((node) =>
      ownMembers(node)
        .filter(({ text }) => !text)
        .map(({ name, place, type }) => ({ name: `${node.name.text}.${name}`, place, type })),
    )
}

const NUMBERS = /^(?:Promise<)?(?:readonly )?(?:number\[\]|(?:Float(?:32|64)|Int32|Uint8)Array)/

/** Public members that are arrays of numbers and do not say their shape, such as `[T]`. */
export function withoutShape() {
  const declarations = new Set([...entries.values()].flatMap(exportedDeclarations))
  return [...declarations].flatMap((node) =>
    ownMembers(node)
      .filter(({ type, text }) => NUMBERS.test(type) && !/\[.+\]/.test(text ?? ''))
      .map(({ name, place, type }) => ({ name: `${node.name.text}.${name}`, place, type })),
  )
}

/** Members of a type with those it extends, picks and omits. */
export function allMembers(name, file) {
  const node = declarationOf(name, file)
  if (node === undefined) throw new Error(`${name} is not declared in ${file}`)
  const source = node.getSourceFile().fileName
  const bases = ts.isInterfaceDeclaration(node)
    ? (node.heritageClauses ?? []).flatMap(({ types }) => [...types])
    : []
  return [...ownMembers(node), ...bases.flatMap((base) => membersOfType(base, source))]
}

/** Members of a type as a file writes it: a name, what a utility makes of one, or several at once. */
export function membersOfType(type, file) {
  if (ts.isIntersectionTypeNode(type))
    return type.types.flatMap((part) => membersOfType(part, file))
  const name = (type.expression ?? type.typeName)?.getText() ?? ''
  if (name === 'Readonly') return membersOfType(type.typeArguments[0], file)
  if (name === 'Partial')
    return membersOfType(type.typeArguments[0], file).map((it) => ({ ...it, isOptional: true }))
  const [of, keys] = type.typeArguments ?? []
  if (name !== 'Pick' && name !== 'Omit') return entryOf(name, file)
  const named = [...keys.getText().matchAll(/'(\w+)'/g)].map(([, key]) => key)
  const isKept = (key) => named.includes(key) === (name === 'Pick')
  return membersOfType(of, file).filter((member) => isKept(member.name))
}

const entryOf = (name, file) => (declarationOf(name, file) ? allMembers(name, file) : [])
