/** Functions by the name LaTeX and plain notation give them, to the name used inside. */
export const FUNCTIONS: ReadonlyMap<string, string> = new Map(Object.entries({
  sin: 'sin', cos: 'cos', tan: 'tan', tg: 'tan', cot: 'cot', ctg: 'cot', sec: 'sec', csc: 'csc',
  arcsin: 'arcsin', arccos: 'arccos', arctan: 'arctan', asin: 'arcsin', acos: 'arccos', atan: 'arctan', arccot: 'arccot', arcsec: 'arcsec', arccsc: 'arccsc',
  sinh: 'sinh', cosh: 'cosh', tanh: 'tanh', coth: 'coth',
  ln: 'ln', log: 'log', lg: 'log10', exp: 'exp',
  max: 'max', min: 'min', gcd: 'gcd', lcm: 'lcm', floor: 'floor', ceil: 'ceil', abs: 'abs', Abs: 'abs', factorial: 'factorial', binomial: 'binomial', det: 'det', cis: 'cis', Re: 're', Im: 'im', arg: 'arg',
}))

/** Plain names of constants and constructions, to the LaTeX command they stand for. */
export const PLAIN_COMMANDS: ReadonlyMap<string, string> = new Map(Object.entries({
  sqrt: 'sqrt', cbrt: 'cbrt', pi: 'pi', Pi: 'pi', infty: 'infty', infinity: 'infty', Infinity: 'infty', inf: 'infty', oo: 'infty',
  alpha: 'alpha', beta: 'beta', gamma: 'gamma', delta: 'delta', theta: 'theta', lambda: 'lambda', omega: 'omega', sigma: 'sigma', phi: 'phi', rho: 'rho', tau: 'tau', eta: 'eta', zeta: 'zeta', epsilon: 'epsilon', kappa: 'kappa', psi: 'psi', chi: 'chi',
  frac: 'frac', binom: 'binom', choose: 'choose', union: 'cup', cup: 'cup', pm: 'pm', mod: 'mod',
}))

/** Words between the items of a list. */
export const CONNECTORS: ReadonlySet<string> = new Set(['and', 'or'])

/** Words that say nothing about the value beside them. */
export const FILLERS: ReadonlySet<string> = new Set([
  'approximately', 'approx', 'about', 'around', 'roughly', 'exactly', 'is', 'are', 'equals', 'equal', 'the', 'a', 'an', 'of', 'answer', 'value', 'either', 'both', 'only', 'total', 'all', 'in',
])

/** Words that say what kind of thing follows, before an answer only: "5 points" has them as its unit. */
export const LEADING: ReadonlySet<string> = new Set(['point', 'points', 'set', 'interval', 'vertex', 'vertices', 'coordinates', 'ratio', 'probability', 'expression', 'number', 'numbers', 'matrix', 'vector', 'there', 'we', 'have', 'get', 'sum', 'result', 'thus', 'hence', 'therefore', 'so'])

/** Words that open a clause about the answer, not part of it. */
export const CLAUSES: ReadonlySet<string> = new Set(['where', 'for', 'if', 'when', 'with', 'such', 'since', 'because', 'as', 'given', 'assuming', 'respectively', 'provided'])
