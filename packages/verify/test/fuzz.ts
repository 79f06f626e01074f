import fc from 'fast-check'

/** Pieces that answers are made of, right and wrong, and what breaks parsers. */
const PIECES = [
  '\\frac', '\\sqrt', '\\boxed', '{', '}', '(', ')', '[', ']', '\\{', '\\}', '|', '^', '_', '+', '-', '*', '/', '=', '<', '\\le', '\\ne', ',', ';', ':', '.', '!', '%', '\\%', '$', '\\$', "'", '"', '&', '\\\\', '~', '#', '\\left', '\\right', '\\text{', '\\mathrm{', '\\begin{pmatrix}', '\\end{pmatrix}',
  '\\sin', '\\log_', '\\ln', '\\exp', '\\sum_{k=1}^{n}', '\\binom', '\\pm', '\\cup', '\\cap', '\\in', '\\infty', '\\mathbb{R}', '\\emptyset', '\\pi', '\\theta', '^\\circ', '\\overline{3}', '\\lfloor', '\\rfloor', '\\langle', '\\rangle', '\\cdot', '\\times', '\\div', '\\quad', ' and ', ' or ', ' to ',
  '0', '1', '2', '7', '12', '1,000', '0.5', '.25', '1e3', '3/4', '999999999999', 'x', 'y', 'n', 'e', 'i', 'f(x)', 'abc', 'dollars', ' cm', 'east', 'Option C', 'a.m.', '9:15', 'x=', ' ', '\n', '\u200b', '−', '√', '½', '²', '∞', '<think>', '</think>', '<answer>', '</answer>', 'The final answer is ', 'Answer: ', '####',
] as const

/** Texts of such pieces. */
export const soup: fc.Arbitrary<string> = fc.array(fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...PIECES) }, { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) }), { maxLength: 24 }).map((pieces) => pieces.join(''))

const leaf: fc.Arbitrary<string> = fc.oneof(fc.integer({ min: -20, max: 20 }).map((n) => (n < 0 ? `(${n})` : String(n))), fc.constantFrom('x', 'y', '\\pi', '\\sqrt{2}', '\\frac{1}{3}', '0.5', 'e^{x}', '\\sin x'))

/** Well-formed expressions in x and y, with a value almost everywhere. */
export const expression: fc.Arbitrary<string> = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof({ maxDepth: 4, withCrossShrink: true }, leaf,
    fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => `(${a}+${b})`),
    fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => `(${a}) \\cdot (${b})`),
    fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => `((${a})-(${b}))`),
    tie('tree').map((a) => `\\left(${a}\\right)^{2}`)),
})).tree
