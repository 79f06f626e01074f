import { integerArgument } from './arguments.ts'
import { attribute, item } from './attributes.ts'
import { filterNamed } from './filters.ts'
import { pairs, range } from './globals.ts'
import { spend } from './limits.ts'
import type { Argument, CallExpression, Expression, FilterName, SliceExpression } from './nodes.ts'
import { operate } from './operators.ts'
import { testNamed } from './tests.ts'
import {
  checkDefined,
  Float,
  isTrue,
  iterate,
  numberOf,
  numeric,
  Tuple,
  tuple,
  typeName,
  Undefined,
  type Value,
} from './value.ts'

/** Names of one block, and those around it. */
export class Scope {
  readonly #names = new Map<string, Value>()
  readonly #outer: Scope | undefined

  constructor(outer?: Scope) {
    this.#outer = outer
  }

  get(name: string): Value {
    const found = this.#names.get(name)
    if (found !== undefined) return found
    return this.#outer ? this.#outer.get(name) : new Undefined(`'${name}' is undefined`)
  }

  set(name: string, value: Value): void {
    this.#names.set(name, value)
  }
}

/** The value of an expression. Whoever uses a long text works through it. */
export function evaluate(node: Expression, scope: Scope): Value {
  const value = valueOf(node, scope)
  spend(typeof value === 'string' ? 1 + (value.length >> 10) : 1)
  return value
}

function valueOf(node: Expression, scope: Scope): Value {
  switch (node.type) {
    case 'StringLiteral':
    case 'IntegerLiteral':
      return node.value
    case 'FloatLiteral':
      return numeric(node.value, true)
    case 'ArrayLiteral':
      return node.value.map((part) => evaluate(part, scope))
    case 'TupleLiteral':
      return tuple(...node.value.map((part) => evaluate(part, scope)))
    case 'ObjectLiteral':
      return new Map(
        [...node.value].map(([key, value]) => [evaluate(key, scope), evaluate(value, scope)]),
      )
    case 'Identifier':
      return scope.get(node.value)
    case 'MemberExpression': {
      const object = evaluate(node.object, scope)
      const { property, computed } = node
      if (property.type === 'SliceExpression') return slice(object, property, scope)
      return !computed && property.type === 'Identifier'
        ? attribute(object, property.value)
        : item(object, evaluate(property, scope))
    }
    case 'CallExpression':
      return call(node, scope)
    case 'FilterExpression':
      return filtered(evaluate(node.operand, scope), node.filter, scope)
    case 'TestExpression': {
      const test = testNamed(node.test.value)
      return test(evaluate(node.operand, scope), new Undefined('no argument')) !== node.negate
    }
    case 'UnaryExpression':
      return unary(node.operator.value, evaluate(node.argument, scope))
    case 'BinaryExpression':
      return binary(node, scope)
    case 'Ternary':
      return evaluate(
        isTrue(evaluate(node.condition, scope)) ? node.trueExpr : node.falseExpr,
        scope,
      )
    case 'SelectExpression':
      return isTrue(evaluate(node.test, scope))
        ? evaluate(node.lhs, scope)
        : new Undefined('the inline if-expression was false and has no else')
  }
}

function binary(
  { operator, left, right }: Extract<Expression, { type: 'BinaryExpression' }>,
  scope: Scope,
): Value {
  const first = evaluate(left, scope)
  if (operator.value === 'and') return isTrue(first) ? evaluate(right, scope) : first
  if (operator.value === 'or') return isTrue(first) ? first : evaluate(right, scope)
  return operate(operator.value, first, evaluate(right, scope))
}

function unary(sign: string, value: Value): Value {
  if (sign === 'not') return !isTrue(value)
  checkDefined(value)
  const number = numberOf(value)
  if (number === undefined)
    throw new Error(`bad operand type for unary ${sign}: '${typeName(value)}'`)
  return numeric(sign === '-' ? -number : number, value instanceof Float)
}

function slice(object: Value, { start, stop, step }: SliceExpression, scope: Scope): Value {
  checkDefined(object)
  const [from, to, by] = [start, stop, step].map((part) => {
    const value = part && evaluate(part, scope)
    return value === undefined || value === null ? undefined : integerArgument(value, 0)
  })
  const items = iterate(object)
  const stride = by ?? 1
  if (stride === 0) throw new Error('slice step cannot be zero')
  const [low, high] = stride > 0 ? [0, items.length] : [-1, items.length - 1]
  const clamp = (index: number): number =>
    Math.min(high, Math.max(low, index < 0 ? index + items.length : index))
  const [first, end] = stride > 0 ? [low, high] : [high, low]
  const indices = range([
    from === undefined ? first : clamp(from),
    to === undefined ? end : clamp(to),
    stride,
  ])
  const taken = indices.map((index) => items[index as number])
  if (typeof object === 'string') return taken.join('')
  return object instanceof Tuple ? tuple(...taken) : taken
}

/** What a filter makes of a value. */
export function filtered(value: Value, filter: FilterName, scope: Scope): Value {
  const { callee, args } =
    filter.type === 'CallExpression' ? filter : { callee: filter, args: [] as Argument[] }
  if (callee.type !== 'Identifier') throw new Error('a filter is named by an expression')
  const { positional, named } = evaluateArguments(args, scope)
  return filterNamed(callee.value)(value, positional, named)
}

/** The value of a call; `further` are named arguments besides those written. */
export function call(
  { callee, args }: CallExpression,
  scope: Scope,
  further: readonly (readonly [string, Value])[] = [],
): Value {
  const called = evaluate(callee, scope)
  checkDefined(called)
  if (typeof called !== 'function') throw new Error(`'${typeName(called)}' object is not callable`)
  const { positional, named } = evaluateArguments(args, scope)
  return called(positional, new Map([...named, ...further]))
}

function evaluateArguments(
  args: readonly Argument[],
  scope: Scope,
): { positional: Value[]; named: Map<string, Value> } {
  const positional: Value[] = []
  const named = new Map<string, Value>()
  for (const argument of args) {
    if (argument.type === 'KeywordArgumentExpression')
      named.set(argument.key.value, evaluate(argument.value, scope))
    else if (argument.type === 'SpreadExpression')
      positional.push(...iterate(evaluate(argument.argument, scope)))
    else if (argument.type === 'KeywordSpreadExpression')
      for (const [key, value] of pairs([evaluate(argument.argument, scope)])) named.set(key, value)
    else positional.push(evaluate(argument, scope))
  }
  return { positional, named }
}
