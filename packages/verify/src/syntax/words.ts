/** Functions by the name LaTeX and plain notation give them, to the name used inside. */
export const FUNCTIONS: ReadonlyMap<string, string> = new Map(Object.entries({
  sin: 'sin', cos: 'cos', tan: 'tan', tg: 'tan', cot: 'cot', ctg: 'cot', sec: 'sec', csc: 'csc',
  arcsin: 'arcsin', arccos: 'arccos', arctan: 'arctan', asin: 'arcsin', acos: 'arccos', atan: 'arctan', arccot: 'arccot', arcsec: 'arcsec', arccsc: 'arccsc',
  sinh: 'sinh', cosh: 'cosh', tanh: 'tanh', coth: 'coth',
  ln: 'ln', log: 'log', lg: 'log10', exp: 'exp',
  max: 'max', min: 'min', gcd: 'gcd', lcm: 'lcm', floor: 'floor', ceil: 'ceil', abs: 'abs', Abs: 'abs', factorial: 'factorial', binomial: 'binomial', det: 'det', Re: 're', Im: 'im', arg: 'arg',
}))

/** Plain names of constants and constructions, to the LaTeX command they stand for. */
export const PLAIN_COMMANDS: ReadonlyMap<string, string> = new Map(Object.entries({
  sqrt: 'sqrt', cbrt: 'cbrt', pi: 'pi', Pi: 'pi', infty: 'infty', infinity: 'infty', Infinity: 'infty', inf: 'infty', oo: 'infty',
  alpha: 'alpha', beta: 'beta', gamma: 'gamma', delta: 'delta', theta: 'theta', lambda: 'lambda', omega: 'omega', sigma: 'sigma', phi: 'phi', rho: 'rho',
  frac: 'frac', binom: 'binom', choose: 'choose', union: 'cup', cup: 'cup', pm: 'pm', mod: 'mod',
}))

/** Words between the items of a list. */
export const CONNECTORS: ReadonlySet<string> = new Set(['and', 'or'])

/** Words that say nothing about the value beside them. */
export const FILLERS: ReadonlySet<string> = new Set([
  'approximately', 'approx', 'about', 'around', 'roughly', 'exactly', 'is', 'are', 'equals', 'equal', 'the', 'a', 'an', 'of', 'answer', 'value', 'either', 'both', 'only', 'total', 'all', 'in',
])

/** Words that open a clause about the answer, not part of it. */
export const CLAUSES: ReadonlySet<string> = new Set(['where', 'for', 'if', 'when', 'with', 'such', 'since', 'because', 'as', 'given', 'assuming', 'respectively', 'provided'])

const ONES = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen']
const TENS = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety']
const NUMBER_WORDS = new Map<string, number>([
  ...ONES.map((word, i): [string, number] => [word, i]),
  ...TENS.flatMap((word, i): [string, number][] => (word === '' ? [] : [[word, 10 * i], ...ONES.slice(1, 10).flatMap((one, j): [string, number][] => [[`${word}-${one}`, 10 * i + j + 1], [`${word} ${one}`, 10 * i + j + 1]])])),
  ['hundred', 100], ['one hundred', 100], ['thousand', 1000], ['one thousand', 1000],
])

/**
 * The number an English word names: 0 to 100 and 1000.
 *
 * @example
 * numberWord('twenty-one') // 21
 */
export function numberWord(words: string): number | undefined {
  return NUMBER_WORDS.get(words)
}
