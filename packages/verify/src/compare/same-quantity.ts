import type { Budget } from '../budget.ts'
import { someNode, type Node } from '../syntax/node.ts'
import {
  COUNT,
  DEGREE,
  divideUnits,
  haveSameBase,
  haveSameDimensions,
  multiplyUnits,
  PERCENT,
  unitNamed,
  type Unit,
} from '../syntax/units.ts'
import { anyEqual, type Equality } from './equality.ts'
import { readPlainUnits } from './plain-units.ts'
import { sameValue } from './same-value.ts'

interface Quantity {
  readonly value: Node
  readonly unit?: Unit
}

const HUNDRED: Node = { type: 'number', value: { n: 100n, d: 1n } }
const RADIAN = unitNamed('radian') as Unit

/**
 * Whether two numbers with units are the same. A unit may be left out on either side; one of other
 * dimensions is wrong, one of the same dimensions converts (5 km = 5000 m). 25% is 25 or 0.25,
 * whichever the other side says.
 */
export function sameQuantity(gold: Node, given: Node, budget: Budget): Equality {
  const [a, b] = withPlainUnits(gold, given, budget)
  if (!a.unit && !b.unit) return sameValue(a.value, b.value, budget)
  if (isPercent(a) !== isPercent(b))
    return a.unit && b.unit
      ? 'different'
      : samePercent(isPercent(a) ? a.value : b.value, isPercent(a) ? b.value : a.value, budget)
  if (!a.unit || !b.unit)
    return isUnitMissing(a.unit ?? b.unit, budget)
      ? 'different'
      : anyEqual([sameValue(a.value, b.value, budget), ...sameBareAngle(a, b, budget)])
  if (isGeneric(a.unit, b.unit) || isGeneric(b.unit, a.unit))
    return sameValue(a.value, b.value, budget)
  if (haveSameDimensions(a.unit, b.unit))
    return sameValue(scale(a.value, a.unit), scale(b.value, b.unit), budget)
  const angle = sameAngle(a, b, budget)
  if (angle) return angle
  // 5 cm² for 5 cm: the exponent was lost, the unit was not
  if (budget.conventions.unitPowerSlips && haveSameBase(a.unit, b.unit))
    return sameValue(a.value, b.value, budget)
  return 'different'
}

/** A noun of what is counted is no unit that one has to state. */
function isUnitMissing(unit: Unit | undefined, { conventions }: Budget): boolean {
  return (
    !conventions.optionalUnits &&
    unit !== undefined &&
    unit !== COUNT &&
    !haveSameDimensions(unit, DEGREE)
  )
}

/** Letters beside a number are a unit where the other side has that unit. */
function withPlainUnits(gold: Node, given: Node, budget: Budget): [Quantity, Quantity] {
  const [a, b] = [liftUnit(gold), liftUnit(given)]
  const bare = [a, b].some(({ unit, value }) => !unit && value.type === 'number')
  const read = (node: Node, quantity: Quantity, other: Quantity): Quantity => {
    if (quantity.unit && (!other.unit || haveSameDimensions(quantity.unit, other.unit)))
      return quantity
    if (!other.unit && (!bare || node.type === 'number')) return quantity
    const found = readPlainUnits(node, budget)
    const lifted = found && liftUnit(found)
    // 5 m/s beside 5; 5 m may be a product
    if (!other.unit) return lifted?.unit && isRate(lifted.unit) ? lifted : quantity
    return lifted?.unit && haveSameDimensions(lifted.unit, other.unit) ? lifted : quantity
  }
  return [read(gold, a, b), read(given, b, a)]
}

/** A length by a time and the like: no product of variables. */
function isRate({ dimensions }: Unit): boolean {
  const powers = [...dimensions.values()]
  return powers.length === 2 && powers.some((power) => power < 0) && powers.includes(1)
}

function isPercent({ unit }: Quantity): boolean {
  return unit !== undefined && haveSameDimensions(unit, PERCENT)
}

function samePercent(percent: Node, bare: Node, budget: Budget): Equality {
  return anyEqual([
    ...(budget.conventions.barePercentages ? [sameValue(percent, bare, budget)] : []),
    sameValue({ type: 'quotient', over: percent, under: HUNDRED }, bare, budget),
  ])
}

/** Units, square units and cubic units of a length, an area, a volume, or of what is counted. */
function isGeneric(generic: Unit, other: Unit): boolean {
  const power = generic.dimensions.size === 1 ? generic.dimensions.get('unit') : undefined
  return (
    power !== undefined &&
    other.dimensions.size === 1 &&
    (other.dimensions.get('length') === power ||
      other.dimensions.get('unit') === power ||
      other === COUNT)
  )
}

/** π rad = 180°. */
function sameAngle(a: Quantity, b: Quantity, budget: Budget): Equality | undefined {
  const isDegree = [a, b].map(({ unit }) => unit !== undefined && haveSameDimensions(unit, DEGREE))
  const isRadian = [a, b].map(({ unit }) => unit !== undefined && haveSameDimensions(unit, RADIAN))
  if (!(isDegree[0] && isRadian[1]) && !(isRadian[0] && isDegree[1])) return undefined
  const inRadians = ({ value }: Quantity, degrees: boolean): Node =>
    degrees ? { type: 'quantity', of: value, unit: DEGREE } : value
  return sameValue(inRadians(a, isDegree[0]), inRadians(b, isDegree[1]), budget)
}

/** 30° is π/6: a multiple of π without a unit is in radians. */
function sameBareAngle(a: Quantity, b: Quantity, budget: Budget): Equality[] {
  const [degrees, bare] = a.unit ? [a, b] : [b, a]
  if (!budget.conventions.radians) return []
  if (!degrees.unit || !haveSameDimensions(degrees.unit, DEGREE) || !hasPi(bare.value)) return []
  return [sameValue({ type: 'quantity', of: degrees.value, unit: DEGREE }, bare.value, budget)]
}

function hasPi(node: Node): boolean {
  return someNode(node, (child) => child.type === 'constant' && child.name === 'pi')
}

function scale(value: Node, unit: Unit): Node {
  return unit.factor.n === unit.factor.d
    ? value
    : { type: 'product', of: [value, { type: 'number', value: unit.factor }] }
}

/**
 * The unit taken out of an expression: of sums all of one unit, of products with one. Dimensionless
 * words become factors.
 */
export function liftUnit(node: Node): Quantity {
  switch (node.type) {
    case 'quantity': {
      const { value, unit } = liftUnit(node.of)
      // "25% increase", "$20 profit"
      if (unit && node.unit === COUNT) return { value, unit }
      if (unit)
        return node.unit.dimensions.size === 0
          ? { value: scale(value, node.unit), unit }
          : { value, unit: multiplyUnits(unit, node.unit) }
      return node.unit.dimensions.size === 0
        ? { value: scale(value, node.unit) }
        : { value, unit: node.unit }
    }
    case 'negative': {
      const { value, unit } = liftUnit(node.of)
      return { value: { type: 'negative', of: value }, unit }
    }
    case 'quotient': {
      const { value, unit } = liftUnit(node.over)
      return { value: { ...node, over: value }, unit }
    }
    case 'sum': {
      const parts = node.of.map(liftUnit)
      const [{ unit }] = parts
      const together =
        unit &&
        unit !== COUNT &&
        parts.every((part) => part.unit && haveSameDimensions(part.unit, unit))
      return together
        ? {
            value: {
              ...node,
              of: parts.map((part) => scale(part.value, divideUnits(part.unit as Unit, unit))),
            },
            unit,
          }
        : { value: node }
    }
    case 'product': {
      const parts = node.of.map(liftUnit)
      const units = parts.filter(({ unit }) => unit)
      return units.length === 1
        ? { value: { ...node, of: parts.map(({ value }) => value) }, unit: units[0].unit }
        : { value: node }
    }
    default:
      return { value: node }
  }
}
