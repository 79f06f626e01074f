import { evaluate, call, filtered, Scope } from './evaluate.ts'
import { GLOBALS } from './globals.ts'
import { checkLength, spend, STEPS_OF_TURN, withinLimits } from './limits.ts'
import type { Expression, ForStatement, Parameter, SetStatement, Statement } from './nodes.ts'
import { operate } from './operators.ts'
import { toText } from './text.ts'
import {
  isTrue,
  iterate,
  Namespace,
  orElse,
  tuple,
  Undefined,
  type Callable,
  type Value,
} from './value.ts'

/** How a block ended, if not at its end. */
type Ended = 'Break' | 'Continue' | undefined

/**
 * What transformers' `apply_chat_template` writes for a parsed template: Jinja2 with Python's
 * values, as far as chat templates use them.
 *
 * The interpreter of `@huggingface/jinja` is not used: it has JavaScript's values, so that its text
 * differs from transformers' in every seventh rendering of the templates in `test/templates`, and
 * loses what a loop wrote before `break`.
 *
 * @throws Error with what the template raised, or what Python would; for a template that does too
 * much
 */
export function renderTemplate(
  template: readonly Statement[],
  variables: Iterable<readonly [string, Value]>,
): string {
  const scope = new Scope()
  for (const [name, value] of [...GLOBALS, ...variables]) scope.set(name, value)
  return withinLimits(() => blockText(template, new Scope(scope)))
}

function blockText(statements: readonly Statement[], scope: Scope): string {
  const out: string[] = []
  run(statements, scope, out)
  checkLength(out.reduce((sum, text) => sum + text.length, 0))
  return out.join('')
}

function run(statements: readonly Statement[], scope: Scope, out: string[]): Ended {
  for (const statement of statements) {
    const ended = runOne(statement, scope, out)
    if (ended !== undefined) return ended
  }
  return undefined
}

function runOne(node: Statement, scope: Scope, out: string[]): Ended {
  switch (node.type) {
    case 'Comment':
      return undefined
    case 'Break':
    case 'Continue':
      return node.type
    case 'If':
      return run(isTrue(evaluate(node.test, scope)) ? node.body : node.alternate, scope, out)
    case 'For':
      return loop(node, scope, out)
    case 'Set':
      assign(node, scope)
      return undefined
    case 'Macro':
      scope.set(node.name.value, macro(node.name.value, node.args, node.body, scope))
      return undefined
    case 'FilterStatement':
      out.push(toText(filtered(blockText(node.body, new Scope(scope)), node.filter, scope)))
      return undefined
    case 'CallStatement': {
      const caller = macro('caller', node.callerArgs ?? [], node.body, scope)
      out.push(toText(call(node.call, scope, [['caller', caller]])))
      return undefined
    }
    default:
      out.push(toText(evaluate(node, scope)))
      return undefined
  }
}

/** Every turn begins with the names outside the loop; what it sets is gone after it. */
function loop(node: ForStatement, scope: Scope, out: string[]): Ended {
  const { iterable: source, loopvar } = node
  const bound = (value: Value): Scope => {
    const inner = new Scope(scope)
    unpack(loopvar, value, inner)
    return inner
  }
  const items =
    source.type === 'SelectExpression'
      ? iterate(evaluate(source.lhs, scope)).filter((value) =>
          isTrue(evaluate(source.test, bound(value))),
        )
      : iterate(evaluate(source, scope))
  // As in Jinja2, a turn that was broken off does not count as one for `else`.
  let isEmpty = true
  let last: Value | undefined
  const changed: Callable = (values) => {
    const now = tuple(...values)
    const isNew = last === undefined || !isTrue(operate('==', last, now))
    last = now
    return isNew
  }
  for (let i = 0; i < items.length; i++) {
    spend(STEPS_OF_TURN)
    const inner = bound(items[i])
    inner.set('loop', loopState(items, i, changed))
    const ended = run(node.body, inner, out)
    if (ended === 'Break') break
    if (ended === undefined) isEmpty = false
  }
  return isEmpty ? run(node.defaultBlock, scope, out) : undefined
}

function loopState(items: readonly Value[], i: number, changed: Callable): Namespace {
  const beyond = (side: string): Undefined => new Undefined(`there is no ${side} item`)
  return new Namespace([
    ['index', i + 1],
    ['index0', i],
    ['revindex', items.length - i],
    ['revindex0', items.length - i - 1],
    ['first', i === 0],
    ['last', i === items.length - 1],
    ['length', items.length],
    ['depth', 1],
    ['depth0', 0],
    ['previtem', orElse(items[i - 1], () => beyond('previous'))],
    ['nextitem', orElse(items[i + 1], () => beyond('next'))],
    ['cycle', (values) => values[i % values.length]],
    ['changed', changed],
  ])
}

function assign({ assignee, value, body }: SetStatement, scope: Scope): void {
  const assigned = value ? evaluate(value, scope) : blockText(body, new Scope(scope))
  if (assignee.type !== 'MemberExpression') return unpack(assignee, assigned, scope)
  const owner = evaluate(assignee.object, scope)
  if (!(owner instanceof Namespace) || assignee.property.type !== 'Identifier')
    throw new Error('cannot assign attribute on non-namespace object')
  owner.names.set(assignee.property.value, assigned)
}

function unpack(target: Expression, value: Value, scope: Scope): void {
  if (target.type === 'Identifier') return scope.set(target.value, value)
  if (target.type !== 'TupleLiteral') throw new Error(`cannot assign to ${target.type}`)
  const items = iterate(value)
  if (items.length !== target.value.length)
    throw new Error(
      `${items.length < target.value.length ? 'not enough' : 'too many'} values to unpack (expected ${target.value.length})`,
    )
  target.value.forEach((part, i) => unpack(part, items[i], scope))
}

function macro(
  name: string,
  parameters: readonly Parameter[],
  body: readonly Statement[],
  scope: Scope,
): Callable {
  const names = parameters.map((part) => (part.type === 'Identifier' ? part : part.key).value)
  return (positional, named) => {
    const inner = new Scope(scope)
    const rest = new Map([...named].filter(([key]) => !names.includes(key) && key !== 'caller'))
    const further = positional.slice(names.length)
    if (rest.size > 0 && !mentions(body, 'kwargs'))
      throw new Error(`macro '${name}' takes no keyword argument '${[...rest.keys()][0]}'`)
    if (further.length > 0 && !mentions(body, 'varargs'))
      throw new Error(`macro '${name}' takes not more than ${names.length} argument(s)`)
    inner.set('kwargs', new Map<Value, Value>(rest))
    inner.set('varargs', tuple(...further))
    inner.set('caller', named.get('caller') ?? new Undefined('No caller defined'))
    parameters.forEach((part, i) => {
      const given = i < positional.length ? positional[i] : named.get(names[i])
      const missing = new Undefined(`parameter '${names[i]}' was not provided`)
      inner.set(
        names[i],
        orElse(given, () => (part.type === 'Identifier' ? missing : evaluate(part.value, inner))),
      )
    })
    return blockText(body, inner)
  }
}

/** Whether a name stands anywhere in a part of a template. */
function mentions(node: unknown, name: string): boolean {
  if (typeof node !== 'object' || node === null) return false
  if ('type' in node && node.type === 'Identifier')
    return (node as { value?: unknown }).value === name
  const parts = node instanceof Map ? [...node].flat() : Object.values(node)
  return parts.some((part) => mentions(part, name))
}
