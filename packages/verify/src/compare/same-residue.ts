import type { Budget } from '../budget.ts'
import { rationalValue } from '../exact/rational-value.ts'
import type { Node } from '../syntax/node.ts'
import { allEqual, isEqual, lazily, type Equality } from './equality.ts'
import { sameAnswer } from './same-answer.ts'
import { sameValue } from './same-value.ts'

/**
 * Residues, at least one of the two: of the same modulus, and the same up to its multiples. A
 * modulus may be left out on one side, as the question states it.
 */
export function sameResidue(gold: Node, given: Node, budget: Budget): Equality {
  if (gold.type === 'residue' && given.type === 'residue')
    return allEqual(
      lazily([
        () => sameValue(gold.modulus, given.modulus, budget),
        () => congruent(gold.of, given.of, gold.modulus, budget),
      ]),
    )
  if (!budget.conventions.optionalModuli) return 'different'
  return gold.type === 'residue'
    ? sameAnswer(gold.of, given, budget)
    : sameAnswer(gold, given.type === 'residue' ? given.of : given, budget)
}

function congruent(gold: Node, given: Node, modulus: Node, budget: Budget): Equality {
  const same = sameAnswer(gold, given, budget)
  if (isEqual(same)) return same
  const quotient = rationalValue(
    {
      type: 'quotient',
      over: { type: 'sum', of: [gold, { type: 'negative', of: given }] },
      under: modulus,
    },
    budget,
  )
  return quotient && quotient.n % quotient.d === 0n ? 'exact' : same
}
