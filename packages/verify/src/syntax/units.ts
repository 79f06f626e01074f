import { ONE, multiplyRational, rational, type Rational } from '../exact/rational.ts'

/**
 * A unit: its dimensions as exponents of base quantities, and the factor to the base unit. A noun
 * without a measure ("ways", "dogs") has the one dimension `count`.
 */
export interface Unit {
  readonly dimensions: ReadonlyMap<string, number>
  readonly factor: Rational
}

type Entry = readonly [dimension: string, factor: Rational, names: string]

const of = (n: number, d = 1): Rational => rational(BigInt(n), BigInt(d))

/**
 * Dimension, factor to the base unit, names; a plural -s may be added to names of more than three
 * letters.
 */
const TABLE: readonly Entry[] = [
  ['length', of(1), 'm meter metre'],
  ['length', of(1, 100), 'cm centimeter centimetre'],
  ['length', of(1, 1000), 'mm millimeter millimetre'],
  ['length', of(1000), 'km kilometer kilometre'],
  ['length', of(1, 1_000_000), 'micrometer'],
  ['length', of(1, 1_000_000_000), 'nm nanometer'],
  ['length', of(254, 10_000), 'in inch inches'],
  ['length', of(3048, 10_000), 'ft foot feet'],
  ['length', of(9144, 10_000), 'yd yard'],
  ['length', of(1_609_344, 1000), 'mi mile'],
  ['time', of(1), 's sec second'],
  ['time', of(60), 'min mins minute'],
  ['time', of(3600), 'h hr hrs hour'],
  ['time', of(86_400), 'day'],
  ['time', of(604_800), 'week'],
  ['time', of(31_536_000), 'yr yrs year'],
  ['time', of(2_628_000), 'month'],
  ['time', of(1, 1000), 'ms millisecond'],
  ['mass', of(1), 'g gm gram'],
  ['mass', of(1000), 'kg kilogram'],
  ['mass', of(1, 1000), 'mg milligram'],
  ['weight', of(16), 'lb lbs pound'],
  ['weight', of(1), 'oz ounce'],
  ['weight', of(32_000), 'ton'],
  ['volume', of(1), 'L l liter litre'],
  ['volume', of(1, 1000), 'ml mL milliliter'],
  ['gallon', of(1), 'gal gallon'],
  ['gallon', of(1, 4), 'qt quart'],
  ['gallon', of(1, 8), 'pint'],
  ['gallon', of(1, 16), 'cup'],
  ['area', of(1), 'acre'],
  ['hectare', of(1), 'hectare'],
  ['dollar', of(1), 'dollar usd USD buck'],
  ['dollar', of(1, 100), 'cent'],
  ['euro', of(1), 'euro EUR'],
  ['pound sterling', of(1), 'GBP'],
  ['yen', of(1), 'yen'],
  ['rupee', of(1), 'rupee'],
  ['degree', of(1), 'deg degree'],
  ['radian', of(1), 'rad radian'],
  ['celsius', of(1), 'celsius'],
  ['fahrenheit', of(1), 'fahrenheit'],
  ['kelvin', of(1), 'K kelvin'],
  ['percent', of(1), 'percent percentage pct'],
  ['energy', of(1), 'J joule'],
  ['energy', of(1000), 'kJ kilojoule'],
  ['electronvolt', of(1), 'eV'],
  ['erg', of(1), 'erg'],
  ['power', of(1), 'W watt'],
  ['power', of(1000), 'kW kilowatt'],
  ['force', of(1), 'N newton'],
  ['frequency', of(1), 'Hz hertz'],
  ['pressure', of(1), 'Pa pascal'],
  ['charge', of(1), 'C coulomb'],
  ['voltage', of(1), 'V volt'],
  ['resistance', of(1), 'ohm'],
  ['amount', of(1), 'mol mole'],
  ['solar mass', of(1), 'Msun'],
  ['angstrom', of(1), 'Angstrom angstrom'],
  ['parsec', of(1), 'pc parsec'],
  ['light year', of(1), 'ly lightyear'],
]

const UNITS = new Map<string, Unit>()
for (const [dimension, factor, names] of TABLE) {
  const unit: Unit = { dimensions: new Map([[dimension, 1]]), factor }
  for (const name of names.split(' ')) {
    UNITS.set(name, unit)
    if (name.length > 2) UNITS.set(`${name}s`, unit)
  }
}
UNITS.set('mph', divideUnits(UNITS.get('mile') as Unit, UNITS.get('hour') as Unit))
UNITS.set('kph', divideUnits(UNITS.get('km') as Unit, UNITS.get('hour') as Unit))

/** Names of one letter, and words of other meanings, are units only in \text{…} or \mathrm{…}. */
const AMBIGUOUS = new Set(['in', 'min', 'day', 'pc', 'ms', 'cup'])

/** Multiples in words: not units, but read in the same place. */
export const SCALES: ReadonlyMap<string, Rational> = new Map([
  ['hundred', of(100)],
  ['thousand', of(1000)],
  ['million', of(1_000_000)],
  ['billion', of(1_000_000_000)],
  ['trillion', of(1_000_000_000_000)],
])

export const PERCENT: Unit = UNITS.get('percent') as Unit
export const DEGREE: Unit = UNITS.get('degree') as Unit
export const DOLLAR: Unit = UNITS.get('dollar') as Unit
export const EURO: Unit = UNITS.get('euro') as Unit
export const POUND_STERLING: Unit = UNITS.get('GBP') as Unit
/** Whatever is counted. */
export const COUNT: Unit = { dimensions: new Map([['count', 1]]), factor: ONE }
/** The word "units" itself: of a length or a count; "square units" of an area. */
export const ANY_UNIT: Unit = { dimensions: new Map([['unit', 1]]), factor: ONE }

/**
 * The unit a word names, or undefined.
 *
 * @param plain outside of `\text{…}`, where one letter is a variable
 */
export function unitNamed(word: string, plain = false): Unit | undefined {
  if (plain && (word.length === 1 || AMBIGUOUS.has(word))) return undefined
  return UNITS.get(word) ?? (word.length > 3 ? UNITS.get(word.toLowerCase()) : undefined)
}

export function powerUnit(unit: Unit, exponent: number): Unit {
  let factor = ONE
  for (let k = 0; k < Math.min(Math.abs(exponent), 9); k++)
    factor = multiplyRational(factor, unit.factor)
  return {
    dimensions: new Map([...unit.dimensions].map(([name, power]) => [name, power * exponent])),
    factor: exponent < 0 ? rational(factor.d, factor.n) : factor,
  }
}

export function multiplyUnits(a: Unit, b: Unit): Unit {
  const dimensions = new Map(a.dimensions)
  for (const [name, power] of b.dimensions)
    dimensions.set(name, (dimensions.get(name) ?? 0) + power)
  for (const [name, power] of dimensions) if (power === 0) dimensions.delete(name)
  return { dimensions, factor: multiplyRational(a.factor, b.factor) }
}

export function divideUnits(a: Unit, b: Unit): Unit {
  return multiplyUnits(a, powerUnit(b, -1))
}

/** Whether two units measure the same thing, so that values convert by their factors. */
export function haveSameDimensions(a: Unit, b: Unit): boolean {
  return (
    a.dimensions.size === b.dimensions.size &&
    [...a.dimensions].every(([name, power]) => b.dimensions.get(name) === power)
  )
}

/**
 * Whether the units differ in exponents alone (cm and cm²): often a slip of writing, not another
 * quantity.
 */
export function haveSameBase(a: Unit, b: Unit): boolean {
  return (
    a.dimensions.size === b.dimensions.size &&
    [...a.dimensions.keys()].every((name) => b.dimensions.has(name)) &&
    a.dimensions.size > 0
  )
}
