import { IcrlError } from '@icrl/core'

/**
 * What graders decide differently, each as a switch that is on by default; docs/conventions.md has
 * an example of each, on and off.
 */
export interface Conventions {
  /** A unit may be left out on either side. Off: both state it or neither. */
  readonly optionalUnits: boolean
  /** 5 cm counts for 5 cm², the exponent being a slip of writing. */
  readonly unitPowerSlips: boolean
  /** 25% is 25 or 0.25, whichever the other side says. Off: 0.25 alone. */
  readonly barePercentages: boolean
  /** 30° is π/6: a multiple of π without a unit is in radians. */
  readonly radians: boolean
  /** A decimal of six places or more may stand for the number it rounds. */
  readonly roundedDecimals: boolean
  /** `12,50` may be 12.50. */
  readonly decimalCommas: boolean
  /** `４２`, in characters of double width, is 42. */
  readonly doubleWidthDigits: boolean
  /** C(10, 3) and P(10, 3) are the numbers they count. */
  readonly countingNotation: boolean
  /** The base of a numeral may be left out on one side. */
  readonly optionalBases: boolean
  /** A value may be given under a name, `x = 5`, where the gold answer has none. */
  readonly namedValues: boolean
  /** A bare list is in no order. */
  readonly unorderedLists: boolean
  /** A bare list says how often an item stands in it. Off: as a set. */
  readonly countedItems: boolean
  /** (1, 2), ⟨1, 2⟩, a column, i + 2j and P(1, 2) are one vector. */
  readonly vectorNotations: boolean
  /** The modulus of a residue may be left out on one side. */
  readonly optionalModuli: boolean
  /** One condition on one value, `7 if n > 2`, may be left out on one side. */
  readonly optionalConditions: boolean
  /** `k ∈ ℤ` or `x ≠ 2` behind an answer may be left out on one side. */
  readonly optionalQualifiers: boolean
  /** `x² + c` is `x² + C`. */
  readonly constantsOfIntegration: boolean
  /** "no solution" is ∅, "all real numbers" is ℝ. */
  readonly setsInWords: boolean
  /** 9:15 PM is 21:15. */
  readonly clockOf24Hours: boolean
  /** An option may be given by its text where the gold answer has letter and text. */
  readonly textsOfOptions: boolean
  /** A value that "Final answer:", "####" and the like announce behind a box goes before the box. */
  readonly announcedBehindBox: boolean
  /** Without a box or an announcement the last formula or number is the answer. Off: there is none. */
  readonly lastNumber: boolean
}

/** Every convention on. */
export const CONVENTIONS: Conventions = {
  optionalUnits: true,
  unitPowerSlips: true,
  barePercentages: true,
  radians: true,
  roundedDecimals: true,
  decimalCommas: true,
  doubleWidthDigits: true,
  countingNotation: true,
  optionalBases: true,
  namedValues: true,
  unorderedLists: true,
  countedItems: true,
  vectorNotations: true,
  optionalModuli: true,
  optionalConditions: true,
  optionalQualifiers: true,
  constantsOfIntegration: true,
  setsInWords: true,
  clockOf24Hours: true,
  textsOfOptions: true,
  announcedBehindBox: true,
  lastNumber: true,
}

/**
 * All conventions, those given in place of the defaults.
 *
 * @throws IcrlError invalid-option where one has a name that none has
 */
export function conventionsOf(given: Partial<Conventions> | undefined): Conventions {
  if (given === undefined) return CONVENTIONS
  const unknown = Object.keys(given).find((name) => !(name in CONVENTIONS))
  if (unknown !== undefined)
    throw new IcrlError(`verifyMath: there is no convention "${unknown}".`, {
      code: 'invalid-option',
      remedy: `The conventions are ${Object.keys(CONVENTIONS).join(', ')}.`,
    })
  return { ...CONVENTIONS, ...given }
}
