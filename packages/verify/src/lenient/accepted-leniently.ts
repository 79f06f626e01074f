import { newBudget } from '../budget.ts'
import { isEqual } from '../compare/equality.ts'
import { sameValue, undecidedOn } from '../compare/same-value.ts'
import { readAnswer } from '../syntax/read-answer.ts'
import { normalizeMathd } from './normalize-mathd.ts'
import { normalizePlain, splitElements } from './normalize-plain.ts'

const FRACTION = /^-?\d+\/0*[1-9]\d*$/
const INTEGER = /^-?\d+$/
/** Powers this rule does not compute. */
const REFUSED = /\^\{|\^\(|\^\d+\^|\^\d\d+/

/**
 * Whether the grader of ICRL's released code (`grade_answer_verl`, from DeepScaleR and PRM800K)
 * would accept an answer: the same string in Hendrycks' normal form; or the same plain text; or the
 * same elements between the same brackets, each the same text or, if neither is a reduced fraction
 * nor just one an integer, of the same value. That value is computed here by `sameValue` where the
 * original runs SymPy.
 */
export function isAcceptedLeniently(gold: string, given: string): boolean {
  if (gold.length > 2000 || given.length > 2000) return false
  const mathd = normalizeMathd(gold)
  if (mathd !== '' && mathd === normalizeMathd(given)) return true
  const [wanted, plain] = [normalizePlain(gold), normalizePlain(given)]
  if (wanted === '' || plain === '') return false
  if (wanted === plain) return true
  const [elements, others] = [splitElements(wanted), splitElements(plain)]
  const sameBrackets =
    elements.length === 1 || (wanted[0] === plain[0] && wanted.at(-1) === plain.at(-1))
  return (
    sameBrackets &&
    elements.length === others.length &&
    elements.every((element, i) => isSameElement(element, others[i]))
  )
}

function isSameElement(gold: string, given: string): boolean {
  if (FRACTION.test(gold) && FRACTION.test(given)) return gold === given
  if (INTEGER.test(gold) !== INTEGER.test(given)) return false
  if (gold === given) return true
  if (
    [gold, given].some(
      (text) =>
        REFUSED.test(text) || new Set(text.replace(/sqrt|frac/g, '').match(/[a-z]/g)).size > 2,
    )
  )
    return false
  return isEqual(undecidedOn(() => sameValue(readAnswer(gold), readAnswer(given), newBudget())))
}
