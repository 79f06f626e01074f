import { freeSymbols } from '../numeric/sample-points.ts'
import { mapNode, type Node } from '../syntax/node.ts'

const CONSTANT = /^(?:[CcK](?:_\{?[01]\}?)?|const|constant)$/

/**
 * The given antiderivative with the gold one's letter for the constant of integration: `x^2 + c` as
 * `x^2 + C`. Only for a term of a sum with other letters, and a letter that stands nowhere else.
 */
export function withConstantOf(gold: Node, given: Node): Node {
  const [name, other] = [constantName(gold), constantName(given)]
  if (name === undefined || other === undefined || name === other) return given
  if (freeSymbols(gold).has(other) || freeSymbols(given).has(name)) return given
  return mapNode(given, (child) =>
    child.type === 'symbol' && child.name === other ? { type: 'symbol', name } : child,
  )
}

function constantName(node: Node): string | undefined {
  const sum = node.type === 'relation' ? node.sides[node.sides.length - 1] : node
  if (sum.type !== 'sum') return undefined
  const constants = sum.of.flatMap((term) =>
    term.type === 'symbol' && CONSTANT.test(term.name) ? [term.name] : [],
  )
  const rest: Node = {
    type: 'sum',
    of: sum.of.filter((term) => term.type !== 'symbol' || !CONSTANT.test(term.name)),
  }
  const letters = freeSymbols(rest)
  return constants.length === 1 && letters.size > 0 && !letters.has(constants[0])
    ? constants[0]
    : undefined
}
