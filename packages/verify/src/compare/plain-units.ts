import { rationalValue } from '../exact/rational-value.ts'
import { integerOf } from '../exact/rational.ts'
import type { Budget } from '../budget.ts'
import type { Node } from '../syntax/node.ts'
import {
  COUNT,
  divideUnits,
  multiplyUnits,
  powerUnit,
  unitNamed,
  type Unit,
} from '../syntax/units.ts'

const NONE: Unit = { dimensions: new Map(), factor: { n: 1n, d: 1n } }

/**
 * `9.8 m/s^2`, written without \text, as a quantity: letters that are variables otherwise, read as
 * units because the other side has one. Undefined where some letter names none.
 */
export function readPlainUnits(node: Node, budget: Budget): Node | undefined {
  const values: Node[] = []
  const unit = collect(node, values, budget)
  return unit && unit.dimensions.size > 0 && values.length > 0
    ? {
        type: 'quantity',
        of: values.length === 1 ? values[0] : { type: 'product', of: values },
        unit,
      }
    : undefined
}

/** The unit of a product of numbers and unit letters; the numbers go to `values`. */
function collect(node: Node, values: Node[], budget: Budget): Unit | undefined {
  switch (node.type) {
    case 'symbol': {
      const unit = unitNamed(node.name)
      return unit === COUNT ? undefined : unit
    }
    case 'quantity': {
      const of = collect(node.of, values, budget)
      return of && multiplyUnits(of, node.unit)
    }
    case 'power': {
      const base = collect(node.base, [], budget)
      const value = rationalValue(node.exponent, budget)
      const exponent = value && integerOf(value)
      if (
        base &&
        base.dimensions.size > 0 &&
        exponent !== undefined &&
        exponent >= -4n &&
        exponent <= 4n
      )
        return powerUnit(base, Number(exponent))
      break
    }
    case 'product': {
      let unit: Unit | undefined = NONE
      for (const factor of node.of) {
        const found: Unit | undefined = collect(factor, values, budget)
        unit = unit && found && multiplyUnits(unit, found)
      }
      return unit
    }
    case 'quotient': {
      const under: Node[] = []
      const [a, b] = [collect(node.over, values, budget), collect(node.under, under, budget)]
      if (a && b && b.dimensions.size > 0 && under.length === 0) return divideUnits(a, b)
      break
    }
  }
  if (rationalValue(node, budget) === undefined) return undefined
  values.push(node)
  return NONE
}
