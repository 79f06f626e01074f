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
  ['length', of(1), 'm meter metre 米'],
  ['length', of(1, 10), 'dm decimeter decimetre 分米'],
  ['length', of(1, 100), 'cm centimeter centimetre 厘米'],
  ['length', of(1, 1000), 'mm millimeter millimetre 毫米'],
  ['length', of(1000), 'km kilometer kilometre 千米 公里'],
  ['length', of(1, 1_000_000), 'μm um micrometer micrometre micron'],
  ['length', of(1, 1_000_000_000), 'nm nanometer nanometre'],
  ['length', of(254, 10_000), 'in inch inches'],
  ['length', of(3048, 10_000), 'ft foot feet'],
  ['length', of(9144, 10_000), 'yd yard'],
  ['length', of(1_609_344, 1000), 'mi mile'],
  ['time', of(1), 's sec second 秒'],
  ['time', of(60), 'min mins minute 分钟'],
  ['time', of(3600), 'h hr hrs hour 小时'],
  ['time', of(86_400), 'day 天'],
  ['time', of(604_800), 'week'],
  ['time', of(31_536_000), 'yr yrs year'],
  ['time', of(2_628_000), 'month'],
  ['time', of(1, 1000), 'ms millisecond'],
  ['time', of(1, 1_000_000), 'μs us microsecond'],
  ['time', of(1, 1_000_000_000), 'ns nanosecond'],
  ['mass', of(1), 'g gm gram 克'],
  ['mass', of(1000), 'kg kilogram 千克 公斤'],
  ['mass', of(1, 1000), 'mg milligram'],
  ['mass', of(1, 1_000_000), 'μg ug microgram'],
  ['mass', of(1_000_000), 'tonne 吨'],
  ['weight', of(16), 'lb lbs pound'],
  ['weight', of(1), 'oz ounce'],
  ['weight', of(32_000), 'ton'],
  ['gallon', of(1), 'gal gallon'],
  ['gallon', of(1, 4), 'qt quart'],
  ['gallon', of(1, 8), 'pint'],
  ['gallon', of(1, 16), 'cup'],
  ['area', of(1), 'acre'],
  ['dollar', of(1), 'dollar usd USD buck'],
  ['dollar', of(1, 100), 'cent'],
  ['euro', of(1), 'euro EUR'],
  ['pound sterling', of(1), 'GBP'],
  ['yen', of(1), 'yen JPY'],
  ['yuan', of(1), 'yuan CNY RMB 元'],
  ['won', of(1), 'won KRW'],
  ['rupee', of(1), 'rupee INR Rs rs PKR LKR NPR'],
  ['peso', of(1), 'peso PHP Php MXN COP'],
  ['ringgit', of(1), 'ringgit RM MYR'],
  ['rand', of(1), 'rand ZAR'],
  ['baht', of(1), 'baht THB'],
  ['ruble', of(1), 'ruble rouble RUB'],
  ['lira', of(1), 'lira TRY'],
  ['dong', of(1), 'dong VND'],
  ['krone', of(1), 'krone krona kroner kronor SEK NOK DKK'],
  ['zloty', of(1), 'zloty PLN'],
  ['real', of(1), 'BRL'],
  ['Singapore dollar', of(1), 'SGD'],
  ['Hong Kong dollar', of(1), 'HKD'],
  ['New Zealand dollar', of(1), 'NZD'],
  ['franc', of(1), 'CHF franc'],
  ['Canadian dollar', of(1), 'CAD'],
  ['Australian dollar', of(1), 'AUD'],
  ['degree', of(1), 'deg degree 度'],
  ['radian', of(1), 'rad radian'],
  ['celsius', of(1), 'celsius'],
  ['fahrenheit', of(1), 'fahrenheit'],
  ['kelvin', of(1), 'K kelvin'],
  ['percent', of(1), 'percent percentage pct'],
  ['calorie', of(1), 'cal calorie'],
  ['calorie', of(1000), 'kcal kilocalorie'],
  ['electronvolt', of(1), 'eV'],
  ['electronvolt', of(1000), 'keV'],
  ['electronvolt', of(1_000_000), 'MeV'],
  ['electronvolt', of(1_000_000_000), 'GeV'],
  ['erg', of(1), 'erg'],
  ['frequency', of(1), 'Hz hertz'],
  ['frequency', of(1000), 'kHz kilohertz'],
  ['frequency', of(1_000_000), 'MHz megahertz'],
  ['frequency', of(1_000_000_000), 'GHz gigahertz'],
  ['charge', of(1), 'C coulomb'],
  ['charge', of(1, 1_000_000), 'μC microcoulomb'],
  ['current', of(1), 'A amp ampere'],
  ['current', of(1, 1000), 'mA milliamp milliampere'],
  ['voltage', of(1), 'V volt'],
  ['voltage', of(1, 1000), 'mV millivolt'],
  ['voltage', of(1000), 'kV kilovolt'],
  ['capacitance', of(1), 'F farad'],
  ['capacitance', of(1, 1_000_000), 'μF microfarad'],
  ['resistance', of(1), 'Ω ohm'],
  ['resistance', of(1000), 'kΩ kilohm kiloohm'],
  ['resistance', of(1_000_000), 'MΩ megohm'],
  ['field', of(1), 'T tesla'],
  ['amount', of(1), 'mol mole'],
  ['amount', of(1, 1000), 'mmol millimole'],
  ['solar mass', of(1), 'Msun'],
  ['angstrom', of(1), 'Angstrom angstrom'],
  ['parsec', of(1), 'pc parsec'],
  ['light year', of(1), 'ly lightyear'],
  ['byte', of(1), 'byte'],
  ['byte', of(1000), 'kB KB kilobyte'],
  ['byte', of(1_000_000), 'MB megabyte'],
  ['byte', of(1_000_000_000), 'GB gigabyte'],
  ['bit', of(1), 'bit'],
]

/** Volumes and areas with names of their own, as powers of the meter. */
const POWERS_OF_METER: readonly (readonly [exponent: number, factor: Rational, names: string])[] = [
  [3, of(1, 1000), 'L l liter litre 升'],
  [3, of(1, 1_000_000), 'ml mL milliliter millilitre cc 毫升'],
  [3, of(1), '立方米'],
  [3, of(1, 1_000_000), '立方厘米'],
  [2, of(10_000), 'ha hectare'],
  [2, of(1), '平方米'],
  [2, of(1, 10_000), '平方厘米'],
  [2, of(1_000_000), '平方千米'],
]

/** Units of mechanics in grams, meters and seconds to a power. */
const DERIVED: readonly (readonly [
  powers: Readonly<Record<string, number>>,
  factor: Rational,
  names: string,
])[] = [
  [{ mass: 1, length: 1, time: -2 }, of(1000), 'N newton'],
  [{ mass: 1, length: 1, time: -2 }, of(1_000_000), 'kN kilonewton'],
  [{ mass: 1, length: 2, time: -2 }, of(1000), 'J joule'],
  [{ mass: 1, length: 2, time: -2 }, of(1_000_000), 'kJ kilojoule'],
  [{ mass: 1, length: 2, time: -2 }, of(1_000_000_000), 'MJ megajoule'],
  [{ mass: 1, length: 2, time: -2 }, of(3_600_000_000), 'kWh'],
  [{ mass: 1, length: 2, time: -3 }, of(1000), 'W watt'],
  [{ mass: 1, length: 2, time: -3 }, of(1), 'mW milliwatt'],
  [{ mass: 1, length: 2, time: -3 }, of(1_000_000), 'kW kilowatt'],
  [{ mass: 1, length: 2, time: -3 }, of(1_000_000_000), 'MW megawatt'],
  [{ mass: 1, length: -1, time: -2 }, of(1000), 'Pa pascal'],
  [{ mass: 1, length: -1, time: -2 }, of(1_000_000), 'kPa kilopascal'],
  [{ mass: 1, length: -1, time: -2 }, of(1_000_000_000), 'MPa megapascal'],
  [{ mass: 1, length: -1, time: -2 }, of(100_000_000), 'bar'],
  [{ mass: 1, length: -1, time: -2 }, of(101_325_000), 'atm atmosphere'],
]

const UNITS = new Map<string, Unit>()
for (const [powers, factor, names] of DERIVED)
  name(names, { dimensions: new Map(Object.entries(powers)), factor })
for (const [dimension, factor, names] of TABLE)
  name(names, { dimensions: new Map([[dimension, 1]]), factor })
for (const [exponent, factor, names] of POWERS_OF_METER)
  name(names, { dimensions: new Map([['length', exponent]]), factor })

function name(names: string, unit: Unit): void {
  for (const word of names.split(' ')) {
    UNITS.set(word, unit)
    if (word.length > 2) UNITS.set(`${word}s`, unit)
  }
}

UNITS.set('mph', divideUnits(UNITS.get('mile') as Unit, UNITS.get('hour') as Unit))
UNITS.set('kph', divideUnits(UNITS.get('km') as Unit, UNITS.get('hour') as Unit))

/** Names of one letter, and words of other meanings, are units only in \text{…} or \mathrm{…}. */
const AMBIGUOUS = new Set([
  'in',
  'min',
  'day',
  'pc',
  'ms',
  'cup',
  'us',
  'ha',
  'ns',
  'bar',
  'bit',
  'um',
  'cc',
  'cal',
])

const PART_NAMES: Readonly<Record<number, string>> = {
  3: 'third',
  4: 'fourth',
  5: 'fifth',
  6: 'sixth',
  7: 'seventh',
  8: 'eighth',
  9: 'ninth',
  10: 'tenth',
  100: 'hundredth',
  1000: 'thousandth',
}

/** Multiples and parts in words: not units, but read in the same place. */
export const SCALES: ReadonlyMap<string, Rational> = new Map([
  ['hundred', of(100)],
  ['thousand', of(1000)],
  ['million', of(1_000_000)],
  ['billion', of(1_000_000_000)],
  ['trillion', of(1_000_000_000_000)],
  ['dozen', of(12)],
  ['dozens', of(12)],
  ['lakh', of(100_000)],
  ['crore', of(10_000_000)],
  ['百', of(100)],
  ['千', of(1000)],
  ['万', of(10_000)],
  ['萬', of(10_000)],
  ['亿', of(100_000_000)],
  ['億', of(100_000_000)],
  ...[3, 4, 5, 6, 7, 8, 9, 10, 100, 1000].flatMap((part): [string, Rational][] => {
    const name = PART_NAMES[part]
    return [
      [name, of(1, part)],
      [`${name}s`, of(1, part)],
    ]
  }),
])

export const PERCENT: Unit = UNITS.get('percent') as Unit
export const DEGREE: Unit = UNITS.get('degree') as Unit
export const DOLLAR: Unit = UNITS.get('dollar') as Unit
/** The currencies by their signs, `\\$` for the dollar. */
export const CURRENCY_MARKS: ReadonlyMap<string, Unit> = new Map([
  ['\\$', DOLLAR],
  ...[
    ['€', 'EUR'],
    ['£', 'GBP'],
    ['₹', 'INR'],
    ['₩', 'KRW'],
    ['¥', 'yen'],
    ['₽', 'ruble'],
    ['₺', 'lira'],
    ['₫', 'dong'],
    ['₱', 'peso'],
    ['₪', 'shekel'],
    ['₦', 'naira'],
    ['฿', 'baht'],
  ].map(([mark, name]): [string, Unit] => [
    mark,
    UNITS.get(name) ?? { dimensions: new Map([[name, 1]]), factor: ONE },
  ]),
])
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
  const [[name, exponent] = ['', 0]] = a.dimensions
  const other = b.dimensions.get(name)
  if (a.dimensions.size !== 1 || b.dimensions.size !== 1 || other === undefined) return false
  if (exponent < 1 || other < 1) return false
  // cm against m² is a slip in more than the exponent
  const [left, right] = [powerUnit(a, other).factor, powerUnit(b, exponent).factor]
  return left.n * right.d === right.n * left.d
}
