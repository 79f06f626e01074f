import type { Conventions } from '../src/conventions.ts'

/** What a convention decides: pairs that it accepts and that are refused without it. */
export interface ConventionExample {
  readonly name: keyof Conventions
  readonly pairs: readonly (readonly [gold: string, prediction: string])[]
  /** Accepted without it and refused with it. */
  readonly onlyOff?: readonly (readonly [gold: string, prediction: string])[]
}

/** An example or more of every convention. */
export const CONVENTION_EXAMPLES: readonly ConventionExample[] = [
  {
    name: 'optionalUnits',
    pairs: [
      ['5\\text{ km}', '\\boxed{5}'],
      ['5', '\\boxed{5 \\text{ km}}'],
      ['500', '\\boxed{₹500}'],
    ],
  },
  { name: 'unitPowerSlips', pairs: [['5\\text{ cm}^2', '\\boxed{5\\text{ cm}}']] },
  {
    name: 'barePercentages',
    pairs: [
      ['25\\%', '\\boxed{25}'],
      ['25', '\\boxed{25\\%}'],
    ],
  },
  {
    name: 'radians',
    pairs: [
      ['\\frac{\\pi}{6}', '\\boxed{30^\\circ}'],
      ['60^\\circ', '\\boxed{\\frac{\\pi}{3}}'],
    ],
  },
  {
    name: 'roundedDecimals',
    pairs: [
      ['\\frac{1}{3}', '\\boxed{0.333333}'],
      ['\\pi', '\\boxed{3.14159265}'],
    ],
  },
  { name: 'decimalCommas', pairs: [['12.50', '\\boxed{12,50}']] },
  { name: 'doubleWidthDigits', pairs: [['42', '答案：４２']] },
  {
    name: 'countingNotation',
    pairs: [
      ['120', '\\boxed{C(10, 3)}'],
      ['720', '\\boxed{P(10, 3)}'],
    ],
  },
  {
    name: 'optionalBases',
    pairs: [
      ['101_2', '\\boxed{101}'],
      ['101', '\\boxed{101_2}'],
    ],
  },
  {
    name: 'namedValues',
    pairs: [
      ['5', '\\boxed{x = 5}'],
      ['x = 5', '\\boxed{5}'],
    ],
  },
  { name: 'unorderedLists', pairs: [['1, 2, 3', '\\boxed{3, 1, 2}']] },
  { name: 'countedItems', pairs: [], onlyOff: [['1, 1, 2', '\\boxed{1, 2, 2}']] },
  {
    name: 'vectorNotations',
    pairs: [
      ['(1, 2)', '\\boxed{\\langle 1, 2 \\rangle}'],
      ['(1, 2)', '\\boxed{\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}}'],
      ['\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}', '\\boxed{\\mathbf{i} + 2\\mathbf{j}}'],
      ['(1, 2)', '\\boxed{P(1, 2)}'],
    ],
  },
  {
    name: 'optionalModuli',
    pairs: [['x \\equiv 3 \\pmod 7', '\\boxed{x \\equiv 3}']],
  },
  {
    name: 'optionalConditions',
    pairs: [
      ['7', '\\boxed{7 \\text{ if } n > 2}'],
      ['7 \\text{ if } n > 2', '\\boxed{7}'],
    ],
  },
  {
    name: 'optionalQualifiers',
    pairs: [
      ['k\\pi', '\\boxed{k\\pi, k \\in \\mathbb{Z}}'],
      ['x + 2, x \\ne 2', '\\boxed{x + 2}'],
    ],
  },
  { name: 'constantsOfIntegration', pairs: [['x^2 + C', '\\boxed{x^2 + c}']] },
  {
    name: 'setsInWords',
    pairs: [
      ['\\emptyset', '\\boxed{\\text{no solution}}'],
      ['\\text{all real numbers}', '\\boxed{\\mathbb{R}}'],
    ],
  },
  { name: 'clockOf24Hours', pairs: [['9:15\\text{ p.m.}', '\\boxed{21:15}']] },
  {
    name: 'textsOfOptions',
    pairs: [
      ['\\textbf{(C)}\\ 24', '\\boxed{24}'],
      ['24', '\\boxed{\\text{(C) } 24}'],
    ],
  },
  {
    name: 'announcedBehindBox',
    pairs: [['12', 'First $\\boxed{x = 3}$. Then $4x = 12$.\n\nFinal answer: 12']],
    onlyOff: [['x = 3', 'First $\\boxed{x = 3}$. Then $4x = 12$.\n\nFinal answer: 12']],
  },
  {
    name: 'lastNumber',
    pairs: [
      ['18', 'Each box has 6, so she has 18 eggs.'],
      ['6', 'We get $x = 3$ and so $y = 6$.'],
    ],
  },
]
