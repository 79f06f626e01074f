// Defaults of public options: what the tag @defaultValue says beside what the code takes, which is
// read from the sources alone: `{ cap = 2 }: CapWeightsOptions`, `const { cap = 2 } = options` and
// `options.cap ?? 2`.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import {
  entries,
  exportedDeclarations,
  folder,
  membersOfType,
  ownMembers,
  parse,
  placeOf,
} from './public-types.mjs'

const declarations = new Set([...entries.values()].flatMap(exportedDeclarations))
const publicMembers = [...declarations].flatMap((node) =>
  ownMembers(node).map((member) => ({ ...member, name: `${node.name.text}.${member.name}` })),
)

/** Types that a user fills in; what the others leave out, such as a sample's, is no option. */
const OF_OPTIONS = /^\w+(Options|Settings|Config|Connection|Schedule|Weights)\./
const options = new Map(
  publicMembers
    .filter(({ name, isOptional }) => isOptional && OF_OPTIONS.test(name))
    .map((member) => [member.place, member]),
)

/** "Default: 3", "; default 3" and "`a` (default)", of which the tag is to speak. */
const IN_PROSE = /\bdefault:? [\w`'(−-]|\bdefaults to\b|\(default\)|, the default\b/i

/** Public members whose sentences give a default, in place of the tag or beside it. */
export const defaultsInProse = () => publicMembers.filter(({ text }) => IN_PROSE.test(text ?? ''))

/** Members of the types called …Options that may be left out and do not say what holds then. */
export const withoutDefault = () =>
  publicMembers.filter(
    ({ name, isOptional, defaultValue }) => isOptional && !defaultValue && /Options\./.test(name),
  )

/**
 * Every default in the code that belongs to a public option: `{ member, place, code, value }`. What a
 * function `check…` takes in a default's place is any value that passes.
 */
export function defaultsInCode() {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => /[\\/]src[\\/].*(?<!\.test|\.d)\.ts$/.test(path))
    .filter((path) => !/[\\/](node_modules|dist)[\\/]/.test(path))
    .flatMap((path) => defaultsOfFile(parse(path)))
}

/** The defaults of one file's functions. */
export function defaultsOfFile(source) {
  const found = []
  const visit = (node) => {
    if (ts.isFunctionLike(node) && !node.name?.getText().startsWith('check'))
      found.push(...node.parameters.flatMap((it) => ofParameter(it, node)))
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** A parameter's type is that of its pattern, or of the name that the function takes apart. */
function ofParameter({ name, type }, { body }) {
  if (type === undefined) return []
  const members = membersOf(type)
  const taken = ts.isObjectBindingPattern(name)
    ? ofPattern(name)
    : body === undefined
      ? []
      : ofUses(name.getText(), body)
  return taken.flatMap(({ key, initializer }) => {
    const member = options.get(members.find(({ name }) => name === key)?.place)
    if (member === undefined) return []
    const code = initializer.getText().replace(/\s+/g, ' ')
    return [{ member, place: placeOf(initializer), code, value: valueOf(initializer) }]
  })
}

function membersOf(type) {
  if (!ts.isTypeReferenceNode(type) && !ts.isIntersectionTypeNode(type)) return []
  return membersOfType(type, type.getSourceFile().fileName)
}

const ofPattern = ({ elements }) =>
  elements
    .filter(({ initializer }) => initializer !== undefined)
    .map((it) => ({ key: (it.propertyName ?? it.name).getText(), initializer: it.initializer }))

/** `const { a = 1 } = options` and `options.a ?? 1` in a function's body. */
function ofUses(parameter, body) {
  const found = []
  const visit = (node) => {
    if (ts.isVariableDeclaration(node) && ts.isObjectBindingPattern(node.name)) {
      if (node.initializer?.getText() === parameter) found.push(...ofPattern(node.name))
    } else if (ts.isBinaryExpression(node) && ts.isPropertyAccessExpression(node.left)) {
      const { left, operatorToken, right } = node
      if (
        operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken &&
        left.expression.getText() === parameter
      )
        found.push({ key: left.name.text, initializer: right })
    }
    ts.forEachChild(node, visit)
  }
  visit(body)
  return found
}

/**
 * A number, string or boolean that an expression writes out, also by a constant of its file. What
 * tags say in words, such as `Infinity`, is undefined.
 */
function valueOf(node) {
  if (ts.isStringLiteral(node)) return node.text
  if (ts.isNumericLiteral(node)) return Number(node.text)
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true
  if (node.kind === ts.SyntaxKind.FalseKeyword) return false
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken)
    return arithmetic([valueOf(node.operand)], (a) => -a)
  if (ts.isBinaryExpression(node)) {
    const operation = OPERATIONS[node.operatorToken.getText()]
    return operation && arithmetic([valueOf(node.left), valueOf(node.right)], operation)
  }
  if (ts.isIdentifier(node)) {
    const constant = node
      .getSourceFile()
      .statements.filter(ts.isVariableStatement)
      .flatMap(({ declarationList }) => [...declarationList.declarations])
      .find(({ name }) => name.getText() === node.text)
    return constant?.initializer && valueOf(constant.initializer)
  }
  return undefined
}

const OPERATIONS = { '*': (a, b) => a * b, '**': (a, b) => a ** b, '+': (a, b) => a + b }

const arithmetic = (numbers, operation) =>
  numbers.every((it) => typeof it === 'number') ? operation(...numbers) : undefined

const UNITS = { KiB: 2 ** 10, MiB: 2 ** 20, Mi: 2 ** 20, GiB: 2 ** 30 }

/**
 * Whether a tag says a value: `4,096`, `1 GiB`, `false`, `` `token` `` with more words after a
 * comma, a colon or a semicolon. A sentence that is the default is only described.
 */
export function says(tag, value) {
  const words = tag.replaceAll('`', '').replace(/(?<=\d),(?=\d{3})/g, '')
  const [, first] = /^(.*?)(?:[,;:] .*)?$/.exec(words)
  if (value === '') return /^(nothing|none)$/.test(first)
  if (typeof value !== 'number') return first === String(value) || / .* /.test(value)
  const [, number, unit] = /^(\S+?)(?: (\w+))?$/.exec(first.replace('−', '-')) ?? []
  return Number(number) * (UNITS[unit] ?? (unit ? Number.NaN : 1)) === value
}

/** Whether a default has no tag, or has a value that is written out and is not the tag's. */
export const isUnlikeItsCode = ({ member: { defaultValue }, value }) =>
  !defaultValue || (value !== undefined && !says(defaultValue, value))
