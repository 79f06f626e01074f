import { describe, expect, it } from 'vitest'
import { verifyMath } from './verify-math.ts'

/**
 * Gold; answers that are right; answers that are wrong. Every one is tried bare and boxed, and with
 * the sides exchanged.
 */
const CASES: readonly (readonly [
  gold: string,
  right: readonly string[],
  wrong: readonly string[],
])[] = [
  [
    'e^{i\\pi/4}',
    [
      '\\frac{\\sqrt2}{2}+\\frac{\\sqrt2}{2}i',
      '\\frac{1+i}{\\sqrt{2}}',
      'e^{\\frac{i\\pi}{4}}',
      '\\cos\\frac{\\pi}{4}+i\\sin\\frac{\\pi}{4}',
      '\\operatorname{cis} 45^\\circ',
    ],
    ['e^{-i\\pi/4}', '\\frac{1+i}{2}'],
  ],
  [
    '\\ln 2',
    ['\\log 2', '\\log_e 2', '-\\ln\\frac12', '\\ln(2)', 'ln 2', '\\frac12\\ln 4'],
    ['\\ln 3', '2', '\\log_{10}2'],
  ],
  [
    '\\log_2 3',
    ['\\frac{\\ln 3}{\\ln 2}', '\\frac{\\log 3}{\\log 2}', '\\log_{2}{3}', '\\log_4 9'],
    ['\\log_3 2', '1.58'],
  ],
  [
    '3',
    [
      '\\log_2 8',
      '\\sqrt{9}',
      '3.0',
      '6/2',
      '|{-3}|',
      '\\lfloor 3.7 \\rfloor',
      '\\binom{3}{1}',
      '3!/2',
      '\\sqrt[3]{27}',
      '9^{1/2}',
      '3\\%',
      'x=3',
      'x = 3.',
      '\\mathbf{3}',
      '\\text{three}',
      '(3)',
      '\\{3\\}',
      '[3]',
      '\\frac{9}{3}',
      '3 \\text{ cm}',
      '\\(3\\)',
      '**3**',
      '$3$.',
      '03',
      '3,',
      '3\\text{ units}',
      '3\\;',
      '+3',
      '3!\\div 2',
    ],
    [
      '-3',
      '3i',
      '3x',
      '\\pm 3',
      'x>3',
      '3.1',
      '\\{3,4\\}',
      '(3,3)',
      '30',
      '3 or 4',
      '\\sqrt3',
      '4',
    ],
  ],
  [
    '120',
    [
      '5!',
      '5 \\cdot 4!',
      '120^\\circ',
      '\\frac{6!}{6}',
      '1.2 \\times 10^2',
      '120.',
      'one hundred twenty',
      '\\binom{10}{3}',
    ],
    ['5', '119', '12!', '1200'],
  ],
  [
    '\\frac{5}{6}',
    [
      '5/6',
      '\\frac{1}{2}+\\frac{1}{3}',
      '0.8\\overline{3}',
      '1-\\frac16',
      '\\frac{10}{12}',
      '83\\frac{1}{3}\\%',
      '0.8333333333',
      '\\dfrac56',
      '5\\div6',
      '\\left(\\frac{6}{5}\\right)^{-1}',
      'five sixths',
      '5:6',
      '\\tfrac{5}{6}',
      '0.83333333',
    ],
    ['0.83', '0.833', '\\frac{6}{5}', '-\\frac56', '5.6', '\\frac{5}{7}'],
  ],
  [
    '\\sqrt[3]{2}',
    ['2^{1/3}', '2^{\\frac13}', '\\sqrt[3]2', '\\frac{2}{\\sqrt[3]{4}}', 'cbrt(2)', '∛2'],
    ['\\sqrt{2}', '1.26', '\\sqrt[3]{3}', '2/3'],
  ],
  [
    '\\sqrt{7+4\\sqrt{3}}',
    ['2+\\sqrt{3}', '\\frac{1}{2-\\sqrt3}', '\\sqrt3+2'],
    ['2-\\sqrt3', '3.73', '2+\\sqrt 2'],
  ],
  [
    'x \\ne 3',
    [
      '(-\\infty,3)\\cup(3,\\infty)',
      'x\\neq 3',
      '\\mathbb{R}\\setminus\\{3\\}',
      '\\{x: x\\ne 3\\}',
      'x<3 \\text{ or } x>3',
      '3 \\neq x',
      '(-\\infty,3) \\cup (3,+\\infty)',
      'x \\in \\mathbb{R}, x \\neq 3',
      '\\{x \\in \\mathbb{R} : x \\neq 3\\}',
      '\\mathbb{R} - \\{3\\}',
    ],
    ['x=3', 'x>3', '(-\\infty,3)', 'x\\ne -3'],
  ],
  [
    '(0,1]\\cup\\{2\\}',
    ['\\{2\\}\\cup(0,1]', '0<x\\le1 \\text{ or } x=2'],
    ['(0,1]', '[0,1]\\cup\\{2\\}', '(0,2]'],
  ],
  [
    'y = 2x+1',
    [
      '2x+1',
      'y=1+2x',
      '2x-y+1=0',
      'y-2x=1',
      'y-1=2x',
      'y = 2 x + 1',
      '$y=2x+1$',
      '-2x+y-1=0',
      'y=2(x+\\frac12)',
      '2x + 1 = y',
    ],
    ['y=2x-1', 'y=-2x+1', 'y=x+1', '2x', 'x=2y+1'],
  ],
  [
    '(x-1)^2+(y+2)^2=9',
    [
      'x^2+y^2-2x+4y-4=0',
      '(y+2)^2+(x-1)^2=9',
      '(x-1)^2+(y+2)^2=3^2',
      '\\frac{(x-1)^2}{9}+\\frac{(y+2)^2}{9}=1',
    ],
    ['(x+1)^2+(y-2)^2=9', '(x-1)^2+(y+2)^2=3', '(x-1)^2+(y+2)^2'],
  ],
  [
    'a=3, b=4',
    [
      'a=3,b=4',
      'b=4, a=3',
      '(3,4)',
      'a = 3 \\text{ and } b = 4',
      '3, 4',
      '(a,b)=(3,4)',
      'a=3;\\ b=4',
    ],
    ['a=4,b=3', '(4,3)', 'a=3', 'a=3,b=5'],
  ],
  [
    '\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}',
    [
      '\\begin{bmatrix}1&2\\\\3&4\\end{bmatrix}',
      '\\left[\\begin{array}{cc}1&2\\\\3&4\\end{array}\\right]',
      '\\begin{pmatrix}1 & 2\\\\ 3 & \\frac{8}{2}\\end{pmatrix}',
      '[[1,2], [3,4]]',
      '\\begin{pmatrix}1&2\\\\[4pt]3&4\\end{pmatrix}',
    ],
    [
      '\\begin{pmatrix}1&3\\\\2&4\\end{pmatrix}',
      '\\begin{pmatrix}1&2\\\\3&5\\end{pmatrix}',
      '1,2,3,4',
    ],
  ],
  [
    '\\$1{,}500',
    [
      '1500',
      '\\$1500',
      '1500 dollars',
      '\\$1,500.00',
      '1.5 \\text{ thousand dollars}',
      'USD 1500',
      '1500\\text{ USD}',
      '\\$1.5\\text{ thousand}',
      '$1,500',
    ],
    ['150', '\\$15', '1500 euros', '€1500', '1500 cents', '15%'],
  ],
  [
    '50 \\text{ cents}',
    ['50', '\\$0.50', '0.50\\text{ dollars}', '50 cents', '50¢'],
    ['5', '50 dollars', '\\$50'],
  ],
  [
    '2\\text{ hours}',
    ['2', '120 \\text{ minutes}', '2 hours', '2\\text{ hr}', '2 h', '7200 seconds'],
    ['2 minutes', '2 \\text{ days}', '3 hours'],
  ],
  [
    '9.8 \\text{ m/s}^2',
    [
      '9.8',
      '9.8 \\frac{\\text{m}}{\\text{s}^2}',
      '9.8\\,\\mathrm{m/s^2}',
      '9.8 m/s^2',
      '9.8\\ \\text{m s}^{-2}',
      '980 \\text{ cm/s}^2',
    ],
    ['9.8\\text{ kg}', '98 m/s^2'],
  ],
  [
    '12 \\text{ square meters}',
    [
      '12 \\text{ m}^2',
      '12',
      '12 m^2',
      '12\\,\\mathrm{m}^2',
      '12 sq m',
      '120000 \\text{ cm}^2',
      '12 \\text{ square metres}',
    ],
    ['12 \\text{ kg}', '13 m^2'],
  ],
  [
    '30^\\circ',
    [
      '30',
      '30 degrees',
      '30°',
      '30^{\\circ}',
      '\\theta = 30^\\circ',
      '30\\text{ deg}',
      '\\angle A = 30^\\circ',
      '30\\degree',
    ],
    ['60^\\circ', '30 \\text{ rad}', '\\frac{\\pi}{3}'],
  ],
  [
    '\\text{Yes}',
    ['Yes', 'yes', '\\text{yes}', '\\text{Yes.}', 'YES'],
    ['No', '\\text{no}', 'yes and no', 'Y'],
  ],
  ['\\text{odd}', ['odd', '\\text{odd}', 'Odd'], ['even', '\\text{not odd}']],
  [
    '\\text{Tuesday}',
    ['Tuesday', 'tuesday', '\\textbf{Tuesday}', '\\mathrm{Tuesday}'],
    ['Thursday', 'Monday'],
  ],
  [
    'n!',
    ['n \\cdot (n-1)!', 'n!', '\\prod_{k=1}^{n} k', '\\frac{(n+1)!}{n+1}'],
    ['(n+1)!', 'n^n', 'n'],
  ],
  [
    '2^n-1',
    ['\\sum_{k=0}^{n-1}2^k', '-1+2^n', '2\\cdot 2^{n-1}-1', '2^{n}-1'],
    ['2^{n-1}', '2^n', '2^n+1', 'n^2-1'],
  ],
  [
    '\\frac{n(n+1)(2n+1)}{6}',
    [
      '\\sum_{k=1}^n k^2',
      '\\frac{2n^3+3n^2+n}{6}',
      '\\frac{n^3}{3}+\\frac{n^2}{2}+\\frac{n}{6}',
      '\\frac16 n(n+1)(2n+1)',
    ],
    ['\\frac{n(n+1)}{2}', '\\frac{n(n+1)(2n-1)}{6}'],
  ],
  [
    '\\lfloor n/2 \\rfloor',
    ['\\left\\lfloor\\frac{n}{2}\\right\\rfloor', '\\frac{n-(n \\bmod 2)}{2}', 'floor(n/2)'],
    ['n/2', '\\lceil n/2\\rceil', '\\lfloor n/3\\rfloor'],
  ],
  [
    '|x-1|',
    ['|1-x|', '\\left|x-1\\right|', '\\lvert x-1\\rvert', '\\sqrt{(x-1)^2}', 'abs(x-1)'],
    ['x-1', '1-x', '|x+1|'],
  ],
  [
    'e^{2x}',
    ['(e^x)^2', 'e^{x}\\cdot e^x', '\\exp(2x)', 'e^{2 x}', 'exp(2*x)', '\\mathrm{e}^{2x}'],
    ['2e^x', 'e^{x^2}', 'e^{2}x'],
  ],
  [
    '\\tan x',
    ['\\frac{\\sin x}{\\cos x}', '\\tan(x)', '1/\\cot x', 'tan(x)', '\\tan\\left(x\\right)'],
    ['\\cot x', '\\sin x', '\\tan 2x'],
  ],
  ['\\sec^2 x', ['1+\\tan^2x', '\\frac{1}{\\cos^2x}', '\\sec^{2}(x)'], ['\\sec x', '1-\\tan^2 x']],
  ['x^2+C', ['C+x^2', 'x^2 + C'], ['x^2', 'x^2+D', 'x^3+C']],
  [
    '(2,-3)',
    [
      '(2, -3)',
      '\\left(2,-3\\right)',
      'x=2,y=-3',
      '(2.0,-3)',
      'x=2, y=-3',
      '(x,y)=(2,-3)',
      '\\left(\\frac{4}{2},-3\\right)',
      '(2,−3)',
    ],
    ['(-3,2)', '(2,3)', '[2,-3]', '\\{2,-3\\}', '2-3', '(2,-3,0)'],
  ],
  [
    '(3,\\frac{\\pi}{2})',
    ['(3,\\pi/2)', '\\left(3,\\frac{\\pi}{2}\\right)', '(3, 0.5\\pi)'],
    ['(3,\\pi)', '(3,90)'],
  ],
  [
    '1,2,3',
    [
      '3,2,1',
      '\\{1,2,3\\}',
      '1, 2, 3',
      '1,2, \\text{ and } 3',
      'x=1,2,3',
      '1 and 2 and 3',
      'x = 1, x = 2, x = 3',
      'x\\in\\{1,2,3\\}',
      '1,\\ 2,\\ 3',
      '1; 2; 3',
    ],
    ['1,2', '1,2,4', '1,2,3,4', '123', '(1,3)'],
  ],
  [
    '-1,1',
    [
      '\\pm1',
      '\\pm 1',
      '1,-1',
      'x=\\pm1',
      'x=1 \\text{ or } x=-1',
      '-1 \\text{ and } 1',
      '\\{-1,1\\}',
      'x = -1, 1',
    ],
    ['1', '-1', '0', '1,2'],
  ],
  [
    '\\frac{-1\\pm i\\sqrt{3}}{2}',
    [
      '-\\frac12\\pm\\frac{\\sqrt3}{2}i',
      '\\frac{-1+i\\sqrt3}{2},\\frac{-1-i\\sqrt3}{2}',
      'e^{2\\pi i/3}, e^{-2\\pi i/3}',
    ],
    ['\\frac{-1+i\\sqrt3}{2}', '\\frac{1\\pm i\\sqrt3}{2}'],
  ],
  ['i', ['\\sqrt{-1}', 'i', '\\mathrm{i}', '0+i', 'e^{i\\pi/2}', '1i'], ['-i', '1', 'j']],
  ['-i', ['\\frac{1}{i}', 'i^3', '-\\mathrm{i}', '0-i'], ['i', '-1']],
  [
    '3:4',
    ['3 : 4', '3 to 4', '\\frac34', '3/4', '0.75', '3\\text{ to }4', '6:8'],
    ['4:3', '3:5', '34'],
  ],
  [
    '10^{-6}',
    [
      '0.000001',
      '1\\times10^{-6}',
      '1e-6',
      '\\frac{1}{1000000}',
      '10^{-3}\\cdot 10^{-3}',
      '\\frac{1}{10^6}',
    ],
    ['10^{-5}', '0', '2 \\times 10^{-6}', '10^6'],
  ],
  [
    '6.02 \\times 10^{23}',
    [
      '6.02e23',
      '6.02\\cdot10^{23}',
      '602 \\times 10^{21}',
      '6.02*10^23',
      '6.02 × 10²³',
      '6.02 \\times 10^{23} \\text{ molecules}',
      '6.02E+23',
    ],
    ['6.02', '6.02\\times10^{22}', '6.03\\times10^{23}'],
  ],
  ['12:00', ['12:00'], ['1:00', '12', '11:00']],
  [
    '\\text{3:45 p.m.}',
    ['3:45 pm', '3:45 PM', '\\text{3:45 p.m.}', '3:45\\text{ p.m.}', '3:45 P.M.'],
    ['3:45 a.m.', '4:45 p.m.', '3:54 pm'],
  ],
  [
    '\\mathbb{Z}',
    ['\\mathbb{Z}', '\\mathbf{Z}', 'ℤ', 'n \\in \\mathbb{Z}'],
    ['\\mathbb{R}', '\\mathbb{N}'],
  ],
  [
    '2x^3y',
    ['2yx^3', '2 x^{3} y', '2*x**3*y', 'x^3 \\cdot 2y', '2x^{3}\\,y'],
    ['2xy^3', '3x^2y', '2x^3'],
  ],
  ['\\frac{x}{y}', ['x/y', 'xy^{-1}', '\\frac{x}{y}', 'x \\div y'], ['\\frac{y}{x}', 'xy']],
  [
    '\\frac{x^2}{4}+\\frac{y^2}{9}=1',
    ['9x^2+4y^2=36', '\\frac{y^2}{9}+\\frac{x^2}{4}=1'],
    ['\\frac{x^2}{9}+\\frac{y^2}{4}=1', '\\frac{x^2}{4}-\\frac{y^2}{9}=1'],
  ],
  [
    '[-2,5)',
    [
      '-2\\le x<5',
      '[-2, 5)',
      '\\{x\\mid -2\\le x<5\\}',
      'x\\in[-2,5)',
      '5>x\\ge-2',
      '\\left[-2,5\\right)',
      'x \\ge -2 \\text{ and } x < 5',
      '-2 \\leq x \\text{ and } x < 5',
    ],
    ['(-2,5)', '[-2,5]', '(-2,5]', '-2<x<5', '[2,5)'],
  ],
  [
    '-\\frac{1}{2}',
    [
      '-0.5',
      '-1/2',
      '\\frac{-1}{2}',
      '\\frac{1}{-2}',
      '-.5',
      '-2^{-1}',
      '-\\dfrac12',
      '−0.5',
      '-50\\%',
    ],
    ['0.5', '\\frac12', '-2', '-0.05'],
  ],
  [
    '1.5 \\text{ million}',
    ['1500000', '1,500,000', '1.5\\times10^6', '1.5 million'],
    ['1.5', '15 million'],
  ],
  [
    '\\frac{3}{4}\\pi',
    ['\\frac{3\\pi}{4}', '0.75\\pi', '3\\pi/4', '\\frac{3}{4} \\pi', '2.35619449'],
    ['\\frac{4\\pi}{3}', '125^\\circ', '2.36', '\\frac34'],
  ],
  [
    '\\text{A and C}',
    ['A, C', '\\text{A, C}', 'A and C', 'C, A', '\\text{A and C}', '\\{A,C\\}'],
    ['A', 'A, B', '\\text{A, B, C}'],
  ],
  ['\\overline{AB}', ['\\overline{AB}', '\\overline{A B}'], ['\\overline{CD}', 'AB=5']],
  [
    'x=2\\text{ or }x=3',
    ['2,3', 'x=2,3', 'x=3 or x=2', '\\{2,3\\}', '2\\text{ or }3', 'x=2, x=3'],
    ['2', '3', 'x=2', '2,4'],
  ],
  [
    '\\frac{1}{x}+\\frac{1}{y}',
    ['\\frac{x+y}{xy}', '1/x+1/y', 'x^{-1}+y^{-1}'],
    ['\\frac{1}{x+y}', '\\frac{2}{xy}'],
  ],
  [
    '2\\sqrt{3}\\text{ cm}',
    ['2\\sqrt3', '\\sqrt{12}', '2\\sqrt{3} cm', '\\sqrt{12}\\text{ cm}', '20\\sqrt{3}\\text{ mm}'],
    ['2\\sqrt{3}\\text{ m}', '\\sqrt{6}', '3\\sqrt2'],
  ],
  [
    '\\log_{10} 5',
    ['\\log 5', '\\frac{\\ln 5}{\\ln 10}', '1-\\log_{10}2', '\\lg 5'],
    ['\\ln 5', '\\log_5 10'],
  ],
  [
    '0',
    ['0.0', '\\frac{0}{5}', 'zero', '0\\%', '-0', '0^\\circ', 'x-x', '\\sin \\pi', '\\text{zero}'],
    ['1', '\\emptyset', '10^{-9}', 'e^{-1000}', '\\infty', 'x'],
  ],
  ['\\text{(A) and (B)}', ['A, B', '(A) and (B)', 'A and B'], ['A']],
  [
    '5 \\text{ feet } 3 \\text{ inches}',
    ['5 \\text{ feet } 3 \\text{ inches}', '5 feet 3 inches'],
    ['3 feet 5 inches'],
  ],
  [
    'x^{2}-\\frac{1}{x^{2}}',
    ['\\frac{x^4-1}{x^2}', '(x-\\frac1x)(x+\\frac1x)'],
    ['x^2+\\frac{1}{x^2}'],
  ],
  [
    '\\frac{1}{2}\\left(1+\\sqrt{5}\\right)',
    ['\\frac{1+\\sqrt5}{2}', '1.6180339887', '\\frac{\\sqrt{5}+1}{2}', '(1+√5)/2'],
    ['1.618', '\\frac{1-\\sqrt5}{2}'],
  ],
  [
    '\\cos\\theta',
    ['\\cos(\\theta)', '\\cos θ', 'cos(theta)', '\\sin(\\frac{\\pi}{2}-\\theta)'],
    ['\\sin\\theta', '\\cos\\phi', '-\\cos\\theta'],
  ],
  [
    '\\vec{a}+2\\vec{b}',
    ['2\\vec{b}+\\vec{a}', '\\vec{a} + 2\\vec{b}'],
    ['\\vec{a}+\\vec{b}', '2\\vec{a}+\\vec{b}'],
  ],
  [
    'k\\pi, k\\in\\mathbb{Z}',
    ['k\\pi', 'x = k\\pi, k \\in \\mathbb{Z}', 'k \\pi, k \\in \\mathbb{Z}', '\\pi k'],
    ['\\pi', '2k\\pi'],
  ],
  [
    'x=\\frac{\\pi}{6}+2k\\pi',
    ['\\frac{\\pi}{6}+2\\pi k', 'x = 2k\\pi + \\frac{\\pi}{6}'],
    ['\\frac{\\pi}{6}', '\\frac{\\pi}{6}+k\\pi'],
  ],
  [
    'C_1e^{x}+C_2e^{-x}',
    ['C_2e^{-x}+C_1e^{x}', 'C_{1} e^{x}+C_{2} e^{-x}'],
    ['C_1e^x', 'e^x+e^{-x}'],
  ],
  [
    '\\frac{\\sqrt{3}-1}{2\\sqrt{2}}',
    [
      '\\frac{\\sqrt6-\\sqrt2}{4}',
      '\\sin 15^\\circ',
      '\\frac14(\\sqrt6-\\sqrt2)',
      '\\sin\\frac{\\pi}{12}',
      '\\cos 75^\\circ',
    ],
    ['\\frac{\\sqrt6+\\sqrt2}{4}', '0.26'],
  ],
  [
    '1\\frac{3}{4}',
    ['\\frac74', '1.75', '1 3/4', '7/4', '1+\\frac34', '\\frac{7}{4}\\text{ hours}'],
    ['\\frac{13}{4}', '\\frac34', '1.34'],
  ],
  [
    '99.9\\%',
    ['0.999', '99.9', '99.9%', '\\frac{999}{1000}', '99.9 percent'],
    ['99\\%', '9.99', '999'],
  ],
  [
    '\\text{The function is increasing}',
    ['the function is increasing', 'The function is increasing.'],
    ['the function is decreasing'],
  ],
  [
    'x \\geq 0',
    ['[0,\\infty)', 'x\\ge0', '0\\le x', '\\{x | x \\ge 0\\}', '[0, +\\infty)', 'x>=0'],
    ['x>0', '(0,\\infty)', 'x\\le0'],
  ],
  ['a \\le b < c', ['a\\leq b<c', 'c>b\\ge a'], ['a<b<c']],
  ['7_{10}', ['7', '7_{10}', '7_8'], ['8_{10}']],
  ['\\text{FFF}_{16}', ['FFF_{16}', '\\text{FFF}_{16}'], ['FFE_{16}']],
  ['2^{3^2}', ['512', '2^9', '2^{9}'], ['64', '(2^3)^2']],
  [
    '\\{(1,2),(3,4)\\}',
    [
      '(1,2),(3,4)',
      '(3,4),(1,2)',
      '\\{(3,4),(1,2)\\}',
      '(1,2)\\text{ and }(3,4)',
      '(x,y)=(1,2),(3,4)',
      '(1,2), (3,4)',
    ],
    ['(1,2)', '(1,3),(2,4)', '(2,1),(4,3)'],
  ],
  ['\\{2,4,6,\\ldots\\}', ['\\{2,4,6,\\ldots\\}', '\\{2, 4, 6, \\dots\\}'], ['\\{2,4,6\\}']],
  ['1+2+\\cdots+n', ['1+2+\\cdots+n'], ['n']],
  [
    '\\text{no real solutions}',
    ['no real solutions', '\\text{No real solutions}', 'no real solution'],
    ['0', 'one solution'],
  ],
  [
    'f^{-1}(x)=\\frac{x-1}{2}',
    ['\\frac{x-1}{2}', 'f^{-1}(x)=\\frac{x}{2}-\\frac12', 'y=\\frac{x-1}{2}'],
    ['\\frac{x+1}{2}', '2x+1'],
  ],
  ['\\frac{dy}{dx}=2x', ['2x', "y'=2x", '\\frac{dy}{dx} = 2x'], ['x^2', '\\frac{dy}{dx}=x']],
  ['P(A)=\\frac13', ['\\frac13', 'P(A) = 1/3', '1/3', '0.\\overline{3}'], ['\\frac23']],
  ['\\alpha=60^\\circ', ['60^\\circ', '60', '\\alpha = 60^\\circ'], ['\\alpha=30^\\circ']],
  ['\\frac{a}{b+c}', ['a/(b+c)', 'a(b+c)^{-1}', '\\frac{a}{c+b}'], ['a/b+c', '\\frac{a}{b}+c']],
  ['xy', ['yx', 'x\\cdot y', 'x*y', 'xy'], ['x+y', 'x/y']],
  [
    '4x^3 - 2x',
    ['2x(2x^2-1)', '4x^{3}-2x', '-2x+4x^3', '4*x^3-2*x', '4x³ - 2x'],
    ['4x^3+2x', '4x^2-2x', '12x^2-2'],
  ],
]

describe.each(CASES)('verifyMath against %s', (gold, right, wrong) => {
  it.each(right)('accepts %s', (answer) => {
    for (const [prediction, reference] of [
      [answer, gold],
      [`So it is $\\boxed{${answer}}$.`, gold],
      [gold, answer],
    ]) {
      const verdict = verifyMath(prediction, reference)
      expect(verdict.correct, JSON.stringify(verdict)).toBe(true)
    }
  })

  it.each(wrong)('rejects %s', (answer) => {
    for (const [prediction, reference] of [
      [answer, gold],
      [`So it is $\\boxed{${answer}}$.`, gold],
      [gold, answer],
    ]) {
      const verdict = verifyMath(prediction, reference)
      expect(verdict.correct, JSON.stringify(verdict)).toBe(false)
    }
  })
})

describe('reasons', () => {
  it.each([
    ['\\boxed{12}', '12', 'same-text'],
    ['\\boxed{0.5}', '\\frac12', 'exactly-equal'],
    ['\\sqrt{3+2\\sqrt2}', '1+\\sqrt2', 'exactly-equal'],
    ['\\ln 4', '2\\ln 2', 'numerically-equal'],
    ['2\\sin x\\cos x', '\\sin 2x', 'numerically-equal'],
    ['(x-1)(x+1)', 'x^2-1', 'symbolically-equal'],
    ['11', '12', 'different'],
    ['', '12', 'no-answer'],
    ['\\boxed{12', '12', 'no-answer'],
    ['\\boxed{\\int_0^1 f}', '12', 'cannot-decide'],
    ['9^{9^{9^9}}', '12', 'cannot-decide'],
  ])('of %s against %s is %s', (prediction, gold, reason) => {
    expect(verifyMath(prediction, gold).reason).toBe(reason)
  })

  it('come with what was compared', () => {
    expect(verifyMath('Hence $x = \\boxed{\\frac{1}{2}}$.', '$0.5$').extracted).toEqual({
      prediction: '\\frac{1}{2}',
      gold: '$0.5$',
    })
  })
})

describe('lenient mode', () => {
  it.each([
    ['11a+c', '7 = 11a+c'],
    ['inf', '\\infty'],
    ['12 \\text{ dogs}', '12 \\text{ cats in a row}'],
  ])('accepts %s for %s', (prediction, gold) => {
    expect(verifyMath(prediction, gold, { mode: 'lenient' }).correct).toBe(true)
  })

  it('says when it alone accepts', () => {
    expect(verifyMath('11a+c', '7 = 11a+c')).toMatchObject({ correct: false, reason: 'different' })
    expect(verifyMath('11a+c', '7 = 11a+c', { mode: 'lenient' })).toMatchObject({
      correct: true,
      reason: 'accepted-leniently',
    })
  })

  it('accepts no other number', () => {
    expect(verifyMath('\\boxed{3}', '4', { mode: 'lenient' }).correct).toBe(false)
    expect(verifyMath('\\text{(B)}', '\\text{(C)}', { mode: 'lenient' }).correct).toBe(false)
  })
})
